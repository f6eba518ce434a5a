import path from 'node:path';
import type { Configuration } from '../config/configuration.js';
import { HostError, messageOf } from '../errors.js';
import { displayText } from './byte-string.js';
import { CONTENT } from './content-settings.js';
import { sendErrorDocument } from './error-document.js';
import { HookTable, runHooks } from './hook-table.js';
import { HostTable } from './hosts.js';
import type { ServerLog } from './log.js';
import type { Handler, LookedUp, MappedUrl, Module, Outcome, ServerContext } from './module.js';
import { checkOutcome, DEFAULT_HANDLER, failureOutcome } from './outcome.js';
import { HeadedOutput } from './headed-output.js';
import type { Output } from './output.js';
import type { HttpRequest } from './request.js';
import { Resolver } from './resolver.js';
import type { ServerState } from './server-state.js';
import { ServerRequest } from './server-request.js';
import { CORE } from './settings.js';
import { serveFile } from './static-file.js';
import { SubrequestOutput } from './subrequest-output.js';
import { parseTarget } from './url-path.js';

/** Headers of the parent that say something of its body, or set conditions for its response. */
const PARENT_ONLY = /^(?:if-.*|range|expect|content-.*|transfer-encoding)$/i;

/**
 * The way of a request through the modules, in Apache's order: locations, URL to file name, what is there on disk,
 * access, fixups, handler. Hooks of a phase run in the order of the modules.
 */
export class Pipeline implements ServerContext {
  readonly configuration: Configuration;
  readonly log: ServerLog;
  readonly software: string;
  readonly hosts: HostTable;
  state: (() => ServerState) | undefined;
  readonly #handlers = new Map<string, Handler>();
  readonly hooks: HookTable;
  readonly #resolver: Resolver;

  constructor(configuration: Configuration, modules: readonly Module[], log: ServerLog, software: string) {
    this.configuration = configuration;
    this.log = log;
    this.software = software;
    this.hosts = new HostTable(configuration);
    for (const module of modules) {
      for (const [name, handler] of Object.entries(module.handlers ?? {})) this.#handlers.set(name, handler);
    }
    this.hooks = new HookTable(modules);
    this.#resolver = new Resolver(configuration, this.hooks);
  }

  /** Answers a request whose target was taken apart. Never rejects. */
  async serve(request: ServerRequest): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.#run(request);
    } catch (error) {
      outcome = failureOutcome(request, error);
    }
    this.finish(request, outcome);
    if (request.errorWork !== undefined) await request.errorWork;
  }

  /** Sends the error document that an outcome asks for. */
  finish(request: ServerRequest, outcome: Outcome): void {
    if (typeof outcome !== 'number') return;
    try {
      sendErrorDocument(request, outcome);
    } catch (error) {
      if (
        error instanceof HostError &&
        error.code === 'RESPONSE_INVALID' &&
        request.errorHeaders.length > 0
      ) {
        // Such as a Location made of what the client sent: without these headers there is an answer.
        request.log('responseHeaderInvalid', { reason: error.message });
        request.errorHeaders.length = 0;
        this.finish(request, 500);
        return;
      }
      this.log.write('serverDefect', { reason: messageOf(error) });
      request.output.abort();
    }
  }

  /** Runs the log hooks: the response has ended, or the connection was lost. */
  logged(request: HttpRequest): void {
    for (const hook of this.hooks.log) {
      try {
        hook(request);
      } catch (error) {
        this.log.write('serverDefect', { reason: messageOf(error) });
      }
    }
  }

  async subrequest(parent: HttpRequest, target: string, output: Output = parent.output): Promise<void> {
    const request = this.#child(parent, target, new SubrequestOutput(output));
    const parsed = parseTarget(target, parent.host.settings.get(CONTENT));
    if ('status' in parsed || parsed.authority !== undefined || !parsed.path.startsWith('/')) {
      const reason = 'reason' in parsed ? parsed.reason : 'not a local URL';
      request.log('targetInvalid', { line: displayText(target), reason });
      this.finish(request, 'status' in parsed ? parsed.status : 404);
      return;
    }
    if (exceedsDepth(request, 'subrequestLimit')) {
      this.finish(request, 500);
      return;
    }
    for (const [name, value] of parent.env) request.env.set(name, value);
    request.path = parsed.path;
    request.query = parsed.query;
    request.suspicious = parsed.suspicious;
    await this.serve(request);
  }

  mapUrl(parent: HttpRequest, target: string): MappedUrl {
    const parsed = parseTarget(target, parent.host.settings.get(CONTENT));
    if ('status' in parsed || parsed.authority !== undefined || !parsed.path.startsWith('/')) {
      return { path: target, filename: '', aliasPrefix: undefined, aliasTarget: undefined };
    }
    return this.mapPath(parent, parsed.path);
  }

  mapPath(parent: HttpRequest, path: string): MappedUrl {
    const probe = this.#child(parent, path, parent.output, true);
    probe.path = path;
    const found = this.#resolver.translate(probe);
    const { aliasPrefix, aliasTarget } = probe;
    return { path, filename: found === 'done' ? probe.filename : '', aliasPrefix, aliasTarget };
  }

  async lookup(parent: HttpRequest, target: string): Promise<LookedUp> {
    return this.find(parent, target);
  }

  find(parent: HttpRequest, target: string): LookedUp | Promise<LookedUp> {
    const request = this.#child(parent, target, parent.output);
    const parsed = parseTarget(target, parent.host.settings.get(CONTENT));
    if ('status' in parsed || !parsed.path.startsWith('/')) return { request, status: 400 };
    if (exceedsDepth(request, 'subrequestLimit')) return { request, status: 500 };
    for (const [name, value] of parent.env) request.env.set(name, value);
    request.path = parsed.path;
    request.query = parsed.query;
    request.suspicious = parsed.suspicious;
    return lookedUp(request, this.#resolver.resolve(request));
  }

  findFile(parent: HttpRequest, filename: string): LookedUp | Promise<LookedUp> {
    const folder = parent.filename.slice(0, parent.filename.lastIndexOf('/') + 1);
    const whole = path.isAbsolute(filename) ? filename : folder + filename;
    const isBeside = whole.startsWith(folder) && !whole.includes('/', folder.length);
    const request = this.#child(parent, parent.target, parent.output);
    if (exceedsDepth(request, 'subrequestLimit')) return { request, status: 500 };
    for (const [name, value] of parent.env) request.env.set(name, value);
    // Only of a file in the same folder the URL is known.
    request.path = isBeside
      ? parent.path.slice(0, parent.path.lastIndexOf('/') + 1) + whole.slice(folder.length)
      : '';
    request.filename = whole;
    request.suspicious = true;
    return lookedUp(request, this.#resolver.resolveFile(request));
  }

  redirectError(request: HttpRequest, status: number, target: string): void {
    if (!(request instanceof ServerRequest)) throw new Error('the request is not one of this server');
    request.errorWork = this.#serveErrorDocument(request, status, target);
  }

  async #serveErrorDocument(request: ServerRequest, status: number, target: string): Promise<void> {
    request.errorStatus = status;
    request.env.set('REQUEST_METHOD', request.method);
    const notes = request.notes.get('error-notes');
    if (notes !== undefined) request.env.set('ERROR_NOTES', notes);
    let outcome: Outcome;
    try {
      outcome = this.#redirect(request, target.includes('?') ? target : `${target}?`, status) ?? 'declined';
      request.method = 'GET';
      if (request.errorHeaders.length > 0) {
        request.output = new HeadedOutput(request.output, [...request.errorHeaders]);
      }
      if (outcome === 'declined') outcome = await this.#run(request);
    } catch (error) {
      outcome = failureOutcome(request, error);
    }
    this.finish(request, outcome);
  }

  #child(parent: HttpRequest, target: string, output: Output, isProbe = false): ServerRequest {
    const { rawHeaders } = parent;
    const request = new ServerRequest({
      method: 'GET',
      target,
      protocol: parent.protocol,
      rawHeaders: rawHeaders.filter((_, index) => !PARENT_ONLY.test(rawHeaders[index - (index % 2)] ?? '')),
      peer: parent,
      host: parent.host,
      named: parent.named,
      output,
      log: this.log,
      contentLength: 0,
      connectionRequests: parent.connectionRequests,
      parent,
      server: this,
      isProbe,
    });
    request.remoteHost = parent.remoteHost;
    request.user = parent.user;
    request.authType = parent.authType;
    request.depth = depthOf(parent) + 1;
    return request;
  }

  async #run(request: ServerRequest): Promise<Outcome> {
    for (;;) {
      let outcome = this.#receive(request);
      if (outcome instanceof Promise) outcome = await outcome;
      if (outcome === 'declined') outcome = this.#resolver.resolve(request);
      if (outcome instanceof Promise) outcome = await outcome;
      if (outcome === 'declined') {
        outcome = this.#handle(request);
        if (outcome instanceof Promise) outcome = await outcome;
      }
      if (typeof outcome !== 'object') return outcome;
      const status = this.#redirect(request, outcome.redirect, 200);
      if (status !== undefined) return status;
    }
  }

  /** The first look of the modules at a request that a client sent, or that was redirected within the server. */
  #receive(request: ServerRequest): Outcome | Promise<Outcome> {
    if (request.parent !== undefined) return 'declined';
    return runHooks(this.hooks.received, request);
  }

  #handle(request: ServerRequest): Outcome | Promise<Outcome> {
    const limit = request.errorStatus === undefined ? request.settings.get(CORE).limitRequestBody : 0;
    if (limit > 0 && request.contentLength !== undefined && request.contentLength > limit) {
      request.log('bodyTooLarge', { length: request.contentLength, limit });
      request.output.closeAfter();
      return 413;
    }
    const name = request.handler;
    if (name === undefined || name === DEFAULT_HANDLER) return serveFile(request);
    const handler = this.#handlers.get(name);
    if (handler === undefined) {
      request.log('handlerUnknown', { handler: name, file: displayText(request.filename) });
      return 500;
    }
    const outcome = handler(request);
    if (outcome instanceof Promise) return outcome.then((settled) => checkOutcome(request, name, settled));
    return checkOutcome(request, name, outcome);
  }

  /** Turns the request to another URL; a status when that cannot be. */
  #redirect(request: ServerRequest, redirect: string, status: number): number | undefined {
    request.depth++;
    if (exceedsDepth(request, 'redirectLimit')) return 500;
    const parsed = parseTarget(redirect, request.host.settings.get(CONTENT));
    if ('status' in parsed) {
      request.log('targetInvalid', { line: displayText(redirect), reason: parsed.reason });
      return parsed.status;
    }
    const query = redirect.includes('?') ? parsed.query : request.query;
    request.turnTo({ path: parsed.path, query, suspicious: parsed.suspicious }, status);
    return undefined;
  }
}

/** Whether too many requests led to this one, which LimitInternalRecursion limits; that is logged. */
function exceedsDepth(request: ServerRequest, kind: 'redirectLimit' | 'subrequestLimit'): boolean {
  const limit = request.host.settings.get(CONTENT)[kind];
  if (request.depth <= limit) return false;
  request.log('redirectsExceeded', { limit });
  return true;
}

function depthOf(request: HttpRequest): number {
  let depth = 0;
  for (let parent = request.parent; parent !== undefined; parent = parent.parent) depth++;
  return depth;
}

function lookedUp(request: ServerRequest, outcome: Outcome | Promise<Outcome>): LookedUp | Promise<LookedUp> {
  if (outcome instanceof Promise) return outcome.then((settled) => lookedUp(request, settled));
  return { request, status: typeof outcome === 'number' ? outcome : 200 };
}
