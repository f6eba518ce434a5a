import type { Readable } from 'node:stream';
import type { VirtualHost } from '../config/configuration.js';
import type { ErrorCode } from '../errors.js';
import type { Settings } from '../config/settings.js';
import type { LogContext, LogParams, MessageName } from '../messages.js';
import { preciseNow } from './clock.js';
import type { ConnectionMark } from './connection-mark.js';
import { Environment } from './environment.js';
import type { ServerLog } from './log.js';
import type { RequestMessage } from './message.js';
import type { Origin } from './origin.js';
import type { Output } from './output.js';
import { BodyStream, emptyBody, RequestBody } from './request-body.js';
import type { ServerContext } from './module.js';
import type { HttpRequest, RedirectedRequest, RequestName, ScriptMapping } from './request.js';
import { HOST } from './host-settings.js';
import { CORE } from './settings.js';
import type { TlsConnection } from './tls/tls-connection.js';
import { noteVary, varyOf } from './vary.js';

/** Where a request came from: what all requests of a connection have in common. */
export interface Peer {
  readonly scheme: 'http' | 'https';
  readonly origin: Origin;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly mark?: ConnectionMark | undefined;
}

/** What a request is made of. */
export interface RequestParts {
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  readonly rawHeaders: readonly string[];
  readonly peer: Peer;
  readonly host: VirtualHost;
  readonly named: RequestName;
  readonly output: Output;
  readonly log: ServerLog;
  readonly contentLength: number | undefined;
  readonly connectionRequests: number;
  readonly parent?: HttpRequest;
  readonly server?: ServerContext;
  readonly isProbe?: boolean;
  /** where a body would come from, and what asks the client for it */
  readonly message?: RequestMessage;
  readonly askForBody?: () => void;
}

let lastId = 0;

/** The server's implementation of HttpRequest. */
export class ServerRequest implements HttpRequest {
  method: string;
  readonly target: string;
  readonly protocol: string;
  readonly scheme: 'http' | 'https';
  rawHeaders: readonly string[];
  readonly received: number;
  readonly connectionRequests: number;
  readonly host: VirtualHost;
  readonly named: RequestName;
  remoteAddress: string;
  remotePort: number;
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly origin: Origin;
  readonly localAddress: string;
  readonly localPort: number;
  readonly mark: ConnectionMark | undefined;
  readonly contentLength: number | undefined;
  output: Output;
  readonly parent: HttpRequest | undefined;
  readonly server: ServerContext | undefined;
  readonly isProbe: boolean;
  /** how many subrequests and internal redirects led here */
  depth = 0;
  path = '';
  query = '';
  /** the path has a segment that may not name a file */
  suspicious = false;
  filename = '';
  pathInfo = '';
  aliasPrefix: string | undefined = undefined;
  aliasTarget: string | undefined = undefined;
  fileKind: HttpRequest['fileKind'] = 'missing';
  fileStats: HttpRequest['fileStats'] = undefined;
  settings: Settings;
  handler: string | undefined = undefined;
  contentType: string | undefined = undefined;
  contentEncoding: string | undefined = undefined;
  contentLanguages: readonly string[] = [];
  script: ScriptMapping | undefined = undefined;
  redirected: RedirectedRequest | undefined = undefined;
  errorStatus: number | undefined = undefined;
  /** the work on an error document that another URL gives */
  errorWork: Promise<void> | undefined = undefined;
  readonly env: Map<string, string> = new Environment();
  readonly notes = new Map<string, string>();
  queryAppendix = '';
  readonly errorHeaders: (readonly [name: string, value: string])[] = [];
  isError = false;
  user: string | undefined = undefined;
  authType: string | undefined = undefined;
  /** the settings under which it was decided whether the client may have it */
  checked: Settings | undefined = undefined;
  logged = false;
  logListener: HttpRequest['logListener'] = undefined;
  remoteHost: string | undefined = undefined;
  /** the name of the server's own address, when UseCanonicalName had it looked up and it has one */
  localHost: string | undefined = undefined;
  private readonly number: number;
  private readonly serverLog: ServerLog;
  private readonly message: RequestMessage | undefined;
  private readonly askForBody: (() => void) | undefined;
  /** the body, if somebody has asked for it and it is not empty */
  body: RequestBody | undefined = undefined;
  private stream: Readable | undefined = undefined;

  constructor(parts: RequestParts) {
    this.number = ++lastId;
    this.received = preciseNow();
    this.method = parts.method;
    this.target = parts.target;
    this.protocol = parts.protocol;
    this.scheme = parts.peer.scheme;
    this.rawHeaders = parts.rawHeaders;
    this.connectionRequests = parts.connectionRequests;
    this.host = parts.host;
    this.settings = parts.host.settings;
    this.named = parts.named;
    this.remoteAddress = parts.peer.remoteAddress;
    this.remotePort = parts.peer.remotePort;
    this.peerAddress = parts.parent?.peerAddress ?? parts.peer.remoteAddress;
    this.peerPort = parts.parent?.peerPort ?? parts.peer.remotePort;
    this.origin = parts.peer.origin;
    this.localAddress = parts.peer.localAddress;
    this.localPort = parts.peer.localPort;
    this.mark = parts.peer.mark;
    this.contentLength = parts.contentLength;
    this.output = parts.output;
    this.parent = parts.parent;
    this.server = parts.server;
    this.isProbe = parts.isProbe === true;
    this.serverLog = parts.log;
    this.message = parts.message;
    this.askForBody = parts.askForBody;
  }

  get urlScheme(): 'http' | 'https' {
    return this.scheme === 'https' ? 'https' : this.named.identity.scheme;
  }

  get serverName(): string {
    const { identity, name } = this.named;
    const { useCanonicalName } = this.settings.get(HOST);
    const canonical = useCanonicalName === 'dns' ? (this.localHost ?? identity.name) : identity.name;
    if (useCanonicalName === 'off' && name !== undefined) return name;
    return canonical.includes(':') && !canonical.startsWith('[') ? `[${canonical}]` : canonical;
  }

  get serverPort(): number {
    const { identity, port } = this.named;
    const { useCanonicalName, useCanonicalPhysicalPort } = this.settings.get(HOST);
    const physical = useCanonicalPhysicalPort ? this.localPort : 0;
    const usual = this.urlScheme === 'https' ? 443 : 80;
    // The order differs: a canonical name goes with the port of ServerName, a client's with that of the connection.
    if (useCanonicalName === 'on') return identity.port || physical || usual;
    return port ?? (physical || identity.port || usual);
  }

  get tls(): TlsConnection | undefined {
    return this.origin.tls;
  }

  get id(): string {
    return this.number.toString(36);
  }

  header(name: string): string | undefined {
    return valueIn(this.rawHeaders, name);
  }

  trailer(name: string): string | undefined {
    return valueIn(this.message?.rawTrailers ?? [], name);
  }

  get input(): Readable {
    if (this.stream === undefined) {
      const body = this.openBody();
      this.stream = body === undefined ? emptyBody() : new BodyStream(body);
    }
    return this.stream;
  }

  get inputEnded(): boolean {
    if (this.contentLength === 0 || this.message === undefined) return true;
    return this.body?.ended === true;
  }

  /** Makes the body fail for whoever reads it, now or later. */
  failBody(code: ErrorCode, reason: string): void {
    this.openBody()?.fail(code, reason);
  }

  /**
   * Makes another URL of the request, within the server: what modules have found out of the first one is forgotten,
   * and its variables stay as REDIRECT_*.
   * @param status that of the error which the URL is to answer, else 200
   */
  turnTo(
    { path, query, suspicious }: Pick<ServerRequest, 'path' | 'query' | 'suspicious'>,
    status: number,
  ): void {
    const { method, filename, handler, env, redirected } = this;
    this.redirected = { method, path: this.path, query: this.query, filename, handler, status, redirected };
    env.delete('REDIRECT_URL');
    env.delete('REDIRECT_QUERY_STRING');
    const before = [...env];
    env.clear();
    for (const [name, value] of before) env.set(`REDIRECT_${name}`, value);
    env.set('REDIRECT_STATUS', String(status));
    env.set('REDIRECT_URL', this.path);
    if (this.query !== '') env.set('REDIRECT_QUERY_STRING', this.query);
    this.path = path;
    this.query = query;
    this.suspicious = suspicious;
    this.filename = '';
    this.pathInfo = '';
    this.aliasPrefix = undefined;
    this.aliasTarget = undefined;
    this.handler = undefined;
    this.contentType = undefined;
    this.contentEncoding = undefined;
    this.contentLanguages = [];
    this.script = undefined;
    this.notes.clear();
  }

  /** Goes on as a request that was looked up: everything that modules have found out for that one counts for this. */
  adopt(found: HttpRequest): void {
    this.path = found.path;
    this.query = found.query;
    this.filename = found.filename;
    this.pathInfo = found.pathInfo;
    this.aliasPrefix = found.aliasPrefix;
    this.aliasTarget = found.aliasTarget;
    this.fileKind = found.fileKind;
    this.fileStats = found.fileStats;
    this.settings = found.settings;
    this.handler = found.handler;
    this.contentType = found.contentType;
    this.contentEncoding = found.contentEncoding;
    this.contentLanguages = found.contentLanguages;
    this.script = found.script;
    this.user ??= found.user;
    this.authType ??= found.authType;
    for (const [name, value] of found.env) this.env.set(name, value);
    for (const [name, value] of found.notes) this.notes.set(name, value);
    for (const name of varyOf(found) ?? []) noteVary(this, name);
  }

  openBody(): RequestBody | undefined {
    const { message } = this;
    // The body was for the request that failed, and may be what it failed for.
    if (this.errorStatus !== undefined) return undefined;
    if (this.body !== undefined) return this.body;
    if (this.contentLength === 0 || message === undefined) return undefined;
    this.body = new RequestBody(message, this.settings.get(CORE).limitRequestBody, () => this.continue());
    return this.body;
  }

  continue(): void {
    this.askForBody?.();
  }

  log(name: MessageName, params?: LogParams, context?: LogContext): void {
    this.serverLog.about(this, name, params, context);
  }
}

/** The value of a header in a list of names and values, several joined. */
function valueIn(fields: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < fields.length; index += 2) {
    const candidate = fields[index] ?? '';
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    const part = fields[index + 1] ?? '';
    value = value === undefined ? part : `${value}, ${part}`;
  }
  return value;
}
