import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { VirtualHost } from '../config/configuration.js';
import { admit } from './admission.js';
import { BodyRest, Connection, type Exchange } from './connection.js';
import { firstLine, plainResponse, reasonOf, statusOf, type ClientError } from './malformed.js';
import type { Pipeline } from './pipeline.js';
import { SentOutput } from './sent-output.js';
import { ServerOutput } from './server-output.js';
import { ServerRequest } from './server-request.js';
import { CORE, type CoreSettings } from './settings.js';
import { findUnknownMethod, realMethod, replay } from './unknown-method.js';

/**
 * Where connections come in: makes requests of what Node's parser reads and hands them to the pipeline, and answers
 * what the parser refuses and what does not go on in time.
 */
export class Intake {
  readonly #pipeline: Pipeline;
  readonly #host: VirtualHost;
  readonly #core: Readonly<CoreSettings>;
  readonly #connections = new WeakMap<object, Connection>();
  readonly #open = new Set<Connection>();
  #whenEmpty: (() => void) | undefined;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
    this.#host = pipeline.configuration.main;
    this.#core = this.#host.settings.get(CORE);
  }

  /**
   * Closes idle connections, and the others after the request that they are busy with.
   * @param time milliseconds after which what still runs is cut off
   * @returns how many requests were cut off
   */
  drain(time: number): Promise<number> {
    for (const connection of this.#open) connection.stop();
    if (this.#open.size === 0) return Promise.resolve(0);
    return new Promise((resolve) => {
      let cut = 0;
      const timer = setTimeout(() => {
        for (const connection of this.#open) {
          if (connection.current !== undefined) cut++;
          connection.socket.destroy();
        }
      }, time);
      this.#whenEmpty = () => {
        clearTimeout(timer);
        resolve(cut);
      };
    });
  }

  /** The connection of a socket; of a stream that stands for one, `from` is the socket. */
  connected(socket: Socket, from?: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection = new Connection(socket, from);
    this.#connections.set(socket, connection);
    this.#open.add(connection);
    socket.once('close', () => {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#whenEmpty?.();
    });
    return connection;
  }

  /** Takes up a request. */
  accept(message: IncomingMessage, response: ServerResponse, target: string): void {
    const connection = this.connected(message.socket);
    if (connection.closing) {
      message.socket.destroy();
      return;
    }
    const { log } = this.#pipeline;
    const host = this.#host;
    const head = admit(message, target, host, connection.localPort);
    const method = realMethod(message.socket) ?? message.method ?? '';
    const rest = new BodyRest(connection);
    const output = new ServerOutput(response, method, this.#pipeline.software, rest);
    let asked = !head.expectsContinue;
    const request = new ServerRequest({
      method,
      target,
      protocol: `HTTP/${message.httpVersion}`,
      rawHeaders: message.rawHeaders,
      peer: connection,
      host,
      serverName: head.serverName,
      serverPort: head.serverPort,
      output,
      log,
      contentLength: head.contentLength,
      connectionRequests: connection.requests++,
      message,
      askForBody: () => {
        if (!asked) response.writeContinue();
        asked = true;
      },
    });
    request.path = head.path;
    request.query = head.query;
    request.suspicious = head.suspicious;
    const { maxKeepAliveRequests: most } = this.#core;
    const isLast = !this.#core.keepAlive || (most > 0 && connection.requests >= most);
    if (isLast || method !== message.method) output.closeAfter();
    const { refused } = head;
    const exchange: Exchange = {
      request,
      output,
      message,
      response,
      run: () => {
        if (refused === undefined) {
          void this.#pipeline.serve(request);
          return;
        }
        if (refused.message !== undefined) request.log(refused.message, refused.params);
        if (refused.close) output.closeAfter();
        this.#pipeline.finish(request, refused.status);
      },
      ended: () => this.#pipeline.logged(request),
    };
    rest.exchange = exchange;
    connection.add(exchange);
  }

  /** The parser, or the socket, reports an error. */
  clientError(server: Server, error: ClientError, socket: Socket): void {
    const connection = this.connected(socket);
    const status = statusOf(error);
    if (connection.closing && connection.current === undefined) return;
    if (status === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    const inBody = connection.latest !== undefined && !connection.latest.message.complete;
    if (inBody) {
      connection.failBodies(
        error.code === 'HPE_INVALID_EOF_STATE' ? 'BODY_INCOMPLETE' : 'BODY_MALFORMED',
        reasonOf(error),
      );
      return;
    }
    if (status === 408 && socket.bytesRead === connection.bytesAtRest) {
      // The client connected and had nothing to say: browsers do that in advance.
      socket.destroy();
      return;
    }
    const found = findUnknownMethod(error);
    const packet = error.rawPacket;
    connection.whenAnswered(() => {
      if (found === undefined || packet === undefined) {
        this.refuseUnparsed(error, socket, status, firstLine(error, this.#core.limitRequestLine || Infinity));
      } else {
        this.#open.delete(connection);
        replay(server, socket, packet, found, (stream) => this.connected(stream, socket));
      }
    });
  }

  /** Answers and logs a request that never became one. */
  refuseUnparsed(error: ClientError, socket: Socket, status: number, line: string): void {
    const connection = this.connected(socket);
    const { log } = this.#pipeline;
    const host = this.#host;
    const body = plainResponse(status, this.#pipeline.software, '');
    const [method = '', target = '', protocol = ''] = line.split(' ');
    const request = new ServerRequest({
      method,
      target,
      protocol,
      rawHeaders: [],
      peer: connection,
      host,
      serverName: host.settings.get(CORE).serverName ?? '',
      serverPort: connection.localPort,
      output: new SentOutput(status, body.length),
      log,
      contentLength: 0,
      connectionRequests: connection.requests++,
    });
    request.log('requestMalformed', { reason: reasonOf(error), status });
    if (!socket.destroyed) {
      socket.write(body);
      connection.linger();
    }
    this.#pipeline.logged(request);
  }

  /** A socket had no traffic for Timeout seconds. */
  silent(socket: Socket): void {
    const connection = this.connected(socket);
    const exchange = connection.current;
    const seconds = this.#core.timeout;
    if (exchange === undefined) {
      if (socket.bytesRead > connection.bytesAtRest && !connection.closing) {
        const error = Object.assign(new Error('it was not complete in time'), {
          code: 'ERR_HTTP_REQUEST_TIMEOUT',
        });
        this.refuseUnparsed(error, socket, 408, '');
      } else {
        socket.destroy();
      }
      return;
    }
    if (exchange.request.body?.waiting === true) {
      connection.failBodies('BODY_TIMEOUT', `nothing arrived for ${seconds} s`);
    } else if (exchange.output.blocked) {
      exchange.request.log('clientTimeout', { seconds });
      socket.destroy();
      return;
    }
    // A handler at work needs no traffic; only a client that is waited for has to move.
    socket.setTimeout(seconds * 1000);
  }
}
