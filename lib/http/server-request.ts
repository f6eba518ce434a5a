import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { VirtualHost } from '../config/configuration.js';
import type { ErrorCode } from '../errors.js';
import type { Settings } from '../config/settings.js';
import type { LogContext, LogParams, MessageName } from '../messages.js';
import { preciseNow } from './clock.js';
import type { ServerLog } from './log.js';
import type { Output } from './output.js';
import { BodyStream, emptyBody, RequestBody } from './request-body.js';
import type { HttpRequest } from './request.js';
import { CORE } from './settings.js';

/** Where a request came from: what all requests of a connection have in common. */
export interface Peer {
  readonly scheme: 'http' | 'https';
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** What a request is made of. */
export interface RequestParts {
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  readonly rawHeaders: readonly string[];
  readonly peer: Peer;
  readonly host: VirtualHost;
  readonly serverName: string;
  readonly serverPort: number;
  readonly output: Output;
  readonly log: ServerLog;
  readonly contentLength: number | undefined;
  readonly connectionRequests: number;
  readonly parent?: HttpRequest;
  /** where a body would come from, and what asks the client for it */
  readonly message?: IncomingMessage;
  readonly askForBody?: () => void;
}

let lastId = 0;

/** The server's implementation of HttpRequest. */
export class ServerRequest implements HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  readonly scheme: 'http' | 'https';
  readonly rawHeaders: readonly string[];
  readonly received: number;
  readonly connectionRequests: number;
  readonly host: VirtualHost;
  readonly serverName: string;
  readonly serverPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly contentLength: number | undefined;
  readonly output: Output;
  readonly parent: HttpRequest | undefined;
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
  readonly env = new Map<string, string>();
  readonly notes = new Map<string, string>();
  queryAppendix = '';
  readonly errorHeaders: (readonly [name: string, value: string])[] = [];
  user: string | undefined = undefined;
  authType: string | undefined = undefined;
  /** a line about this request is in the error log */
  logged = false;
  private readonly number: number;
  private readonly serverLog: ServerLog;
  private readonly message: IncomingMessage | undefined;
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
    this.serverName = parts.serverName;
    this.serverPort = parts.serverPort;
    this.remoteAddress = parts.peer.remoteAddress;
    this.remotePort = parts.peer.remotePort;
    this.localAddress = parts.peer.localAddress;
    this.localPort = parts.peer.localPort;
    this.contentLength = parts.contentLength;
    this.output = parts.output;
    this.parent = parts.parent;
    this.serverLog = parts.log;
    this.message = parts.message;
    this.askForBody = parts.askForBody;
  }

  get id(): string {
    return this.number.toString(36);
  }

  header(name: string): string | undefined {
    let value: string | undefined;
    const { rawHeaders } = this;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const candidate = rawHeaders[index] ?? '';
      if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
      const part = rawHeaders[index + 1] ?? '';
      value = value === undefined ? part : `${value}, ${part}`;
    }
    return value;
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

  openBody(): RequestBody | undefined {
    const { message } = this;
    if (this.body !== undefined) return this.body;
    if (this.contentLength === 0 || message === undefined) return undefined;
    this.body = new RequestBody(message, this.settings.get(CORE).limitRequestBody, () => this.continue());
    return this.body;
  }

  continue(): void {
    this.askForBody?.();
  }

  log(name: MessageName, params?: LogParams, context?: LogContext): void {
    if (!this.serverLog.wants(name, this.settings.get(CORE).logLevels)) return;
    this.logged = true;
    this.serverLog.append(name, params, {
      client: `${this.remoteAddress}:${this.remotePort}`,
      request: this.id,
      ...context,
    });
  }
}
