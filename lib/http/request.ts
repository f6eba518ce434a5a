import type { Stats } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Settings } from '../config/settings.js';
import type { VirtualHost } from '../config/configuration.js';
import type { LogContext, LogParams, MessageName } from '../messages.js';
import type { ConnectionMark } from './connection-mark.js';
import type { HostIdentity } from './host-set.js';
import type { ServerContext } from './module.js';
import type { Origin } from './origin.js';
import type { Output } from './output.js';
import type { RequestBody } from './request-body.js';
import type { TlsConnection } from './tls/tls-connection.js';

/** A program that answers for URLs which are not its own, as IIS's application mappings have it. Byte strings. */
export interface ScriptMapping {
  /** the file of the program */
  readonly program: string;
  /** SCRIPT_NAME: the part of the URL path that stands for the program */
  readonly name: string;
  /** PATH_INFO */
  readonly pathInfo: string;
  /** PATH_TRANSLATED, or undefined for what `pathInfo` leads to as a URL of its own */
  readonly pathTranslated: string | undefined;
}

/** Hears of lines for the error log. */
export type LogListener = (name: MessageName, params: LogParams | undefined) => void;

/** What the server is called in a request. */
export interface RequestName {
  readonly identity: HostIdentity;
  /** in the URL or the Host header, in lower case; undefined when the client named none */
  readonly name: string | undefined;
  readonly port: number | undefined;
  /** several hosts share the address, and the name has chosen among them */
  readonly isShared?: boolean;
}

/** A request as it was before an internal redirect. */
export interface RedirectedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly filename: string;
  readonly handler: string | undefined;
  /** the error that an ErrorDocument answers, else 200 */
  readonly status: number;
  readonly redirected: RedirectedRequest | undefined;
}

/**
 * A request on its way through the server. Paths, names and values are *byte strings*: one character per byte
 * (latin1), because URLs and file names are bytes and need not be UTF-8. `filename` is handed to the file system
 * as `Buffer.from(filename, 'latin1')`; a path from the configuration becomes a byte string by
 * `Buffer.from(text, 'utf8').toString('latin1')`.
 */
export interface HttpRequest {
  /** unique within the server's life, short, for log lines */
  readonly id: string;
  /** GET after an error was turned to a local ErrorDocument */
  readonly method: string;
  /** the request target as it came */
  readonly target: string;
  /** 'HTTP/1.1' */
  readonly protocol: string;
  readonly scheme: 'http' | 'https';
  /** names and values as they came, alternating; put another list in its place to change what everybody sees */
  rawHeaders: readonly string[];
  /** when its head had arrived: milliseconds since 1970 with a fraction */
  readonly received: number;
  /** how many requests came before it on its connection */
  readonly connectionRequests: number;
  /** a header's value, several joined by ", "; the name in lower case */
  header(name: string): string | undefined;
  /** the same for what came behind a body in chunks, once all of it was read */
  trailer(name: string): string | undefined;

  readonly host: VirtualHost;
  /** the names of the server: the host's own, and what the client calls it */
  readonly named: RequestName;
  /** scheme, name (an IPv6 address in brackets) and port that URLs of the server are made with: UseCanonicalName */
  readonly urlScheme: 'http' | 'https';
  readonly serverName: string;
  readonly serverPort: number;
  /** the name of the client's address in lower case, when it was looked up (HostnameLookups) and has one */
  remoteHost: string | undefined;
  /** the client's: the other end of the connection, or whom it came from by the words of a proxy that is trusted */
  remoteAddress: string;
  /** 0 where a proxy has not named it */
  remotePort: number;
  /** the other end of the connection */
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly origin: Origin;
  /** the TLS of the connection; undefined when it has none */
  readonly tls: TlsConnection | undefined;
  readonly localAddress: string;
  readonly localPort: number;
  /** what the logs remember of its connection; undefined only for requests that are made for tests */
  readonly mark: ConnectionMark | undefined;
  /** a line about it is in the error log */
  logged: boolean;
  /** hears of every line for the error log about it and its subrequests, whatever LogLevel says; for traces */
  logListener: LogListener | undefined;

  /** path of the URL: decoded, dot segments and doubled slashes removed */
  path: string;
  /** what follows the first `?`, undecoded; "" when there is none */
  query: string;
  /** the file or folder that `path` leads to, without path info; "" before translation */
  filename: string;
  /** what follows the file's name in the path, with its slash, or "" */
  pathInfo: string;
  /** the Alias that led there and the folder behind it, or undefined under DocumentRoot */
  aliasPrefix: string | undefined;
  aliasTarget: string | undefined;
  /** what `filename` is on disk */
  fileKind: 'file' | 'folder' | 'other' | 'missing';
  /** what the disk said of it for this request, when it is there */
  fileStats: Stats | undefined;

  /** merged for this URL and file */
  settings: Settings;
  /** name of the handler, or undefined for a plain file */
  handler: string | undefined;
  /** from AddType and TypesConfig */
  contentType: string | undefined;
  /** from AddEncoding and AddLanguage, for the headers of a file */
  contentEncoding: string | undefined;
  contentLanguages: readonly string[];
  /** the program that answers in place of the file, where a module has mapped the URL to one */
  script: ScriptMapping | undefined;
  /** SetEnv and other modules' variables; letter case does not count in their names */
  readonly env: Map<string, string>;
  /** notes for the access log: `%{name}n` */
  readonly notes: Map<string, string>;
  /** text that is appended to the query in the access log (`%q`, `%r`) */
  queryAppendix: string;
  /** headers that go with an error document or a redirect as well, such as Location and Allow */
  readonly errorHeaders: (readonly [name: string, value: string])[];
  /** the response is a page of the server's own (see ResponseHead) */
  isError: boolean;
  user: string | undefined;
  authType: string | undefined;

  /** the body; its end is reached at once when there is none */
  readonly input: Readable;
  /** The body, for a handler that reads it piece by piece and not as a stream; undefined when there is none. */
  openBody(): RequestBody | undefined;
  /** whether the whole body arrived and was read; true without a body */
  readonly inputEnded: boolean;
  /** bytes by Content-Length, undefined for chunked, 0 without a body */
  readonly contentLength: number | undefined;
  /** the request had `Expect: 100-continue`; call this before reading the body */
  continue(): void;
  readonly output: Output;
  /** the request that this is a subrequest of */
  readonly parent: HttpRequest | undefined;
  /** only the file that a URL leads to is asked for (ServerContext.mapPath) */
  readonly isProbe: boolean;
  /** what the request was before the last internal redirect */
  redirected: RedirectedRequest | undefined;
  /** the status of the error that an ErrorDocument is being served for; the response to it has this status */
  errorStatus: number | undefined;
  /** the server that the request is in; undefined only for requests that are made for tests */
  readonly server: ServerContext | undefined;

  /** Goes on as a request that was looked up (ServerContext.lookup): all that modules have found out for it counts. */
  adopt(found: HttpRequest): void;
  /** writes a log line with this request's client and id */
  log(name: MessageName, params?: LogParams, context?: LogContext): void;
}
