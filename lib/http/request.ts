import type { Stats } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Settings } from '../config/settings.js';
import type { VirtualHost } from '../config/configuration.js';
import type { LogContext, LogParams, MessageName } from '../messages.js';
import type { Output } from './output.js';
import type { RequestBody } from './request-body.js';

/**
 * A request on its way through the server. Paths, names and values are *byte strings*: one character per byte
 * (latin1), because URLs and file names are bytes and need not be UTF-8. `filename` is handed to the file system
 * as `Buffer.from(filename, 'latin1')`; a path from the configuration becomes a byte string by
 * `Buffer.from(text, 'utf8').toString('latin1')`.
 */
export interface HttpRequest {
  /** unique within the server's life, short, for log lines */
  readonly id: string;
  readonly method: string;
  /** the request target as it came */
  readonly target: string;
  /** 'HTTP/1.1' */
  readonly protocol: string;
  readonly scheme: 'http' | 'https';
  /** names and values as they came, alternating */
  readonly rawHeaders: readonly string[];
  /** when its head had arrived: milliseconds since 1970 with a fraction */
  readonly received: number;
  /** how many requests came before it on its connection */
  readonly connectionRequests: number;
  /** a header's value, several joined by ", "; the name in lower case */
  header(name: string): string | undefined;

  readonly host: VirtualHost;
  /** ServerName and port as the client sees them */
  readonly serverName: string;
  readonly serverPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;

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
  /** SetEnv and other modules' variables */
  readonly env: Map<string, string>;
  /** notes for the access log: `%{name}n` */
  readonly notes: Map<string, string>;
  /** text that is appended to the query in the access log (`%q`, `%r`) */
  queryAppendix: string;
  /** headers that go with an error document or a redirect as well, such as Location and Allow */
  readonly errorHeaders: (readonly [name: string, value: string])[];
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

  /** writes a log line with this request's client and id */
  log(name: MessageName, params?: LogParams, context?: LogContext): void;
}
