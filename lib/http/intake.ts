import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Settings } from '../config/settings.js';
import { admit } from './admission.js';
import { Connection, type ClientConnection, type Exchange } from './connection.js';
import { pageFor } from './error-document.js';
import {
  firstLine,
  PLAIN_HEADERS,
  plainResponse,
  reasonOf,
  statusOf,
  type ClientError,
} from './malformed.js';
import type { Generation } from './generation.js';
import type { HostSet } from './host-set.js';
import type { RequestMessage, ResponseStream } from './message.js';
import type { Pipeline } from './pipeline.js';
import { REQUEST_TIMES } from './request-times.js';
import { keepAliveTime } from './parser-rules.js';
import { SentOutput } from './sent-output.js';
import { ServerOutput } from './server-output.js';
import { ServerRequest } from './server-request.js';
import { CORE } from './settings.js';
import { findUnknownMethod, realMethod, replay } from './unknown-method.js';
import { unparsedRequest } from './unparsed-request.js';

/**
 * Where connections come in: makes requests of what Node's parser reads and hands them to the pipeline, and answers
 * what the parser refuses and what does not go on in time.
 */
export class Intake {
  #generation: Generation;
  readonly #connections = new WeakMap<object, Connection>();
  /** the connections that there are */
  readonly open = new Set<ClientConnection>();
  #whenEmpty: (() => void) | undefined;

  constructor(generation: Generation) {
    this.#generation = generation;
  }

  get #pipeline(): Pipeline {
    return this.#generation.pipeline;
  }

  /** The hosts that requests on a connection may be for. */
  #hostsOf(connection: ClientConnection): HostSet {
    return this.#pipeline.hosts.of(connection);
  }

  /** Lets a connection wait for so many seconds, when it is not as long as Node's server does. */
  #wait(connection: ClientConnection, seconds: number): void {
    if (seconds !== this.#generation.configuration.main.settings.get(CORE).timeout) {
      connection.wait(seconds);
    }
  }

  /** Requests that come from now on, also on connections that are open, belong to this generation. */
  use(generation: Generation): void {
    this.#generation = generation;
  }

  /** Ends the oldest of the connections that wait for their next request. */
  closeIdle(): void {
    for (const connection of this.open) {
      if (connection.busy() > 0 || connection.requests === 0 || connection.closing) continue;
      connection.stop();
      return;
    }
  }

  /** Ends the connections that are busy with requests of a generation; says how many there were. */
  cut(generation: Generation): number {
    let count = 0;
    for (const connection of this.open) {
      const busy = connection.busy(generation);
      if (busy === 0) continue;
      count += busy;
      connection.cut(generation);
    }
    return count;
  }

  /**
   * Closes idle connections, and the others after the request that they are busy with.
   * @param time milliseconds after which what still runs is cut off, 0 for never
   * @returns how many requests were cut off
   */
  drain(time: number): Promise<number> {
    for (const connection of this.open) connection.stop();
    if (this.open.size === 0) return Promise.resolve(0);
    return new Promise((resolve) => {
      let cut = 0;
      const end = (): void => {
        for (const connection of this.open) {
          cut += connection.busy();
          connection.cut();
        }
      };
      const timer = time > 0 ? setTimeout(end, time) : undefined;
      this.#whenEmpty = () => {
        clearTimeout(timer);
        resolve(cut);
      };
    });
  }

  /** Looks after clients that send too slowly; to be called about once a second. */
  check(): void {
    const now = performance.now();
    for (const connection of this.open) {
      const { header } = this.#hostsOf(connection).base.settings.get(REQUEST_TIMES);
      if (connection.check(now, header) && connection instanceof Connection) this.#headIsLate(connection);
    }
  }

  #headIsLate(connection: Connection): void {
    const { socket } = connection;
    const client = `${connection.remoteAddress}:${connection.remotePort}`;
    this.#generation.log.write('requestReadTimeout', { stage: 'header' }, { client });
    this.#tooLate(connection, socket);
  }

  /** A head that is not complete gets an answer; a client that connected and had nothing to say does not. */
  #tooLate(connection: Connection, socket: Socket): void {
    if (socket.bytesRead > connection.bytesAtRest && !connection.closing) {
      const error = Object.assign(new Error('it was not complete in time'), {
        code: 'ERR_HTTP_REQUEST_TIMEOUT',
      });
      this.refuseUnparsed(error, socket, 408, '');
    } else {
      socket.destroy();
    }
  }

  /** The settings that a new connection is read by: those of the first host of its address. */
  rulesFor(socket: Socket): Settings {
    return this.#hostsOf(this.connected(socket)).base.settings;
  }

  /** Node's server has taken a connection up. */
  opened(socket: Socket): void {
    const connection = this.connected(socket);
    this.#wait(connection, this.#hostsOf(connection).base.settings.get(CORE).timeout);
  }

  /** The connection of a socket; of a stream that stands for one, `from` is the socket. */
  connected(socket: Socket, from?: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection = new Connection(socket, from);
    this.#connections.set(socket, connection);
    this.open.add(connection);
    socket.once('close', () => {
      this.open.delete(connection);
      if (this.open.size === 0) this.#whenEmpty?.();
    });
    return connection;
  }

  /** Takes up a connection that is no socket's; `ended` is to be called when it is closed. */
  opening(connection: ClientConnection): { ended(): void } {
    this.open.add(connection);
    return {
      ended: () => {
        this.open.delete(connection);
        if (this.open.size === 0) this.#whenEmpty?.();
      },
    };
  }

  /** Takes up a request. */
  accept(
    message: RequestMessage,
    response: ResponseStream,
    target: string,
    connection: ClientConnection,
  ): void {
    if (connection.closing) {
      response.destroy();
      return;
    }
    const generation = this.#generation;
    const { log, pipeline } = generation;
    const hosts = this.#hostsOf(connection);
    const method = realMethod(message.socket) ?? message.method ?? '';
    const head = admit(message, { method, target, scheme: connection.scheme, hosts });
    const { host } = head;
    const core = host.settings.get(CORE);
    this.#wait(connection, core.timeout);
    const rest = connection.restOf();
    const output = new ServerOutput(response, method, pipeline.software, rest);
    let asked = !head.expectsContinue;
    const request = new ServerRequest({
      method,
      target,
      protocol: `HTTP/${message.httpVersion}`,
      rawHeaders: head.rawHeaders,
      peer: connection,
      host,
      named: {
        identity: pipeline.hosts.identity(host),
        name: head.name,
        port: head.port,
        isShared: hosts.isNamed,
      },
      output,
      log,
      server: pipeline,
      contentLength: head.contentLength,
      connectionRequests: connection.requests++,
      message,
      askForBody: () => {
        if (!asked) response.writeContinue();
        asked = true;
      },
    });
    const { hooks } = pipeline;
    if (hooks.respond.length > 0) {
      output.onHead = (status, reason, headers) => hooks.changeHead(request, status, reason, headers);
    }
    request.path = head.path;
    request.query = head.query;
    request.suspicious = head.suspicious;
    const { maxKeepAliveRequests: most } = core;
    const isLast = !core.keepAlive || (most > 0 && connection.requests >= most);
    if (isLast || head.isLast || method !== message.method) output.closeAfter();
    const { refused } = head;
    generation.enter();
    const keepAlive = connection instanceof Connection ? keepAliveTime(hosts, host, generation) : undefined;
    output.keepAliveTime = keepAlive;
    const exchange: Exchange = {
      generation,
      keepAliveTime: keepAlive,
      request,
      output,
      message,
      response,
      run: () => {
        if (refused === undefined) {
          void pipeline.serve(request);
          return;
        }
        if (refused.message !== undefined) request.log(refused.message, refused.params);
        if (refused.close) output.closeAfter();
        pipeline.finish(request, refused.status);
      },
      ended: () => {
        pipeline.logged(request);
        generation.leave();
      },
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
        this.refuseUnparsed(
          error,
          socket,
          status,
          firstLine(error, this.#hostsOf(connection).base.settings.get(CORE).limitRequestLine || Infinity),
        );
      } else {
        this.open.delete(connection);
        replay(server, socket, packet, found, (stream) => this.connected(stream, socket));
      }
    });
  }

  /** Answers and logs a request that never became one. */
  refuseUnparsed(error: ClientError, socket: Socket, status: number, line: string): void {
    const connection = this.connected(socket);
    const { log } = this.#pipeline;
    const host = this.#hostsOf(connection).base;
    const output = new SentOutput(status);
    const request = unparsedRequest(line, {
      peer: connection,
      host,
      named: { identity: this.#pipeline.hosts.identity(host), name: undefined, port: undefined },
      output,
      log,
      server: this.#pipeline,
      connectionRequests: connection.requests++,
    });
    request.log('requestMalformed', { reason: reasonOf(error), status });
    request.isError = true;
    const headers =
      this.#pipeline.hooks.changeHead(request, status, undefined, PLAIN_HEADERS)?.headers ?? PLAIN_HEADERS;
    const body = plainResponse(status, this.#pipeline.software, pageFor(request, status), headers);
    output.bytesSent = body.length;
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
    const seconds = (exchange?.request.host ?? this.#hostsOf(connection).base).settings.get(CORE).timeout;
    if (exchange === undefined) {
      this.#tooLate(connection, socket);
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
