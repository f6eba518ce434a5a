import type { RequestVariable, TimeVariable } from '../config/expression/index.js';
import { CONTENT } from './content-settings.js';
import type { ResponseHead } from './module.js';
import { DEFAULT_HANDLER } from './outcome.js';
import type { HttpRequest } from './request.js';
import { documentRoot } from './settings.js';
import { groupName, userName } from './system-names.js';
import { tlsVariable } from './tls/variables.js';

/** The major number of the module interface that Apache 2.4 has. */
const API_VERSION = '20120211';

/** What Apache says without ServerAdmin. */
const NO_ADMIN = '[no address given]';

type Value = (request: HttpRequest, head: ResponseHead | undefined) => string | undefined;

const header =
  (name: string): Value =>
  (request) =>
    request.header(name);

const root: Value = (request) => {
  const { configuration } = request.server ?? {};
  return configuration && documentRoot(configuration, request.host.settings);
};

/** What is only known once a handler has begun. */
const isAnswered = (head: ResponseHead | undefined): boolean => head?.isError === false;

/** What httpd calls the handler of a file that none was set for: its content type. */
const fileHandler = ({ contentType }: HttpRequest): string =>
  contentType?.replace(/;.*$/s, '') ?? DEFAULT_HANDLER;

const flag = (isOn: boolean): string => (isOn ? 'on' : 'off');

/** The variables of expressions, without those that are made of the time and those of mod_ssl. */
const VALUES: Readonly<Record<RequestVariable, Value>> = {
  HTTP_ACCEPT: header('accept'),
  HTTP_COOKIE: header('cookie'),
  HTTP_FORWARDED: header('forwarded'),
  HTTP_HOST: header('host'),
  HTTP_PROXY_CONNECTION: header('proxy-connection'),
  HTTP_REFERER: header('referer'),
  HTTP_USER_AGENT: header('user-agent'),
  REQUEST_METHOD: (request) => request.method,
  REQUEST_SCHEME: (request) => request.urlScheme,
  REQUEST_URI: (request) => request.path,
  REQUEST_FILENAME: (request) => request.filename,
  REMOTE_HOST: (request) => request.remoteHost ?? request.remoteAddress,
  // There is no mod_ident that could ask for it.
  REMOTE_IDENT: () => '',
  REMOTE_USER: (request) => request.user,
  SERVER_ADMIN: (request) => request.host.settings.get(CONTENT).serverAdmin ?? NO_ADMIN,
  SERVER_NAME: (request) => request.serverName,
  SERVER_PORT: (request) => String(request.serverPort),
  SERVER_PROTOCOL: (request) => request.protocol,
  SCRIPT_FILENAME: (request) => request.filename,
  PATH_INFO: (request) => request.pathInfo,
  QUERY_STRING: (request) => request.query,
  IS_SUBREQ: (request) => String(request.parent !== undefined),
  DOCUMENT_ROOT: root,
  AUTH_TYPE: (request) => request.authType,
  THE_REQUEST: requestLine,
  CONTENT_TYPE: (request, head) => headerOf(head, 'content-type') ?? request.contentType,
  HANDLER: (request, head) => request.handler ?? (isAnswered(head) ? fileHandler(request) : undefined),
  REQUEST_LOG_ID: (request) => request.id,
  SCRIPT_USER: ({ fileStats }) => fileStats && userName(fileStats.uid),
  SCRIPT_GROUP: ({ fileStats }) => fileStats && groupName(fileStats.gid),
  DOCUMENT_URI: (request) => request.env.get('DOCUMENT_URI') ?? request.path,
  LAST_MODIFIED: ({ fileStats }, head) => timestamp(isAnswered(head) ? fileStats?.mtime : undefined),
  CONTEXT_PREFIX: (request) => request.aliasPrefix,
  CONTEXT_DOCUMENT_ROOT: (request, head) => request.aliasTarget ?? root(request, head),
  REQUEST_STATUS: (request, head) => String(head?.status ?? request.output.status),
  REMOTE_ADDR: (request) => request.remoteAddress,
  REMOTE_PORT: (request) => String(request.remotePort),
  HTTPS: (request) => flag(request.tls !== undefined),
  IPV6: ({ peerAddress }) => flag(peerAddress.includes(':') && !peerAddress.startsWith('::ffff:')),
  CONN_LOG_ID: (request) => `${request.peerAddress}:${request.peerPort}`,
  CONN_REMOTE_ADDR: (request) => request.peerAddress,
  HTTP2: (request) => flag(request.protocol.startsWith('HTTP/2')),
  SERVER_SOFTWARE: (request) => request.server?.software,
  API_VERSION: () => API_VERSION,
};

/** Parts of the local time, as numbers with as many digits as Apache has. */
const TIMES: Readonly<Record<TimeVariable, (now: Date) => string>> = {
  TIME_YEAR: (now) => String(now.getFullYear()),
  TIME_MON: (now) => two(now.getMonth() + 1),
  TIME_DAY: (now) => two(now.getDate()),
  TIME_HOUR: (now) => two(now.getHours()),
  TIME_MIN: (now) => two(now.getMinutes()),
  TIME_SEC: (now) => two(now.getSeconds()),
  TIME_WDAY: (now) => String(now.getDay()),
  TIME: timestamp,
};

/**
 * The value of a variable of expressions: a byte string, "" for none.
 * @param name in upper case
 * @param head the response's, when it is known
 */
export function expressionVariable(
  request: HttpRequest,
  head: ResponseHead | undefined,
  name: string,
): string {
  if (isIn(VALUES, name)) return VALUES[name](request, head) ?? '';
  if (isIn(TIMES, name)) return TIMES[name](new Date());
  return request.tls === undefined ? '' : (tlsVariable(request.tls, name) ?? '');
}

function isIn<T extends object>(table: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(table, name);
}

/** The first of a response's headers with a name, which is in lower case. */
export function headerOf(head: ResponseHead | undefined, name: string): string | undefined {
  return head?.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** The line that the client has sent, whatever has become of the request since. */
function requestLine(request: HttpRequest): string {
  let first = request;
  while (first.parent !== undefined) first = first.parent;
  let { method } = first;
  for (let earlier = first.redirected; earlier !== undefined; earlier = earlier.redirected) {
    method = earlier.method;
  }
  return `${method} ${first.target} ${first.protocol}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** A time that is not known is the beginning of all times, as in Apache. */
function timestamp(time = new Date(0)): string {
  const parts = [time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds()];
  return `${String(time.getFullYear()).padStart(4, '0')}${parts.map(two).join('')}`;
}
