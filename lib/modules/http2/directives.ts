import type { Argument, Context, Directive, DirectiveContext } from '../../config/directive.js';
import { HTTP2 } from '../../http/http2/settings.js';

const GLOBAL: readonly Context[] = ['server'];
const SERVER: readonly Context[] = ['server', 'virtual host'];
const ANYWHERE: readonly Context[] = ['server', 'virtual host', 'directory', '.htaccess'];

/** No number in HTTP/2's settings is larger. */
const MOST = 2 ** 31 - 1;

type NumberSetting = 'maxStreams' | 'windowSize' | 'maxHeaderBlock' | 'maxStreamErrors';

/** A row for a number; smaller ones have Apache's words. */
function number(
  name: string,
  key: NumberSetting,
  least: number,
  row: Pick<Directive, 'syntax' | 'default' | 'help'> & { readonly problem: string },
): Directive {
  const { problem, ...rest } = row;
  return {
    ...rest,
    name,
    contexts: SERVER,
    args: [1, 1],
    apply(context, argument) {
      const value = /^\d{1,10}$/.test(argument.text) ? Number(argument.text) : NaN;
      if (value >= least && value <= MOST) context.server.set(HTTP2, key, value);
      else context.error(`${name}: ${problem}`, argument);
    },
  };
}

function flag(
  name: string,
  usual: string,
  help: string,
  set: (context: DirectiveContext, on: boolean) => void,
): Directive {
  return {
    name,
    syntax: 'on|off',
    default: usual,
    contexts: SERVER,
    args: [1, 1],
    help,
    apply(context, argument) {
      const value = onOrOff(context, name, argument);
      if (value !== undefined) set(context, value);
    },
  };
}

function onOrOff(context: DirectiveContext, name: string, argument: Argument): boolean | undefined {
  const value = argument.text.toLowerCase();
  if (value === 'on' || value === 'off') return value === 'on';
  context.error(`${name}: value must be On or Off`, argument);
  return undefined;
}

const setting =
  (key: 'direct' | 'modernTlsOnly') =>
  (context: DirectiveContext, on: boolean): void =>
    context.server.set(HTTP2, key, on);

/** A row for what has nothing to do here, so that it may stand in a configuration. */
function needless(
  name: string,
  args: readonly [number, number],
  syntax: string,
  reason: string,
  contexts: readonly Context[] = SERVER,
): Directive {
  return {
    name,
    syntax,
    contexts,
    args,
    help: `Without effect: ${reason}.`,
    apply: (context) => context.warning(`${name} has no effect: ${reason}`),
  };
}

/** A row for what can only be off. */
function alwaysOff(name: string, reason: string, contexts: readonly Context[] = SERVER): Directive {
  return {
    name,
    syntax: 'off',
    default: 'off',
    contexts,
    args: [1, 1],
    help: `Only off: ${reason}.`,
    apply(context, argument) {
      if (onOrOff(context, name, argument) === true)
        context.error(`${name} cannot be on: ${reason}`, argument);
    },
  };
}

const WORKERS = 'requests of HTTP/2 need no threads of their own';
const PUSH = 'nothing is pushed: browsers have given it up';
const RECORDS = "the size of TLS records is Node's own";
const HINTS = 'responses are not announced with 103';

/** The directives of mod_http2. */
export const HTTP2_DIRECTIVES: readonly Directive[] = [
  number('H2MaxSessionStreams', 'maxStreams', 1, {
    syntax: 'number',
    default: '100',
    help: 'How many requests of a client may be open at the same time.',
    problem: 'value must be > 0',
  }),
  number('H2WindowSize', 'windowSize', 1024, {
    syntax: 'bytes',
    default: '65535',
    help: 'How many bytes of a body a client may send before they were read.',
    problem: 'value must be >= 1024',
  }),
  number('H2MaxHeaderBlockLen', 'maxHeaderBlock', 0, {
    syntax: 'bytes',
    default: '0',
    help: 'How long the headers of a response may be; 0 for as long as HTTP/2 allows.',
    problem: 'value must be 0 or larger',
  }),
  number('H2MaxStreamErrors', 'maxStreamErrors', 0, {
    syntax: 'number',
    default: '8',
    help: 'How many frames a client may send in error before its connection is closed.',
    problem: 'value must be 0 or larger',
  }),
  flag(
    'H2Direct',
    'on with Protocols h2c',
    'Whether connections without TLS may begin with HTTP/2 at once.',
    setting('direct'),
  ),
  flag(
    'H2ModernTLSOnly',
    'on',
    'Whether HTTP/2 is refused with versions and ciphers of TLS that its standard forbids.',
    setting('modernTlsOnly'),
  ),
  {
    name: 'H2StreamTimeout',
    syntax: 'time',
    default: 'the value of Timeout',
    contexts: SERVER,
    args: [1, 1],
    help: 'How long a request may wait for its client, in seconds, or with ms, s, min or h behind the number.',
    apply: applyStreamTimeout,
  },
  alwaysOff('H2Upgrade', 'HTTP/2 begins with TLS (h2) or at once (h2c with H2Direct)', ANYWHERE),
  alwaysOff('H2WebSockets', 'extensions have no WebSockets'),
  alwaysOff('H2ProxyRequests', 'isapi-host is no proxy'),
  needless('H2MinWorkers', [1, 1], 'number', WORKERS, GLOBAL),
  needless('H2MaxWorkers', [1, 1], 'number', WORKERS, GLOBAL),
  needless('H2MaxWorkerIdleSeconds', [1, 1], 'seconds', WORKERS, GLOBAL),
  needless('H2Push', [1, 1], 'on|off', PUSH, ANYWHERE),
  needless('H2PushPriority', [2, 3], 'type order [weight]', PUSH),
  needless('H2PushDiarySize', [1, 1], 'number', PUSH),
  needless('H2PushResource', [1, 3], '[add] path [critical]', PUSH, ANYWHERE),
  needless('H2EarlyHints', [1, 1], 'on|off', HINTS, ANYWHERE),
  needless('H2EarlyHint', [2, 2], 'name value', HINTS, ANYWHERE),
  needless('H2TLSWarmUpSize', [1, 1], 'bytes', RECORDS),
  needless('H2TLSCoolDownSecs', [1, 1], 'seconds', RECORDS),
  needless(
    'H2StreamMaxMemSize',
    [1, 1],
    'bytes',
    'buffer.output in pools.ini bounds what waits for a client',
  ),
  needless('H2MaxDataFrameLen', [1, 1], 'bytes', "the length of frames is Node's own"),
  needless('H2Padding', [1, 1], 'bits', 'frames are not padded'),
  needless('H2OutputBuffering', [1, 1], 'on|off', 'responses are written as they come'),
  needless('H2CopyFiles', [1, 1], 'on|off', 'files are always read before they are sent', ANYWHERE),
  needless('H2SerializeHeaders', [1, 1], 'on|off', 'it has been disabled in httpd as well'),
  needless('H2SessionExtraFiles', [1, 1], 'number', 'it is obsolete'),
];

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, ms: 0.001, mi: 60, min: 60, h: 3600 };

function applyStreamTimeout(context: DirectiveContext, argument?: Argument): void {
  const [, digits, unit = ''] = /^(\d{1,9})([a-z]*)$/i.exec(argument?.text ?? '') ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (digits === undefined || factor === undefined)
    context.error('H2StreamTimeout: Invalid timeout value', argument);
  else context.server.set(HTTP2, 'streamTimeout', Number(digits) * factor);
}
