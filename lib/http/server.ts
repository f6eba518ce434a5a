import { createServer, METHODS, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { HostError, messageOf } from '../errors.js';
import type { ActionClient } from './control/action.js';
import type { ControlRequest } from './control/lines.js';
import { ConnectionLimit, openFilesLimit } from './connection-limit.js';
import { Entrance } from './entrance.js';
import { Generation, type GenerationOptions } from './generation.js';
import { Http2Sessions } from './http2/sessions.js';
import { Intake } from './intake.js';
import type { ClientError } from './malformed.js';
import { prepareParser } from './parser-rules.js';
import { Ports, type PortChange } from './ports.js';
import { connectionBound, PROCESS } from './process-settings.js';
import { REQUEST_TIMES } from './request-times.js';
import { CORE, type CoreSettings, type ListenAddress } from './settings.js';

/** How often it is looked whether clients send fast enough. */
const CHECK_INTERVAL = 1000;

/** How often incomplete request heads are looked at: the longest time that one outlives Timeout. */
const HEAD_CHECK_INTERVAL = 2000;

/** Generations whose requests have not ended that there may be before no other configuration is taken. */
const MAX_OLD_GENERATIONS = 16;

export interface RunningServer {
  /** the URLs that the server is reached at */
  readonly urls: readonly string[];
  /**
   * Puts another configuration in the place of the one at work, without losing a request: those that have begun end
   * with the old one, whose log is closed then. Addresses of both stay open all the time.
   * @throws HostError LISTEN, RELOAD_BUSY, and what a module's start hook throws; then nothing has changed, and the
   *   new log is still open
   */
  reload(next: GenerationOptions): Promise<void>;
  /** Has a module of the configuration at work carry out an action; see ActionTable.run for what it throws. */
  act(request: ControlRequest, client: ActionClient): Promise<void>;
  /** Opens the logs anew, after their files were renamed. */
  reopenLogs(): Promise<void>;
  /**
   * Stops accepting, lets running requests end within GracefulShutdownTimeout, then runs the modules' stop hooks in
   * reverse order. The log of the configuration at work stays open.
   */
  close(): Promise<void>;
}

export interface ServerOptions extends GenerationOptions {
  /** gives up the rights of root: called when logs and addresses are open, and before anything else is started */
  giveUpRights?: (() => void) | undefined;
}

/**
 * Opens the logs and the addresses of Listen, and starts the modules.
 * @throws HostError LISTEN, and what a module's start hook throws
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = new HttpServer(options);
  await server.start(options.giveUpRights);
  return server;
}

class HttpServer implements RunningServer {
  readonly #app: FastifyInstance;
  readonly #intake: Intake;
  readonly #ports = new Ports((address) => this.#createServer(address));
  readonly #limit: ConnectionLimit;
  readonly #sessions: Http2Sessions;
  readonly #entrance: Entrance;
  /** older generations whose requests have not ended, with their ends */
  readonly #old = new Map<Generation, Promise<void>>();
  #generation: Generation;
  /** until the modules have started */
  #starting: Promise<void> | undefined;
  #checking: NodeJS.Timeout | undefined;

  constructor(options: GenerationOptions) {
    this.#generation = new Generation(options);
    this.#intake = new Intake(this.#generation);
    this.#limit = new ConnectionLimit({
      makeRoom: () => this.#intake.closeIdle(),
      full: (count) => this.#generation.log.write('connectionsFull', { count }),
    });
    const route = (message: unknown, response: unknown): void => {
      // Fastify's types know one kind of server; its router takes requests of both.
      this.#app.routing(message as IncomingMessage, response as ServerResponse);
    };
    this.#sessions = new Http2Sessions({
      intake: this.#intake,
      route,
      log: () => this.#generation.log,
    });
    this.#entrance = new Entrance(this.#sessions);
    // Fastify sees one URL only: what a URL means, down to its escapes, is decided by the pipeline.
    this.#app = fastify({ exposeHeadRoutes: false, rewriteUrl: () => '/', return503OnClosing: false });
  }

  get urls(): readonly string[] {
    const { pipeline, tls } = this.#generation;
    return this.#ports.all.map(({ address, url }) => {
      const { hostname, port } = new URL(url);
      const { base } = pipeline.hosts.at(address.address ?? hostname, Number(port || 80));
      return tls.isOn(base, address) ? url.replace('http:', 'https:') : url;
    });
  }

  get #core(): Readonly<CoreSettings> {
    return this.#generation.configuration.main.settings.get(CORE);
  }

  async start(giveUpRights?: () => void): Promise<void> {
    const app = this.#app;
    for (const method of METHODS) app.addHttpMethod(method, { hasBody: true, overrideExisting: true });
    app.removeAllContentTypeParsers();
    app.addHook('onRequest', (request, reply) => {
      // From here the response is ours; the hook does not go on, so that nothing reads or parses the body.
      reply.hijack();
      // Requests that come as soon as the addresses are open wait until the modules have started.
      if (this.#starting === undefined) this.#admit(request, reply);
      else void this.#starting.then(() => this.#admit(request, reply));
    });
    app.route({ method: [...METHODS], url: '/', handler: () => undefined });
    await app.ready();
    const { listen } = this.#core;
    if (listen.length === 0)
      throw new HostError('LISTEN', 'no Listen directive names a port; add one, such as Listen 8080');
    const generation = this.#generation;
    await generation.open();
    let started = (): void => undefined;
    this.#starting = new Promise<void>((resolve) => (started = resolve));
    try {
      await generation.prepare();
      this.#entrance.use(generation);
      (await this.#openPorts(generation)).commit();
      giveUpRights?.();
      await generation.start();
    } catch (error) {
      this.#ports.close();
      await this.#intake.drain(1);
      await generation.stop();
      throw error;
    }
    this.#starting = undefined;
    started();
    this.#limitConnections();
    this.#checking = setInterval(() => this.#intake.check(), CHECK_INTERVAL).unref();
    const { software } = generation.pipeline;
    generation.log.write('serverStarted', { software, addresses: this.urls.join(' ') });
  }

  async reload(options: GenerationOptions): Promise<void> {
    if (this.#old.size >= MAX_OLD_GENERATIONS) {
      const reason = `requests of ${this.#old.size} earlier configurations have not ended; try again later`;
      throw new HostError('RELOAD_BUSY', reason);
    }
    const next = new Generation(options);
    await next.open();
    await next.prepare();
    await next.start();
    let change: PortChange;
    try {
      change = await this.#openPorts(next);
    } catch (error) {
      await next.stop();
      throw error;
    }
    const old = this.#generation;
    this.#generation = next;
    this.#entrance.use(next);
    this.#intake.use(next);
    change.commit();
    for (const server of this.#ports.servers) this.#configure(server);
    this.#limitConnections();
    old.actions.superseded();
    next.log.write('configurationReloaded', { addresses: this.urls.join(' '), count: old.requests });
    this.#old.set(
      old,
      this.#end(old).finally(() => this.#old.delete(old)),
    );
  }

  act(request: ControlRequest, client: ActionClient): Promise<void> {
    return this.#generation.actions.run(request, client);
  }

  async reopenLogs(): Promise<void> {
    for (const generation of this.#old.keys()) await generation.reopenLogs();
    await this.#generation.reopenLogs();
  }

  async close(): Promise<void> {
    const { log, configuration } = this.#generation;
    const seconds = configuration.main.settings.get(PROCESS).gracefulShutdownTimeout;
    this.#ports.close();
    this.#entrance.close();
    const count = await this.#intake.drain(seconds * 1000);
    if (count > 0) log.write('requestsCut', { count, seconds });
    clearInterval(this.#checking);
    await this.#app.close();
    await Promise.all(this.#old.values());
    await this.#generation.stop();
  }

  /** Ends a generation after its last request; those of a reload have any time unless GracefulShutdownTimeout is set. */
  async #end(old: Generation): Promise<void> {
    const seconds = old.configuration.main.settings.made(PROCESS).gracefulShutdownTimeout ?? 0;
    try {
      if ((await old.idle(seconds * 1000)) > 0) {
        old.log.write('requestsCut', { count: this.#intake.cut(old), seconds });
      }
      await old.stop();
    } catch (error) {
      this.#generation.log.write('serverDefect', { reason: messageOf(error) });
    }
    await old.log.close();
  }

  #admit(request: FastifyRequest, reply: FastifyReply): void {
    try {
      this.#accept(request.raw, reply.raw, request.originalUrl);
    } catch (error) {
      this.#generation.log.write('serverDefect', { reason: messageOf(error) });
      request.raw.socket.destroy();
    }
  }

  /** Takes up a request that comes back from the router. */
  #accept(message: IncomingMessage | Http2ServerRequest, response: ServerResponse, target: string): void {
    if (message instanceof Http2ServerRequest) this.#sessions.accept(message);
    else this.#intake.accept(message, response, target, this.#intake.connected(message.socket));
  }

  #openPorts({ configuration }: Generation): Promise<PortChange> {
    const { settings } = configuration.main;
    return this.#ports.change(settings.get(CORE).listen, settings.get(PROCESS).listenBacklog);
  }

  #limitConnections(): void {
    const { configuration, log } = this.#generation;
    const wanted = connectionBound(configuration.main.settings);
    const files = openFilesLimit();
    // The rest is for files, logs and pipes.
    const count = Math.min(wanted, Math.floor(files * 0.75));
    if (count < wanted) log.write('connectionsFewer', { count, wanted, files });
    this.#limit.set(count, configuration.main.settings.get(PROCESS).listenBacklog);
  }

  #createServer(address: ListenAddress): Server {
    const server = createServer({
      requestTimeout: 0,
      connectionsCheckingInterval: HEAD_CHECK_INTERVAL,
      requireHostHeader: false,
      noDelay: true,
    });
    server.maxHeadersCount = 0;
    this.#configure(server);
    // A client that shuts down its side after the request still gets its response.
    (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    const route = (message: IncomingMessage, response: ServerResponse): void => {
      this.#app.routing(message, response);
    };
    server.prependListener('connection', (socket: Socket) =>
      prepareParser(server, this.#intake.rulesFor(socket)),
    );
    server.on('connection', (socket: Socket) => {
      this.#intake.opened(socket);
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
    this.#limit.guard(server, (socket, serve) => {
      this.#entrance.enter(socket, address, this.#generation, serve);
    });
    return server;
  }

  /** Has a server keep the times of the configuration at work. */
  #configure(server: Server): void {
    const core = this.#core;
    server.keepAliveTimeout = core.keepAliveTimeout * 1000;
    const { header } = this.#generation.configuration.main.settings.get(REQUEST_TIMES);
    // RequestReadTimeout is kept by the intake, connection by connection.
    const timeouts = this.#generation.configuration.hosts.map(({ settings }) => settings.get(CORE).timeout);
    server.headersTimeout = header.initial > 0 ? 0 : Math.max(...timeouts) * 1000;
    server.timeout = core.timeout * 1000;
  }
}
