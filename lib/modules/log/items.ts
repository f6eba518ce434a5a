import { tlsVariable } from '../../http/tls/variables.js';
import type { HttpRequest } from '../../http/request.js';
import type { LogEntry, RequestState } from './entry.js';
import { escapeItem } from './escape.js';
import { timeItem } from './times.js';

/**
 * What an item of a log format gives for a request, as it is to be written; undefined is logged as `-`.
 * @param state the request as it came or as it was answered, as the item or its `<` and `>` say
 */
export type Item = (entry: LogEntry, state: RequestState) => string | number | undefined;

/** A row: the item is made once, from its argument in braces ("" without). */
export interface ItemRow {
  /** without `<` and `>` it tells of the request as it came, and not as it was answered */
  readonly original?: true;
  /** it needs the traffic of the connection to be noted with each request */
  readonly traffic?: true;
  make(argument: string): Item;
}

/** A value of the request that has to be escaped. */
function value(of: (request: HttpRequest) => string | undefined): ItemRow {
  return {
    make:
      () =>
      ({ request }) =>
        escaped(of(request)),
  };
}

/** A value that internal redirects change. */
function original(of: (state: RequestState) => string | undefined): ItemRow {
  return { original: true, make: () => (_, state) => escaped(of(state)) };
}

function named(of: (entry: LogEntry, name: string, state: RequestState) => string | undefined): ItemRow {
  return { make: (name) => (entry, state) => escaped(of(entry, name, state)) };
}

function escaped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : escapeItem(text);
}

/** A value that is logged as `-` when it is empty. */
function escapedUnlessEmpty(text: string): string | undefined {
  return text === '' ? undefined : escapeItem(text);
}

/** An item with a choice of arguments in any letter case; Apache writes one that it does not know as it is. */
function choice(rows: Readonly<Record<string, Item>>, more: Pick<ItemRow, 'original'> = {}): ItemRow {
  return {
    ...more,
    make(argument) {
      const name = argument.toLowerCase();
      return (Object.hasOwn(rows, name) ? rows[name] : undefined) ?? (() => argument);
    },
  };
}

/** An item of which the argument `c` is about the connection, and any other about the client. */
function client(of: Item, ofConnection: Item): ItemRow {
  return { make: (argument) => (argument === 'c' ? ofConnection : of) };
}

const bytesIn: Item = ({ request: { mark } }) =>
  mark === undefined ? undefined : mark.traffic.bytesRead - mark.bytesReadBefore;
const bytesOut: Item = ({ request: { mark } }) =>
  mark === undefined ? undefined : mark.traffic.bytesWritten - mark.bytesWrittenBefore;

const microseconds: Item = (entry) => Math.floor((entry.end - entry.request.received) * 1000);
const canonicalPort: Item = ({ request }) =>
  request.named.identity.port || (request.scheme === 'https' ? 443 : 80);
const seconds: Item = (entry) => Math.floor((entry.end - entry.request.received) / 1000);

/** The items of mod_log_config, mod_logio and mod_ssl by what stands behind the percent sign. */
export const ITEMS: Readonly<Record<string, ItemRow>> = {
  a: client(
    ({ request }) => request.remoteAddress,
    ({ request }) => request.peerAddress,
  ),
  A: {
    make:
      () =>
      ({ request }) =>
        request.localAddress,
  },
  b: {
    make:
      () =>
      ({ request }) =>
        request.output.bytesSent || undefined,
  },
  B: {
    make:
      () =>
      ({ request }) =>
        request.output.bytesSent,
  },
  c: { make: tlsItem },
  C: named(({ request }, name) => cookie(request, name)),
  D: { original: true, make: () => microseconds },
  e: named((entry, name, state) => entry.environment(state).get(name)),
  f: {
    make:
      () =>
      (_, { filename }) =>
        escapedUnlessEmpty(filename),
  },
  h: client(
    ({ request }) => escaped(request.remoteHost ?? request.remoteAddress),
    ({ request }) =>
      request.peerAddress === request.remoteAddress
        ? escaped(request.remoteHost ?? request.remoteAddress)
        : request.peerAddress,
  ),
  H: value((request) => request.protocol || undefined),
  i: named(({ request }, name) => request.header(name.toLowerCase())),
  I: { traffic: true, make: () => bytesIn },
  k: {
    make:
      () =>
      ({ request }) =>
        request.connectionRequests,
  },
  l: { make: () => () => undefined },
  L: { original: true, make: (argument) => (argument === 'c' ? connectionId : requestId) },
  m: { make: () => (_, state) => escapedUnlessEmpty(state.method) },
  n: named(({ request }, name) => request.notes.get(name)),
  o: named(({ request }, name) => sentHeader(request, name.toLowerCase())),
  O: { traffic: true, make: () => bytesOut },
  p: choice({
    '': canonicalPort,
    canonical: canonicalPort,
    local: ({ request }) => request.localPort,
    remote: ({ request }) => request.remotePort,
  }),
  P: choice({
    '': () => process.pid,
    pid: () => process.pid,
    // Requests are served by the main thread, which has the number of the process.
    tid: () => process.pid,
    hextid: () => process.pid.toString(16),
  }),
  q: { make: () => (entry, state) => escaped(queryOf(entry, state)) },
  r: {
    original: true,
    make:
      () =>
      ({ request }, { method }) =>
        escapedUnlessEmpty(requestLine(request, method)),
  },
  R: original((state) => state.handler),
  s: {
    original: true,
    make:
      () =>
      (_, { status }) =>
        status || undefined,
  },
  S: {
    traffic: true,
    make: () => (entry, state) => Number(bytesIn(entry, state)) + Number(bytesOut(entry, state)),
  },
  t: { make: timeItem },
  T: choice(
    {
      '': seconds,
      s: seconds,
      ms: (entry) => Math.floor(entry.end - entry.request.received),
      us: microseconds,
    },
    { original: true },
  ),
  u: {
    make:
      () =>
      ({ request: { user } }) =>
        user === '' ? '""' : escaped(user),
  },
  U: original((state) => state.path || undefined),
  v: value((request) => request.named.identity.name),
  V: value((request) => request.serverName),
  x: {
    make:
      (name) =>
      ({ request }) =>
        escaped(tlsText(request, name)),
  },
  X: {
    make:
      () =>
      ({ request: { output } }) =>
        output.lost ? 'X' : output.keepAlive ? '+' : '-',
  },
  '^FB': {
    make:
      () =>
      ({ request }) =>
        request.notes.get(FIRST_BYTE),
  },
  '^ti': named(({ request }, name) => request.trailer(name.toLowerCase())),
  // No response has trailers.
  '^to': { make: () => () => undefined },
};

/** The note for the microseconds until the first byte of a response: no extension can make one with a blank. */
export const FIRST_BYTE = ' first byte';

/** The id that the error log shows with this request's lines, if it has any. */
const requestId: Item = ({ request }) => (request.logged ? request.id : undefined);
const connectionId: Item = ({ request: { mark } }) => (mark?.logged === true ? mark.id : undefined);

/** The query with what an extension has appended to it; `?` alone when the client sent no more than that. */
function queryOf({ request }: LogEntry, { query }: RequestState): string {
  const text = query + request.queryAppendix;
  if (text !== '') return `?${text}`;
  return request.redirected === undefined && request.target.includes('?') ? '?' : '';
}

/** The first line of the request, without the password that a whole URL may have. */
function requestLine({ target, protocol }: HttpRequest, method: string): string {
  const shown = target.replace(/^([a-z][a-z\d+.-]*:\/\/[^/?#:@]*):[^/?#@]*@/i, '$1:XXXXXXXX@');
  return `${method} ${shown} ${protocol}`.trim();
}

/** As Apache looks for a cookie: its name in any letter case, its value without the blanks around it. */
function cookie(request: HttpRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const part of (request.header('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    const value = part.slice(at + 1).trim();
    if (at > 0 && value !== '' && part.slice(0, at).trim().toLowerCase() === wanted) return value;
  }
  return undefined;
}

/** A header of the response; of Content-Type only the type. */
function sentHeader(request: HttpRequest, name: string): string | undefined {
  // As in Apache these are not among the headers that are logged.
  if (name === 'server' || name === 'date') return undefined;
  const sent = request.output.sentHeaders ?? [];
  const values = sent.filter((_, index) => index % 2 === 1 && sent[index - 1]?.toLowerCase() === name);
  if (name === 'set-cookie') return values.length === 0 ? undefined : values.join(', ');
  if (name === 'connection') return request.output.keepAlive ? 'keep-alive' : 'close';
  return name === 'content-type' ? values[0]?.split(/[;\s]/, 1)[0] : values[0];
}

/** `%{name}x`: mod_ssl's variables. */
function tlsText(request: HttpRequest, name: string): string | undefined {
  if (name.toUpperCase() === 'HTTPS') return request.tls === undefined ? 'off' : 'on';
  return request.tls && tlsVariable(request.tls, name);
}

/** What `%{name}c` is called among mod_ssl's variables, for formats of long ago. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  version: 'SSL_PROTOCOL',
  cipher: 'SSL_CIPHER',
  subjectdn: 'SSL_CLIENT_S_DN',
  clientcert: 'SSL_CLIENT_S_DN',
  issuerdn: 'SSL_CLIENT_I_DN',
  cacert: 'SSL_CLIENT_I_DN',
};

function tlsItem(argument: string): Item {
  const name = Object.hasOwn(OLD_NAMES, argument) ? OLD_NAMES[argument] : undefined;
  return name === undefined ? () => undefined : ({ request }) => escaped(tlsText(request, name));
}
