import { statSync } from 'node:fs';
import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { overrideDirectives } from '../../config/override.js';
import { CORE, type CoreSettings } from '../../http/settings.js';
import { wholeNumber, type NumberRule } from '../numbers.js';
import { HOST_DIRECTIVES } from './host-directives.js';
import { LANGUAGE_DIRECTIVES } from './language-directives.js';
import { applyListen } from './listen.js';
import { LOG_DIRECTIVES } from './log-directives.js';
import { applyOptions } from './options.js';
import { protocolDirectives } from './protocols.js';
import { RESPONSE_DIRECTIVES } from './response-directives.js';
import { CORE_WITHOUT_EFFECT } from './without-effect.js';

const SERVER = ['server', 'virtual host'] as const;
const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

/** The settings of the core that are numbers. */
type NumberSetting = {
  [K in keyof CoreSettings]: CoreSettings[K] extends number ? K : never;
}[keyof CoreSettings];

const SECONDS: NumberRule = { min: 1, max: 86_400, unit: 'seconds' };
const COUNT: NumberRule = { min: 0, max: 1_000_000, unit: 'requests, 0 for any' };
const FIELD_COUNT: NumberRule = { min: 0, max: 32_767, unit: 'headers, 0 for any' };
const HEAD_SIZE: NumberRule = { min: 0, max: 1_048_576, unit: 'bytes, 0 for any' };
const BODY_SIZE: NumberRule = { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'bytes, 0 for any' };

/** A row for a directive that sets one number. */
function number(
  name: string,
  key: NumberSetting,
  rule: NumberRule,
  row: Pick<Directive, 'syntax' | 'default' | 'contexts' | 'override' | 'help'>,
): Directive {
  return {
    ...row,
    name,
    args: [1, 1],
    apply(context, argument) {
      const value = wholeNumber(context, name, argument, rule);
      if (value !== undefined) context.settings.set(CORE, key, value);
    },
  };
}

export const CORE_DIRECTIVES: readonly Directive[] = [
  ...HOST_DIRECTIVES,
  {
    name: 'Listen',
    syntax: '[address:]port [protocol]',
    contexts: ['server'],
    args: [1, 2],
    help: 'A port, with or without an address before it, that the server accepts connections on.',
    apply: applyListen,
  },
  {
    name: 'DocumentRoot',
    syntax: 'folder',
    default: 'htdocs',
    contexts: SERVER,
    args: [1, 1],
    help: 'The folder whose files URLs lead to, unless an Alias says otherwise.',
    apply: applyDocumentRoot,
  },
  {
    name: 'Options',
    syntax: '[+|-]option ...',
    default: 'FollowSymLinks',
    contexts: EVERYWHERE,
    override: 'Options',
    args: [1, Infinity],
    help: 'What is permitted in a folder: ExecCGI for extensions, FollowSymLinks or SymLinksIfOwnerMatch for links.',
    apply: (context, ...args) => applyOptions(context, args),
  },
  ...RESPONSE_DIRECTIVES,
  ...LANGUAGE_DIRECTIVES,
  ...CORE_WITHOUT_EFFECT,
  ...LOG_DIRECTIVES,
  number('Timeout', 'timeout', SECONDS, {
    syntax: 'seconds',
    default: '60',
    contexts: SERVER,
    help: 'How long the server waits for a client that does not send or take data, and for an extension to finish.',
  }),
  {
    name: 'KeepAlive',
    syntax: 'on|off',
    default: 'on',
    contexts: SERVER,
    args: 'flag',
    help: 'Whether a connection serves more than one request.',
    apply(context, flag) {
      context.settings.set(CORE, 'keepAlive', flag.text.toLowerCase() === 'on');
    },
  },
  {
    name: 'KeepAliveTimeout',
    syntax: 'number[ms|s|min|h]',
    default: '5',
    contexts: SERVER,
    args: [1, 1],
    help: 'How long a connection is kept without a request.',
    apply: applyKeepAliveTimeout,
  },
  number('MaxKeepAliveRequests', 'maxKeepAliveRequests', COUNT, {
    syntax: 'number',
    default: '100',
    contexts: SERVER,
    help: 'How many requests a connection serves; 0 for any number.',
  }),
  number('LimitRequestBody', 'limitRequestBody', BODY_SIZE, {
    syntax: 'bytes',
    default: '1073741824',
    contexts: EVERYWHERE,
    help: 'How large the body of a request may be; 0 for any size.',
  }),
  number('LimitRequestFields', 'limitRequestFields', FIELD_COUNT, {
    syntax: 'number',
    default: '100',
    contexts: SERVER,
    help: 'How many headers a request may have.',
  }),
  number('LimitRequestFieldSize', 'limitRequestFieldSize', HEAD_SIZE, {
    syntax: 'bytes',
    default: '8190',
    contexts: SERVER,
    help: 'How long a header of a request may be.',
  }),
  number('LimitRequestLine', 'limitRequestLine', HEAD_SIZE, {
    syntax: 'bytes',
    default: '8190',
    contexts: SERVER,
    help: 'How long the first line of a request may be.',
  }),
  ...protocolDirectives,
  ...overrideDirectives,
];

function applyDocumentRoot(context: DirectiveContext, folder?: Argument): void {
  const path = context.resolvePath(folder?.text ?? '');
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    context.warning(`DocumentRoot ${path} is not a folder; every URL below it will give 404`, folder);
  }
  context.settings.set(CORE, 'documentRoot', toByteString(path).replace(/\/+$/, ''));
}

/** Seconds in a unit, as Apache's times are written. */
const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, mi: 60, h: 3600 };

function applyKeepAliveTimeout(context: DirectiveContext, time?: Argument): void {
  const [, number, unit = 's'] = /^(\d{1,9})(?:(ms|s|mi|h)[a-z]*)?$/.exec(time?.text ?? '') ?? [];
  const seconds = Number(number) * (UNITS[unit] ?? NaN);
  if (!(seconds >= 0 && seconds <= SECONDS.max)) {
    context.error('KeepAliveTimeout must be a number of seconds, or have ms, s, min or h behind it', time);
    return;
  }
  // Node takes 0 for any time, and Apache for none.
  context.settings.set(CORE, 'keepAliveTimeout', Math.max(seconds, 0.001));
}
