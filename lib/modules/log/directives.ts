import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isOn } from '../../config/arguments.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { isProgram } from '../../http/logging/log-target.js';
import { readCondition } from '../expressions.js';
import { compileFormat } from './format.js';
import { LOG, type AccessLog, type LogCondition, type NamedFormat } from './settings.js';

const SERVER = ['server', 'virtual host'] as const;

const LOG_HELP =
  'A file or a program that each request is logged to, the format of its lines or the nickname of one, and a condition.';

export const LOG_DIRECTIVES: readonly Directive[] = [
  {
    name: 'LogFormat',
    syntax: 'format|nickname [nickname]',
    default: '"%h %l %u %t \\"%r\\" %>s %b"',
    contexts: SERVER,
    args: [1, 2],
    help: 'A format for access logs, and the nickname that CustomLog calls it by; without one it is that of TransferLog.',
    apply: applyLogFormat,
  },
  {
    name: 'CustomLog',
    syntax: 'file|"|program" format|nickname [env=[!]variable|expr=expression]',
    contexts: SERVER,
    args: [2, 3],
    help: LOG_HELP,
    apply: (context, target, format, condition) => addLog(context, { target, format, condition }),
  },
  {
    name: 'GlobalLog',
    syntax: 'file|"|program" format|nickname [env=[!]variable|expr=expression]',
    contexts: ['server'],
    args: [2, 3],
    help: `${LOG_HELP.slice(0, -1)}; virtual hosts with logs of their own have it as well.`,
    apply: (context, target, format, condition) =>
      addLog(context, { target, format, condition, isGlobal: true }),
  },
  {
    name: 'TransferLog',
    syntax: 'file|"|program"',
    contexts: SERVER,
    args: [1, 1],
    help: 'A file or a program that each request is logged to in the format of the last LogFormat without a nickname.',
    apply: (context, target) => addLog(context, { target }),
  },
  {
    name: 'BufferedLogs',
    syntax: 'on|off',
    default: 'off',
    contexts: ['server'],
    args: 'flag',
    help: 'Whether lines of access logs are kept until there are 4096 bytes of them, and then written together.',
    apply: (context, flag) => context.main.set(LOG, 'buffered', isOn(flag)),
  },
];

function applyLogFormat(context: DirectiveContext, format?: Argument, nickname?: Argument): void {
  const compiled = compile(context, format);
  if (compiled === undefined) return;
  if (nickname === undefined) {
    context.server.set(LOG, 'defaultFormat', compiled);
    return;
  }
  if (nickname.text.includes('%')) {
    context.warning('LogFormat: the nickname comes last, and this one looks like a format', nickname);
  }
  const formats = new Map(context.server.made(LOG).formats).set(nickname.text, compiled.format);
  context.server.set(LOG, 'formats', formats);
}

function compile(context: DirectiveContext, argument?: Argument): NamedFormat | undefined {
  const text = argument?.text ?? '';
  const format = compileFormat(text);
  if (typeof format !== 'string') return { text, format };
  context.error(format, argument);
  return undefined;
}

interface LogArguments {
  readonly target: Argument | undefined;
  readonly format?: Argument | undefined;
  readonly condition?: Argument | undefined;
  readonly isGlobal?: boolean;
}

function addLog(context: DirectiveContext, { target, format, condition, isGlobal }: LogArguments): void {
  if (target === undefined) return;
  const found = condition && readClause(context, condition);
  if (condition !== undefined && found === undefined) return;
  const compiled = format && compile(context, format);
  if (format !== undefined && compiled === undefined) return;
  const place = targetOf(context, target);
  if (place === undefined) return;
  const log: AccessLog = {
    target: place,
    format: compiled,
    condition: found,
    isGlobal: isGlobal === true,
    place: (format ?? target).place,
  };
  context.server.set(LOG, 'logs', [...(context.server.made(LOG).logs ?? []), log]);
}

function readClause(context: DirectiveContext, argument: Argument): LogCondition | undefined {
  const { text } = argument;
  if (/^env=/i.test(text)) {
    const [, not, variable = ''] = /^env=(!?)(.*)$/is.exec(text) ?? [];
    if (variable !== '') return { variable, isSet: not === '' };
    context.error('missing environment variable name', argument);
  } else if (/^expr=/i.test(text)) {
    if (text.length === 5) {
      context.error('missing condition', argument);
      return undefined;
    }
    const condition = readCondition(context, argument, 'Cannot parse condition clause', 5);
    return condition && { condition };
  } else {
    context.error('error in condition clause', argument);
  }
  return undefined;
}

/** Where a log goes: a program as written, a file as an absolute path. */
function targetOf(context: DirectiveContext, argument: Argument): string | undefined {
  const { text } = argument;
  if (isProgram(text)) {
    if (!/^\|\|?\$?\s*$/.test(text)) return text;
    context.error('there is no program behind the bar', argument);
    return undefined;
  }
  const path = context.resolvePath(text);
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return path;
  context.error(
    `Cannot access directory '${folder}/' for log file '${text}'; create it, or name another file`,
    argument,
  );
  return undefined;
}
