import { statSync } from 'node:fs';
import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { overrideDirectives } from '../../config/override.js';
import { CORE, type CoreSettings } from '../../http/settings.js';
import { wholeNumber, type NumberRule } from '../numbers.js';
import { applyListen } from './listen.js';
import { applyLogLevel } from './log-level.js';
import { applyOptions } from './options.js';

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
  {
    name: 'ServerName',
    syntax: '[scheme://]domain[:port]',
    contexts: SERVER,
    args: [1, 1],
    help: 'The name and port that the server goes by when a client does not name one.',
    apply: applyServerName,
  },
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
  {
    name: 'SetHandler',
    syntax: 'handler|none',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'The handler for every file here, whatever its name; none undoes it.',
    apply(context, handler) {
      const name = handler.text.toLowerCase();
      context.settings.set(CORE, 'handler', name === 'none' ? '' : name);
    },
  },
  {
    name: 'AcceptPathInfo',
    syntax: 'on|off|default',
    default: 'default',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'Whether a URL may go on behind the name of a file; by default the handler decides.',
    apply(context, argument) {
      const value = argument.text.toLowerCase();
      if (value === 'on' || value === 'off' || value === 'default') {
        context.settings.set(CORE, 'acceptPathInfo', value);
      } else {
        context.error('AcceptPathInfo must be on, off or default', argument);
      }
    },
  },
  {
    name: 'ErrorLog',
    syntax: 'file|stderr',
    default: 'logs/error_log, or stderr when there is no folder logs',
    contexts: ['server'],
    args: [1, 1],
    help: 'The file that the error log is written to.',
    apply: applyErrorLog,
  },
  {
    name: 'ErrorLogFormat',
    syntax: 'default|json',
    default: 'default',
    contexts: ['server'],
    args: [1, Infinity],
    help: "The form of the error log's lines: Apache's, or one JSON object for each.",
    apply(context, argument, extra?: Argument) {
      const value = argument.text.toLowerCase();
      if (extra === undefined && (value === 'default' || value === 'json')) {
        context.server.set(CORE, 'errorLogFormat', value);
      } else {
        context.error(
          'ErrorLogFormat must be default or json; formats of your own are not available',
          argument,
        );
      }
    },
  },
  {
    name: 'LogLevel',
    syntax: '[module:]level ...',
    default: 'warn',
    contexts: ['server', 'virtual host', 'directory'],
    args: [1, Infinity],
    help: 'How severe a message has to be to get into the error log, for all modules or for one.',
    apply: (context, ...args) => applyLogLevel(context, args),
  },
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
    syntax: 'seconds|millisecondsms',
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
  ...overrideDirectives,
];

const SERVER_NAME = /^(?:https?:\/\/)?(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;

function applyServerName(context: DirectiveContext, name?: Argument): void {
  const match = SERVER_NAME.exec(name?.text ?? '');
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (!match || (port !== undefined && (port < 1 || port > 65535))) {
    context.error('ServerName must be a host name or an address, with :port behind it if need be', name);
    return;
  }
  context.settings.set(CORE, 'serverName', match[1]?.toLowerCase());
  context.settings.set(CORE, 'serverNamePort', port);
}

function applyDocumentRoot(context: DirectiveContext, folder?: Argument): void {
  const path = context.resolvePath(folder?.text ?? '');
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    context.warning(`DocumentRoot ${path} is not a folder; every URL below it will give 404`, folder);
  }
  context.settings.set(CORE, 'documentRoot', toByteString(path).replace(/\/+$/, ''));
}

function applyErrorLog(context: DirectiveContext, file?: Argument): void {
  const text = file?.text ?? '';
  if (text.startsWith('|') || /^syslog\b/.test(text)) {
    context.error('ErrorLog takes a file or stderr; programs and syslog are not available', file);
    return;
  }
  const isStandardError = text === 'stderr' || text === '/dev/stderr';
  context.server.set(CORE, 'errorLog', isStandardError ? 'stderr' : context.resolvePath(text));
}

function applyKeepAliveTimeout(context: DirectiveContext, time?: Argument): void {
  const match = /^(\d{1,9})(ms)?$/i.exec(time?.text ?? '');
  const seconds = match === null ? NaN : Number(match[1]) / (match[2] === undefined ? 1 : 1000);
  if (!(seconds > 0 && seconds <= SECONDS.max)) {
    context.error('KeepAliveTimeout must be a number of seconds, or of milliseconds with ms behind it', time);
    return;
  }
  context.settings.set(CORE, 'keepAliveTimeout', seconds);
}
