import { hostname } from 'node:os';
import type { HttpRequest } from '../../http/request.js';
import { preciseNow } from '../../http/clock.js';
import { CORE } from '../../http/settings.js';
import { strftime, unknownConversion } from './strftime.js';

/** What an item of a log format gives for a request; undefined is logged as `-`. */
export type Item = (request: HttpRequest) => string | number | undefined;

/** A row: the item, made once from its argument in braces ("" without). Text that is returned says what is wrong. */
type ItemRow = (argument: string) => Item | string;

/** An item that takes no argument. */
function plain(item: Item): ItemRow {
  return (argument) => (argument === '' ? item : `takes no argument in braces`);
}

/** An item that needs an argument. */
function named(what: string, item: (name: string) => Item): ItemRow {
  return (argument) => (argument === '' ? `needs ${what} in braces` : item(argument));
}

/** An item with a choice of arguments; "" is what it gives without one. */
function choice(rows: Readonly<Record<string, Item>>): ItemRow {
  return (argument) =>
    rows[argument] ?? `takes no other argument than ${Object.keys(rows).filter(Boolean).join(', ')}`;
}

const peer: Item = (request) => request.remoteAddress;
const elapsed = (request: HttpRequest): number => preciseNow() - request.received;
const seconds: Item = (request) => Math.floor(elapsed(request) / 1000);
const microseconds: Item = (request) => Math.floor(elapsed(request) * 1000);
const port: Item = (request) => request.serverPort;

/** The items of mod_log_config by their letter. */
export const ITEMS: Readonly<Record<string, ItemRow>> = {
  a: choice({ '': peer, c: peer }),
  A: plain((request) => request.localAddress),
  b: plain((request) => request.output.bytesSent || undefined),
  B: plain((request) => request.output.bytesSent),
  C: named('the name of a cookie', (name) => (request) => cookie(request, name)),
  D: plain(microseconds),
  e: named('the name of a variable', (name) => (request) => request.env.get(name)),
  f: plain((request) => request.filename || undefined),
  h: choice({ '': peer, c: peer }),
  H: plain((request) => request.protocol || undefined),
  i: named('the name of a header', (name) => {
    const wanted = name.toLowerCase();
    return (request) => request.header(wanted);
  }),
  k: plain((request) => request.connectionRequests),
  l: plain(() => undefined),
  L: choice({ '': errorLogId, c: () => undefined }),
  m: plain((request) => request.method || undefined),
  n: named('the name of a note', (name) => (request) => request.notes.get(name)),
  o: named('the name of a header', (name) => {
    const wanted = name.toLowerCase();
    return (request) => sentHeader(request, wanted);
  }),
  p: choice({
    '': port,
    canonical: port,
    local: (request) => request.localPort,
    remote: (request) => request.remotePort,
  }),
  P: choice({ '': () => process.pid, pid: () => process.pid }),
  q: plain((request) => {
    const query = request.query + request.queryAppendix;
    return query === '' ? '' : `?${query}`;
  }),
  r: plain((request) => `${request.method} ${request.target} ${request.protocol}`.trim() || undefined),
  R: plain((request) => request.handler),
  s: plain((request) => request.output.status),
  t: time,
  T: choice({
    '': seconds,
    s: seconds,
    ms: (request) => Math.floor(elapsed(request)),
    us: microseconds,
  }),
  u: plain((request) => (request.user === '' ? '""' : request.user)),
  U: plain((request) => request.path || undefined),
  v: plain((request) => request.host.settings.get(CORE).serverName ?? hostname()),
  V: plain((request) => request.serverName),
  X: plain((request) => (request.output.lost ? 'X' : request.output.keepAlive ? '+' : '-')),
};

/** Items of other Apache modules, to say whose they are. */
export const FOREIGN_ITEMS: Readonly<Record<string, string>> = {
  I: 'mod_logio',
  O: 'mod_logio',
  S: 'mod_logio',
  c: 'mod_ssl',
  x: 'mod_ssl',
};

/** The id that the error log shows with this request's lines, if it has any. */
function errorLogId(request: HttpRequest): string | undefined {
  return 'logged' in request && request.logged === true ? request.id : undefined;
}

function cookie(request: HttpRequest, name: string): string | undefined {
  for (const part of (request.header('cookie') ?? '').split(/[;,]/)) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

function sentHeader(request: HttpRequest, name: string): string | undefined {
  const sent = request.output.sentHeaders ?? [];
  const values = sent.filter((_, index) => index % 2 === 1 && sent[index - 1]?.toLowerCase() === name);
  return values.length === 0 ? undefined : values.join(', ');
}

/** Fractions and whole numbers of the time that `%{...}t` has names for, from milliseconds. */
const TIME_TOKENS: Readonly<Record<string, (time: number) => string>> = {
  sec: (at) => String(Math.floor(at / 1000)),
  msec: (at) => String(Math.floor(at)),
  usec: (at) => String(Math.floor(at * 1000)),
  msec_frac: (at) => String(Math.floor(at % 1000)).padStart(3, '0'),
  usec_frac: (at) => String(Math.floor((at % 1000) * 1000)).padStart(6, '0'),
};

/** `%t`, and `%{format}t` with `begin:` or `end:` before the format. */
function time(argument: string): Item | string {
  const match = /^(begin|end)?:?(.*)$/s.exec(argument);
  const atEnd = match?.[1] === 'end';
  const format = match?.[1] === undefined ? argument : (match[2] ?? '');
  const at = (request: HttpRequest): number => (atEnd ? preciseNow() : request.received);
  const token = TIME_TOKENS[format];
  if (token !== undefined) return (request) => token(at(request));
  if (format === '') return (request) => commonTime(at(request));
  const unknown = unknownConversion(format);
  if (unknown !== undefined) return `has the conversion ${unknown} in its format, which there is not`;
  return (request) => strftime(format, new Date(at(request)));
}

let second = -1;
let secondText = '';

/** The time of the Common Log Format; its text is made once a second. */
function commonTime(at: number): string {
  const now = Math.floor(at / 1000);
  if (now !== second) {
    second = now;
    secondText = strftime('[%d/%b/%Y:%H:%M:%S %z]', new Date(at));
  }
  return secondText;
}
