import { statSync } from 'node:fs';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';

/** A directive of Apache's processes, threads and sockets that has nothing to do in this server. */
interface Row {
  readonly name: string;
  readonly syntax: string;
  readonly args?: readonly [min: number, max: number];
  readonly default: string;
  /** what it is for in Apache, and what to use instead: shown as a warning */
  readonly instead: string;
  /** why the arguments cannot stand, in Apache's words */
  readonly wrong?: (context: DirectiveContext, texts: readonly string[]) => string | undefined;
  /** the arguments ask for what is the case anyway: nothing is said */
  readonly fulfilled?: (texts: readonly string[]) => boolean;
}

const THREADS = 'the threads that run extensions are set by threads.min and threads.max in pools.ini';
const ONE_PROCESS = 'the server is one process, and a pool has one worker process for each runtime';
const RECYCLE = 'worker processes are replaced after recycle.requests in pools.ini';

function count(name: string, byDefault: string, instead: string, more: Partial<Row> = {}): Row {
  return {
    name,
    syntax: 'number',
    default: byDefault,
    instead,
    wrong: (_, [text]) => notANumber(name, text),
    ...more,
  };
}

function notANumber(name: string, text = ''): string | undefined {
  return /^-?\d{1,15}$/.test(text) ? undefined : `${name} must be a number`;
}

/** Apache's words for a size of a socket's buffer. */
function buffer(name: string): Row {
  return {
    name,
    syntax: 'bytes',
    default: '0',
    instead: 'the system sizes the buffers of sockets; see net.ipv4.tcp_rmem and tcp_wmem of Linux',
    wrong: (_, [text = '']) => {
      const bytes = /^\d{1,10}$/.test(text) ? Number(text) : -1;
      const fits = bytes === 0 || bytes >= 512;
      return fits ? undefined : `${name} must be >= 512 bytes, or 0 for system default.`;
    },
    fulfilled: isZero,
  };
}

function isZero([text = '']: readonly string[]): boolean {
  return Number(text) === 0;
}

function isOff([text = '']: readonly string[]): boolean {
  return text.toLowerCase() === 'off';
}

function folder(missing: (path: string) => string): NonNullable<Row['wrong']> {
  return (context, [text = '']) => {
    const path = context.resolvePath(text);
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? undefined : missing(path);
  };
}

const ROWS: readonly Row[] = [
  count('StartServers', 'none', ONE_PROCESS),
  count('ServerLimit', 'none', ONE_PROCESS),
  count('MinSpareServers', 'none', ONE_PROCESS),
  count('MaxSpareServers', 'none', ONE_PROCESS),
  count('MinSpareThreads', 'none', THREADS),
  count('MaxSpareThreads', 'none', THREADS),
  count('ThreadsPerChild', 'none', THREADS),
  count('ThreadLimit', 'none', THREADS),
  count('MaxConnectionsPerChild', '0', RECYCLE, { fulfilled: isZero }),
  count('MaxRequestsPerChild', '0', RECYCLE, { fulfilled: isZero }),
  count('MaxMemFree', '0', 'a worker process that grows is replaced after recycle.memory in pools.ini', {
    wrong: (_, [text = '']) => (/^\d{1,12}$/.test(text) ? undefined : `Invalid MaxMemFree value: ${text}`),
    fulfilled: isZero,
  }),
  count('ThreadStackSize', 'the system’s', 'the size of the stacks of threads that run extensions is fixed', {
    wrong: (_, [text = '']) =>
      /^\d{1,12}$/.test(text) ? undefined : `Invalid ThreadStackSize value: ${text}`,
  }),
  {
    ...count('ListenCoresBucketsRatio', '0', 'one process accepts all connections'),
    fulfilled: isZero,
  },
  buffer('ReceiveBufferSize'),
  buffer('SendBufferSize'),
  {
    name: 'AcceptFilter',
    syntax: 'protocol accept-filter',
    args: [2, 2],
    default: 'none for every protocol',
    instead: 'connections are accepted as they come; say none to have it without this warning',
    fulfilled: ([, filter = '']) => filter.toLowerCase() === 'none',
  },
  {
    name: 'Mutex',
    syntax: 'mechanism [name|default ...] [OmitPID]',
    args: [1, Infinity],
    default: 'none',
    instead: 'one process needs no locks',
    fulfilled: () => true,
  },
  {
    name: 'DefaultRuntimeDir',
    syntax: 'folder',
    default: 'the folder for temporary files',
    instead: 'pipes and scoreboards of worker processes are in the folder for temporary files (TMPDIR)',
    wrong: folder(() => 'DefaultRuntimeDir must be a valid directory, absolute or relative to ServerRoot'),
    fulfilled: () => true,
  },
  {
    name: 'CoreDumpDirectory',
    syntax: 'folder',
    default: 'none',
    instead: 'the system decides where dumps of worker processes go; see kernel.core_pattern of Linux',
    wrong: folder((path) => `CoreDumpDirectory ${path} is not a directory`),
  },
  {
    name: 'ScoreBoardFile',
    syntax: 'file',
    default: 'none',
    instead: 'scoreboards of worker processes are in the folder for temporary files (TMPDIR)',
  },
  {
    name: 'EnableExceptionHook',
    syntax: 'on|off',
    default: 'off',
    instead: 'crashes of extensions are told in the error log',
    wrong: (_, [text = '']) => (/^(?:on|off)$/i.test(text) ? undefined : "parameter must be 'on' or 'off'"),
    fulfilled: isOff,
  },
  {
    name: 'Win32DisableAcceptEx',
    syntax: '',
    args: [0, 0],
    default: 'none',
    instead: 'Apache 2.4 has AcceptFilter in its place',
  },
];

/** The rows of the directive table: they are checked as in Apache, and a warning says what to use instead. */
export const WITHOUT_EFFECT: readonly Directive[] = ROWS.map(
  ({ name, syntax, args = [1, 1], default: byDefault, instead, wrong, fulfilled }) => ({
    name,
    syntax,
    default: byDefault,
    contexts: ['server'],
    args,
    help: `Accepted for configurations of Apache, and without effect: ${instead}.`,
    apply(context, ...given: Argument[]) {
      const texts = given.map(({ text }) => text);
      const problem = wrong?.(context, texts);
      if (problem !== undefined) context.error(problem, given[0]);
      else if (fulfilled?.(texts) !== true) context.warning(`${name} has no effect: ${instead}`, given[0]);
    },
  }),
);
