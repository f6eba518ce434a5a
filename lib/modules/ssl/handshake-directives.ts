import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import {
  ALL_VERSIONS,
  TLS,
  TLS_VERSIONS,
  type TlsSettings,
  type TlsVersion,
} from '../../http/tls/settings.js';
import { ANYWHERE, file, flag, GLOBAL, isTooLate, SERVER } from './rows.js';

/** Names of socache modules that SSLSessionCache may name, which here all mean memory of the process. */
const CACHES = ['dbm', 'shmcb', 'memcache', 'redis', 'dc'];

/** Bytes that a session takes in Apache's shared memory, to make a number of sessions of its size. */
const SESSION_BYTES = 200;
const DEFAULT_SESSIONS = 2500;
const MAX_SESSIONS = 100_000;

/** Directives about versions, ciphers and sessions. */
export const HANDSHAKE_DIRECTIVES: readonly Directive[] = [
  {
    name: 'SSLProtocol',
    syntax: '[+|-]protocol ...',
    default: 'all',
    contexts: SERVER,
    args: [1, Infinity],
    help: 'The versions of TLS that are spoken.',
    apply: (context, ...words) => applyProtocol(context, words),
  },
  {
    name: 'SSLCipherSuite',
    syntax: '[SSL|TLSv1.3] ciphers',
    default: 'DEFAULT',
    contexts: ANYWHERE,
    override: 'AuthConfig',
    args: [1, 2],
    help: "The ciphers that may be used, in OpenSSL's notation; for servers and virtual hosts.",
    apply: applyCipherSuite,
  },
  flag(
    'SSLHonorCipherOrder',
    'honorCipherOrder',
    'off',
    "Whether the order of the server's ciphers counts, and not the client's.",
  ),
  flag(
    'SSLSessionTickets',
    'tickets',
    'on',
    'Whether clients are given tickets to come back to a session with.',
  ),
  file(
    'SSLSessionTicketKeyFile',
    'ticketKeyFile',
    'A file of 48 random bytes that session tickets are encrypted with.',
  ),
  {
    name: 'SSLSessionCache',
    syntax: 'none|nonenotnull|type:arguments',
    default: 'none',
    contexts: GLOBAL,
    args: [1, 1],
    help: 'Whether sessions of clients without tickets are remembered: in memory, and as many as fit into the size given.',
    apply: applySessionCache,
  },
  {
    name: 'SSLSessionCacheTimeout',
    syntax: 'seconds',
    default: '300',
    contexts: SERVER,
    args: [1, 1],
    help: 'How long a client may come back to a session.',
    apply(context, argument) {
      if (/^\d{1,9}$/.test(argument.text)) context.server.set(TLS, 'sessionTimeout', Number(argument.text));
      else context.error('SSLSessionCacheTimeout: Invalid argument', argument);
    },
  },
];

function applyProtocol(context: DirectiveContext, words: readonly Argument[]): void {
  let versions = new Set<TlsVersion>();
  for (const word of words) {
    const [, sign = '', name = ''] = /^([+-]?)(.*)$/s.exec(word.text) ?? [];
    const meant = versionsNamed(context, sign, name, word);
    if (meant === undefined) return;
    if (sign === '-') versions = new Set([...versions].filter((version) => !meant.has(version)));
    else if (sign === '+') versions = new Set([...versions, ...meant]);
    else {
      if (versions.size > 0) {
        const warning =
          `SSLProtocol: Protocol '${name}' overrides already set parameter(s). ` +
          'Check if a +/- prefix is missing.';
        context.warning(warning, word);
      }
      versions = new Set(meant);
    }
  }
  if (versions.size === 0)
    context.error('SSLProtocol: No SSL protocols available; add one, such as +TLSv1.3');
  else context.server.set(TLS, 'versions', versions);
}

function versionsNamed(
  context: DirectiveContext,
  sign: string,
  name: string,
  word: Argument,
): ReadonlySet<TlsVersion> | undefined {
  const lower = name.toLowerCase();
  if (lower === 'all') return ALL_VERSIONS;
  const version = TLS_VERSIONS.find((one) => one.toLowerCase() === lower);
  if (version !== undefined) return new Set([version]);
  if (lower === 'sslv2' || lower === 'sslv3') {
    if (sign === '-') return new Set();
    const reason =
      lower === 'sslv2'
        ? 'SSLProtocol: SSLv2 is no longer supported'
        : 'SSLv3 not supported by this version of OpenSSL';
    context.error(reason, word);
    return undefined;
  }
  context.error(`SSLProtocol: Illegal protocol '${name}'`, word);
  return undefined;
}

function applyCipherSuite(context: DirectiveContext, first?: Argument, second?: Argument): void {
  const list = second ?? first;
  const kind = second === undefined ? 'SSL' : (first?.text ?? '');
  if (kind !== 'SSL' && kind !== 'TLSv1.3') {
    context.error(`protocol '${kind}' not supported`, first);
  } else if (!isTooLate(context, 'SSLCipherSuite', 'say it for the virtual host')) {
    context.server.set(TLS, kind === 'SSL' ? 'ciphers' : 'tls13Ciphers', list);
  }
}

function applySessionCache(context: DirectiveContext, argument?: Argument): void {
  const text = argument?.text ?? '';
  const [, type = '', , size] = /^([^:]*)(:.*?(?:\((\d+)\))?)?$/s.exec(text) ?? [];
  const name = type.toLowerCase();
  let sessions: TlsSettings['sessionCache'] = 0;
  if (name !== 'none' && name !== 'nonenotnull') {
    if (!CACHES.includes(name)) {
      const known = CACHES.join(',');
      context.error(
        `SSLSessionCache: '${type}' session cache not supported (known names: ${known})`,
        argument,
      );
      return;
    }
    sessions =
      size === undefined
        ? DEFAULT_SESSIONS
        : Math.min(Math.max(1, Math.floor(Number(size) / SESSION_BYTES)), MAX_SESSIONS);
  }
  context.server.set(TLS, 'sessionCache', sessions);
}
