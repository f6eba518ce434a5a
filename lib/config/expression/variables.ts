/** The variables of expressions as Apache documents them, but for those of the time. */
const REQUEST_VARIABLES = [
  'HTTP_ACCEPT',
  'HTTP_COOKIE',
  'HTTP_FORWARDED',
  'HTTP_HOST',
  'HTTP_PROXY_CONNECTION',
  'HTTP_REFERER',
  'HTTP_USER_AGENT',
  'REQUEST_METHOD',
  'REQUEST_SCHEME',
  'REQUEST_URI',
  'REQUEST_FILENAME',
  'REMOTE_HOST',
  'REMOTE_IDENT',
  'REMOTE_USER',
  'SERVER_ADMIN',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'SCRIPT_FILENAME',
  'PATH_INFO',
  'QUERY_STRING',
  'IS_SUBREQ',
  'DOCUMENT_ROOT',
  'AUTH_TYPE',
  'THE_REQUEST',
  'CONTENT_TYPE',
  'HANDLER',
  'REQUEST_LOG_ID',
  'SCRIPT_USER',
  'SCRIPT_GROUP',
  'DOCUMENT_URI',
  'LAST_MODIFIED',
  'CONTEXT_PREFIX',
  'CONTEXT_DOCUMENT_ROOT',
  'REQUEST_STATUS',
  'REMOTE_ADDR',
  'REMOTE_PORT',
  'HTTPS',
  'IPV6',
  'CONN_LOG_ID',
  'CONN_REMOTE_ADDR',
  'HTTP2',
  'SERVER_SOFTWARE',
  'API_VERSION',
] as const;

/** Those that are made of the local time. */
const TIME_VARIABLES = [
  'TIME_YEAR',
  'TIME_MON',
  'TIME_DAY',
  'TIME_HOUR',
  'TIME_MIN',
  'TIME_SEC',
  'TIME_WDAY',
  'TIME',
] as const;

export type RequestVariable = (typeof REQUEST_VARIABLES)[number];
export type TimeVariable = (typeof TIME_VARIABLES)[number];

const KNOWN: ReadonlySet<string> = new Set([...REQUEST_VARIABLES, ...TIME_VARIABLES]);

/** Whether there is a variable of a name, which is in upper case. Those of mod_ssl begin with SSL_. */
export function isVariable(name: string): boolean {
  return KNOWN.has(name) || name.startsWith('SSL_');
}
