import { createServer, METHODS, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import type { Configuration } from '../config/configuration.js';
import { HostError, messageOf } from '../errors.js';
import { Intake } from './intake.js';
import { listenAll } from './listeners.js';
import type { ServerLog } from './log.js';
import type { ClientError } from './malformed.js';
import type { Module } from './module.js';
import { Pipeline } from './pipeline.js';
import { CORE, type CoreSettings } from './settings.js';

/** So long running requests may take to end when the server stops. */
export const STOP_TIME = 10_000;

/** How often incomplete request heads are looked at: the longest time that one outlives Timeout. */
const HEAD_CHECK_INTERVAL = 2000;

/** Bytes that all headers of a request may have together where LimitRequestFields sets no limit. */
const MAX_UNLIMITED_HEADERS = 1024 * 1024;

export interface ServerOptions {
  readonly configuration: Configuration;
  readonly modules: readonly Module[];
  readonly log: ServerLog;
  /** the program's version, for the Server header */
  readonly version: string;
}

export interface RunningServer {
  /** the URLs that the server is reached at */
  readonly urls: readonly string[];
  /**
   * Stops accepting, lets running requests end within STOP_TIME, then runs the modules' stop hooks in reverse order.
   * The log stays open.
   */
  close(): Promise<void>;
}

/**
 * Starts the modules and opens the addresses of Listen.
 * @throws HostError LISTEN, and what a module's start hook throws
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = new HttpServer(options);
  await server.start();
  return server;
}

class HttpServer implements RunningServer {
  urls: readonly string[] = [];
  readonly #options: ServerOptions;
  readonly #core: Readonly<CoreSettings>;
  readonly #pipeline: Pipeline;
  readonly #app: FastifyInstance;
  readonly #intake: Intake;
  #servers: Server[] = [];

  constructor(options: ServerOptions) {
    const { configuration, modules, log, version } = options;
    this.#options = options;
    this.#core = configuration.main.settings.get(CORE);
    this.#pipeline = new Pipeline(configuration, modules, log, `isapi-host/${version}`);
    this.#intake = new Intake(this.#pipeline);
    // Fastify sees one URL only: what a URL means, down to its escapes, is decided by the pipeline.
    this.#app = fastify({ exposeHeadRoutes: false, rewriteUrl: () => '/', return503OnClosing: false });
  }

  async start(): Promise<void> {
    const { modules, log } = this.#options;
    const app = this.#app;
    for (const method of METHODS) app.addHttpMethod(method, { hasBody: true, overrideExisting: true });
    app.removeAllContentTypeParsers();
    app.addHook('onRequest', (request, reply) => {
      // From here the response is ours; the hook does not go on, so that nothing reads or parses the body.
      reply.hijack();
      try {
        this.#intake.accept(request.raw, reply.raw, request.originalUrl);
      } catch (error) {
        log.write('serverDefect', { reason: messageOf(error) });
        request.raw.socket.destroy();
      }
    });
    app.route({ method: [...METHODS], url: '/', handler: () => undefined });
    await app.ready();
    const { listen } = this.#core;
    if (listen.length === 0)
      throw new HostError('LISTEN', 'no Listen directive names a port; add one, such as Listen 8080');
    const started: Module[] = [];
    try {
      for (const module of modules) {
        started.unshift(module);
        await module.hooks?.start?.(this.#pipeline);
      }
      this.#servers = listen.map(() => this.#createServer());
      this.urls = await listenAll(listen, this.#servers);
    } catch (error) {
      for (const module of started) await module.hooks?.stop?.();
      throw error;
    }
    log.write('serverStarted', { software: this.#pipeline.software, addresses: this.urls.join(' ') });
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    const count = await this.#intake.drain(STOP_TIME);
    if (count > 0) this.#options.log.write('requestsCut', { count, seconds: STOP_TIME / 1000 });
    await this.#app.close();
    for (const module of this.#options.modules.toReversed()) await module.hooks?.stop?.();
  }

  #createServer(): Server {
    const core = this.#core;
    const fields = core.limitRequestFields * core.limitRequestFieldSize || MAX_UNLIMITED_HEADERS;
    const server = createServer({
      keepAliveTimeout: core.keepAliveTimeout * 1000,
      headersTimeout: core.timeout * 1000,
      requestTimeout: 0,
      connectionsCheckingInterval: HEAD_CHECK_INTERVAL,
      // Beyond the directives' own limits, which give better answers.
      maxHeaderSize: fields + (core.limitRequestLine || MAX_UNLIMITED_HEADERS),
      requireHostHeader: false,
      noDelay: true,
    });
    server.maxHeadersCount = 0;
    server.timeout = core.timeout * 1000;
    // A client that shuts down its side after the request still gets its response.
    (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    const route = (message: IncomingMessage, response: ServerResponse): void => {
      this.#app.routing(message, response);
    };
    server.on('connection', (socket: Socket) => {
      this.#intake.connected(socket);
    });
    server.on('request', route).on('checkContinue', route).on('checkExpectation', route);
    server.on('connect', (message: IncomingMessage, socket: Socket) => {
      const error: ClientError = Object.assign(new Error('CONNECT is for proxies'), { code: 'CONNECT' });
      this.#intake.refuseUnparsed(
        error,
        socket,
        405,
        `CONNECT ${message.url ?? ''} HTTP/${message.httpVersion}`,
      );
    });
    server.on('clientError', (error: ClientError, socket: Socket) =>
      this.#intake.clientError(server, error, socket),
    );
    server.on('timeout', (socket: Socket) => this.#intake.silent(socket));
    return server;
  }
}
