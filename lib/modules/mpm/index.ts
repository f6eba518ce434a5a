import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { socketPathProblem } from '../../http/control/path.js';
import type { Module } from '../../http/module.js';
import { PROCESS, type ProcessSettings } from '../../http/process-settings.js';
import { wholeNumber, type NumberRule } from '../numbers.js';
import { WITHOUT_EFFECT } from './without-effect.js';

type NumberSetting = {
  [K in keyof ProcessSettings]: ProcessSettings[K] extends number ? K : never;
}[keyof ProcessSettings];

const SECONDS: NumberRule = { min: 0, max: 86_400, unit: 'seconds, 0 for any time' };
const CONNECTIONS: NumberRule = { min: 1, max: 1_000_000, unit: 'requests' };

function number(
  name: string,
  key: NumberSetting,
  rule: NumberRule,
  row: Pick<Directive, 'syntax' | 'default' | 'help'>,
): Directive {
  return {
    ...row,
    name,
    contexts: ['server'],
    args: [1, 1],
    apply(context, argument) {
      const value = wholeNumber(context, name, argument, rule);
      if (value !== undefined) context.server.set(PROCESS, key, value);
    },
  };
}

const MAX_REQUEST_WORKERS = {
  syntax: 'number',
  default: '4000',
  help: 'A third of the connections that are served at a time, with AsyncRequestWorkerFactor at its default: more have to wait. How many requests are inside extensions is set by threads.max in pools.ini.',
};

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'PidFile',
    syntax: 'file',
    default: 'logs/isapi-host.pid, or none when there is no folder logs (-k start makes it)',
    contexts: ['server'],
    args: [1, 1],
    help: "The file that the server's process id is written to, for the option -k.",
    apply: applyPidFile,
  },
  {
    name: 'ControlSocket',
    syntax: 'file|off',
    default: 'beside the PidFile, with the same name and .sock at its end; none without a PidFile',
    contexts: ['server'],
    args: [1, 1],
    help: 'The socket on which the command line has a running server do something, such as isapi-host pool recycle. It is for the user of the server alone; another name takes a restart.',
    apply: applyControlSocket,
  },
  number('GracefulShutdownTimeout', 'gracefulShutdownTimeout', SECONDS, {
    syntax: 'seconds',
    default: '10',
    help: 'How long running requests may take to end when the server stops; 0 for any time. Where it is set, it also bounds requests that a reload left with the old configuration.',
  }),
  {
    name: 'ListenBacklog',
    syntax: 'number',
    default: '511',
    contexts: ['server'],
    args: [1, 1],
    help: 'How many connections wait in the system until they are accepted, and how many more wait in the server when MaxRequestWorkers is reached.',
    apply: applyBacklog,
  },
  number('MaxRequestWorkers', 'maxRequestWorkers', CONNECTIONS, MAX_REQUEST_WORKERS),
  number('MaxClients', 'maxRequestWorkers', CONNECTIONS, {
    ...MAX_REQUEST_WORKERS,
    help: 'The old name of MaxRequestWorkers.',
  }),
  {
    name: 'AsyncRequestWorkerFactor',
    syntax: 'factor',
    default: '2',
    contexts: ['server'],
    args: [1, 1],
    help: 'Connections that are served at a time are this factor and 1, times MaxRequestWorkers.',
    apply: applyFactor,
  },
  ...WITHOUT_EFFECT,
];

function applyPidFile(context: DirectiveContext, file?: Argument): void {
  const path = context.resolvePath(file?.text ?? '');
  if (file?.text === '' || path.endsWith('/')) {
    context.error('PidFile must be the name of a file', file);
    return;
  }
  context.server.set(PROCESS, 'pidFile', path);
}

function applyControlSocket(context: DirectiveContext, file?: Argument): void {
  const text = file?.text ?? '';
  if (text.toLowerCase() === 'off') {
    context.server.set(PROCESS, 'controlSocket', 'off');
    return;
  }
  const path = context.resolvePath(text);
  const problem =
    text === '' || path.endsWith('/') ? 'ControlSocket must be the name of a file' : socketPathProblem(path);
  if (problem === undefined) context.server.set(PROCESS, 'controlSocket', path);
  else context.error(problem, file);
}

function applyBacklog(context: DirectiveContext, backlog?: Argument): void {
  const text = backlog?.text ?? '';
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value > 0) context.server.set(PROCESS, 'listenBacklog', value);
  else context.error('ListenBacklog must be > 0', backlog);
}

function applyFactor(context: DirectiveContext, factor?: Argument): void {
  const text = factor?.text ?? '';
  const value = /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
  // Below 1 counts as 1, as in Apache.
  if (value > 0) context.server.set(PROCESS, 'asyncRequestWorkerFactor', Math.max(1, value));
  else context.error('AsyncRequestWorkerFactor argument must be a positive number', factor);
}

/** What Apache's process models have in common, as far as it has a meaning in a server of one process. */
export const mpmModule: Module = { name: 'mpm_common', directives: DIRECTIVES };
