import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { messageOf } from '../errors.js';
import { Generation, type GenerationOptions } from './generation.js';
import { Intake } from './intake.js';
import type { ClientError } from './malformed.js';
import { prepareParser } from './parser-rules.js';

/** A request that no client has sent. Strings are byte strings. */
export interface SingleRequest {
  readonly method: string;
  /** the request target as it would be on the wire */
  readonly target: string;
  /** names and values, alternating; Host and Content-Length are the caller's to give */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What a client would have seen. */
export interface SingleResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** names and values, alternating, as they came */
  readonly headers: readonly string[];
  /** the first bytes of the body */
  readonly start: Buffer;
  /** bytes of the body that came */
  readonly bytes: number;
  /** milliseconds from the request to the end of the response */
  readonly time: number;
  /** why the response is not whole */
  readonly problem?: string;
}

export interface SingleRequestLimits {
  /** bytes of the body that are kept */
  readonly kept: number;
  /** bytes of the body after which the client goes away */
  readonly most: number;
}

/** The addresses of both ends, as an extension sees them. */
const CLIENT = { address: '127.0.0.1', port: 50_000 } as const;
const SERVER = { address: '127.0.0.1', port: 80 } as const;

/** One end of a connection that exists in memory alone, with what the server uses of a socket. */
class End extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  bytesRead = 0;
  bytesWritten = 0;
  other: End | undefined;
  #resume: (() => void) | undefined;

  constructor(own: typeof SERVER | typeof CLIENT, other: typeof SERVER | typeof CLIENT) {
    super({ allowHalfOpen: true });
    this.localAddress = own.address;
    this.localPort = own.port;
    this.remoteAddress = other.address;
    this.remotePort = other.port;
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.end(() => this.destroy());
  }

  override _read(): void {
    const resume = this.other?.taken();
    resume?.();
  }

  /** The other end has taken what was written: the next may follow. */
  taken(): (() => void) | undefined {
    const resume = this.#resume;
    this.#resume = undefined;
    return resume;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.bytesWritten += chunk.length;
    const { other } = this;
    if (other === undefined || other.destroyed) {
      done();
      return;
    }
    other.bytesRead += chunk.length;
    if (other.push(chunk)) done();
    else this.#resume = done;
  }

  override _final(done: () => void): void {
    if (this.other?.destroyed === false) this.other.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.taken()?.();
    const { other } = this;
    // As with a socket, the other end sees the end of what was sent, and then that the connection is gone.
    if (other?.destroyed === false) {
      if (!other.readableEnded) other.push(null);
      setImmediate(() => other.destroy());
    }
    done(error);
  }
}

function connectedPair(): { client: End; server: End } {
  const client = new End(CLIENT, SERVER);
  const server = new End(SERVER, CLIENT);
  client.other = server;
  server.other = client;
  return { client, server };
}

/**
 * Serves one request with a configuration, all of its modules and its own worker processes, over a connection that is in
 * memory: no port is opened. The modules are stopped before it resolves; the log stays open.
 * @throws what a module's open or start hook throws
 */
export async function serveOnce(
  options: GenerationOptions,
  request: SingleRequest,
  limits: SingleRequestLimits,
): Promise<SingleResponse> {
  const generation = new Generation(options);
  await generation.open();
  await generation.prepare();
  await generation.start();
  try {
    const response = await exchange(generation, request, limits);
    await generation.idle(0);
    return response;
  } finally {
    await generation.stop();
  }
}

async function exchange(
  generation: Generation,
  request: SingleRequest,
  limits: SingleRequestLimits,
): Promise<SingleResponse> {
  const intake = new Intake(generation);
  const server = createServer({ requestTimeout: 0, requireHostHeader: false });
  server.maxHeadersCount = 0;
  const accept = (message: IncomingMessage, response: ServerResponse): void => {
    intake.accept(message, response, message.url ?? '', intake.connected(message.socket));
  };
  server.on('request', accept).on('checkContinue', accept).on('checkExpectation', accept);
  server.on('clientError', (error: ClientError, socket: Socket) => intake.clientError(server, error, socket));
  const ends = connectedPair();
  // Node's server and the intake use of a socket only what an End has.
  const socket = ends.server as unknown as Socket;
  prepareParser(server, intake.rulesFor(socket));
  server.emit('connection', socket);
  intake.opened(socket);
  try {
    return await ask(ends.client, request, limits);
  } finally {
    ends.client.destroy();
    server.close();
  }
}

/** The client's side. Resolves whatever happens to the response. */
function ask(
  connection: End,
  { method, target, headers, body }: SingleRequest,
  { kept, most }: SingleRequestLimits,
): Promise<SingleResponse> {
  const began = performance.now();
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let keptBytes = 0;
    let bytes = 0;
    let head: IncomingMessage | undefined;
    const finish = (problem?: string): void => {
      resolve({
        version: head?.httpVersion ?? '1.1',
        status: head?.statusCode ?? 0,
        reason: head?.statusMessage ?? '',
        headers: head?.rawHeaders ?? [],
        start: Buffer.concat(parts),
        bytes,
        time: Math.round(performance.now() - began),
        ...(problem !== undefined && { problem }),
      });
    };
    const outgoing = httpRequest({
      method,
      path: target,
      headers: [...headers],
      setHost: false,
      createConnection: () => connection,
    });
    outgoing.on('error', (error) => finish(messageOf(error)));
    outgoing.on('response', (response) => {
      head = response;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (keptBytes < kept) {
          const part = chunk.subarray(0, kept - keptBytes);
          parts.push(part);
          keptBytes += part.length;
        }
        if (bytes < most) return;
        finish(`it was longer than ${most} bytes, and the connection was closed`);
        outgoing.destroy();
      });
      response.on('end', () => finish());
      response.on('error', (error) => finish(messageOf(error)));
      response.on('aborted', () => finish('the connection was closed before its end'));
    });
    outgoing.end(body);
  });
}
