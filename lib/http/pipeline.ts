import type { Configuration } from '../config/configuration.js';
import { formatProblem } from '../config/problems.js';
import { messageOf } from '../errors.js';
import { displayText } from './byte-string.js';
import { sendErrorDocument } from './error-document.js';
import { walkFile, type LinkPolicy } from './file-walk.js';
import type { ServerLog } from './log.js';
import type {
  Handler,
  Hooks,
  InternalRedirect,
  MappedUrl,
  Module,
  Outcome,
  ServerContext,
} from './module.js';
import { answerAsterisk, checkOutcome, DEFAULT_HANDLER, failureOutcome, refuse } from './outcome.js';
import type { Output } from './output.js';
import type { HttpRequest } from './request.js';
import { ServerRequest } from './server-request.js';
import { CORE, documentRoot, optionsOf } from './settings.js';
import { serveFile } from './static-file.js';
import { SubrequestOutput } from './subrequest-output.js';
import { parseTarget } from './url-path.js';

/** How many internal redirects and subrequests may lead to a request (Apache's LimitInternalRecursion). */
const MAX_DEPTH = 10;

/** Headers of the parent that say something of its body, or set conditions for its response. */
const PARENT_ONLY = /^(?:if-.*|range|expect|content-.*|transfer-encoding)$/i;

type Phase<Name extends keyof Hooks> = NonNullable<Hooks[Name]>;

/**
 * The way of a request through the modules, in Apache's order: locations, URL to file name, what is there on disk,
 * access, fixups, handler. Hooks of a phase run in the order of the modules.
 */
export class Pipeline implements ServerContext {
  readonly configuration: Configuration;
  readonly log: ServerLog;
  readonly software: string;
  readonly #handlers = new Map<string, Handler>();
  readonly #translate: Phase<'translate'>[];
  readonly #access: Phase<'access'>[];
  readonly #fixups: Phase<'fixups'>[];
  readonly #logHooks: Phase<'log'>[];

  constructor(configuration: Configuration, modules: readonly Module[], log: ServerLog, software: string) {
    this.configuration = configuration;
    this.log = log;
    this.software = software;
    for (const module of modules) {
      for (const [name, handler] of Object.entries(module.handlers ?? {})) this.#handlers.set(name, handler);
    }
    this.#translate = hooksOf(modules, 'translate');
    this.#access = hooksOf(modules, 'access');
    this.#fixups = hooksOf(modules, 'fixups');
    this.#logHooks = hooksOf(modules, 'log');
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
  }

  /** Sends the error document that an outcome asks for. */
  finish(request: ServerRequest, outcome: Outcome): void {
    if (typeof outcome !== 'number') return;
    try {
      sendErrorDocument(request, outcome);
    } catch (error) {
      this.log.write('serverDefect', { reason: messageOf(error) });
      request.output.abort();
    }
  }

  /** Runs the log hooks: the response has ended, or the connection was lost. */
  logged(request: HttpRequest): void {
    for (const hook of this.#logHooks) {
      try {
        hook(request);
      } catch (error) {
        this.log.write('serverDefect', { reason: messageOf(error) });
      }
    }
  }

  async subrequest(parent: HttpRequest, target: string, output: Output = parent.output): Promise<void> {
    const request = this.#child(parent, target, new SubrequestOutput(output));
    const parsed = parseTarget(target);
    if ('status' in parsed || parsed.authority !== undefined || !parsed.path.startsWith('/')) {
      const reason = 'reason' in parsed ? parsed.reason : 'not a local URL';
      request.log('targetInvalid', { line: displayText(target), reason });
      this.finish(request, 'status' in parsed ? parsed.status : 404);
      return;
    }
    if (request.depth > MAX_DEPTH) {
      request.log('redirectsExceeded', { limit: MAX_DEPTH });
      this.finish(request, 500);
      return;
    }
    request.path = parsed.path;
    request.query = parsed.query;
    request.suspicious = parsed.suspicious;
    await this.serve(request);
  }

  mapUrl(parent: HttpRequest, target: string): MappedUrl {
    const parsed = parseTarget(target);
    if ('status' in parsed || parsed.authority !== undefined || !parsed.path.startsWith('/')) {
      return { path: target, filename: '', aliasPrefix: undefined, aliasTarget: undefined };
    }
    return this.mapPath(parent, parsed.path);
  }

  mapPath(parent: HttpRequest, path: string): MappedUrl {
    const probe = this.#child(parent, path, parent.output);
    probe.path = path;
    probe.settings = parent.host.locationSettings(path);
    const found = this.#runTranslate(probe);
    const { aliasPrefix, aliasTarget } = probe;
    return { path, filename: found === 'done' ? probe.filename : '', aliasPrefix, aliasTarget };
  }

  #child(parent: HttpRequest, target: string, output: Output): ServerRequest {
    const { rawHeaders } = parent;
    const request = new ServerRequest({
      method: 'GET',
      target,
      protocol: parent.protocol,
      rawHeaders: rawHeaders.filter((_, index) => !PARENT_ONLY.test(rawHeaders[index - (index % 2)] ?? '')),
      peer: parent,
      host: parent.host,
      serverName: parent.serverName,
      serverPort: parent.serverPort,
      output,
      log: this.log,
      contentLength: 0,
      connectionRequests: parent.connectionRequests,
      parent,
    });
    request.user = parent.user;
    request.authType = parent.authType;
    request.depth = depthOf(parent) + 1;
    return request;
  }

  async #run(request: ServerRequest): Promise<Outcome> {
    for (;;) {
      let outcome = this.#resolve(request);
      if (outcome instanceof Promise) outcome = await outcome;
      if (outcome === 'declined') {
        outcome = this.#handle(request);
        if (outcome instanceof Promise) outcome = await outcome;
      }
      if (typeof outcome !== 'object') return outcome;
      const status = this.#redirect(request, outcome);
      if (status !== undefined) return status;
    }
  }

  /** Everything before the handler; `declined` when the handler is to run. */
  #resolve(request: ServerRequest): Outcome | Promise<Outcome> {
    if (request.path === '*') return answerAsterisk(request);
    request.settings = request.host.locationSettings(request.path);
    const translated = this.#runTranslate(request);
    if (translated === 'declined') return 404;
    if (translated !== 'done') return translated;
    const found = this.#walk(request);
    if (found !== 'declined') return found;
    return this.#runAll(this.#access, request, 0, () => this.#runAll(this.#fixups, request, 0));
  }

  #runTranslate(request: ServerRequest): Outcome {
    for (const hook of this.#translate) {
      const outcome = hook(request);
      if (outcome !== 'declined') return outcome;
    }
    return 'declined';
  }

  /** Finds the file and the settings that apply to it. */
  #walk(request: ServerRequest): Outcome {
    const { host, path } = request;
    const base = request.aliasTarget ?? documentRoot(this.configuration, host.settings);
    // What another module made of the URL is walked from the root of the file system.
    const root = isBelow(request.filename, base) ? base : '';
    const walk = walkFile(root, request.filename.slice(root.length), {
      suspicious: request.suspicious,
      links: host.settings.get(CORE).linksRestricted ? (folder) => linksIn(request, folder) : undefined,
    });
    request.filename = walk.filename;
    request.pathInfo = walk.pathInfo;
    request.fileKind = walk.kind;
    request.fileStats = walk.stats;
    const { settings, problems, warnings } = host.settingsFor({
      filename: walk.filename,
      path,
      isFolder: walk.kind === 'folder',
    });
    request.settings = settings;
    for (const warning of warnings) request.log('configurationWarning', { problem: formatProblem(warning) });
    for (const problem of problems) request.log('overrideFileInvalid', { problem: formatProblem(problem) });
    if (problems.length > 0) return 500;
    return walk.refusal === undefined ? 'declined' : refuse(request, walk.refusal);
  }

  /** Runs hooks that all have a say; the first refusal or redirect counts. */
  #runAll(
    hooks: readonly ((request: HttpRequest) => Outcome | Promise<Outcome>)[],
    request: ServerRequest,
    from: number,
    next?: () => Outcome | Promise<Outcome>,
  ): Outcome | Promise<Outcome> {
    for (let index = from; index < hooks.length; index++) {
      // The index is below the length.
      const outcome = (hooks[index] as Phase<'access'>)(request);
      if (outcome instanceof Promise) {
        return outcome.then((settled) =>
          typeof settled === 'string' ? this.#runAll(hooks, request, index + 1, next) : settled,
        );
      }
      if (typeof outcome !== 'string') return outcome;
    }
    return next === undefined ? 'declined' : next();
  }

  #handle(request: ServerRequest): Outcome | Promise<Outcome> {
    const limit = request.settings.get(CORE).limitRequestBody;
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
  #redirect(request: ServerRequest, { redirect }: InternalRedirect): number | undefined {
    const parsed = parseTarget(redirect);
    if ('status' in parsed || ++request.depth > MAX_DEPTH) {
      request.log('redirectsExceeded', { limit: MAX_DEPTH });
      return 500;
    }
    request.path = parsed.path;
    if (redirect.includes('?')) request.query = parsed.query;
    request.suspicious = parsed.suspicious;
    request.filename = '';
    request.pathInfo = '';
    request.aliasPrefix = undefined;
    request.aliasTarget = undefined;
    request.handler = undefined;
    request.contentType = undefined;
    request.env.clear();
    return undefined;
  }
}

function hooksOf<Name extends 'translate' | 'access' | 'fixups' | 'log'>(
  modules: readonly Module[],
  name: Name,
): Phase<Name>[] {
  return modules.flatMap((module) => {
    const hook = module.hooks?.[name];
    return hook === undefined ? [] : [hook];
  });
}

function depthOf(request: HttpRequest): number {
  let depth = 0;
  for (let parent = request.parent; parent !== undefined; parent = parent.parent) depth++;
  return depth;
}

function isBelow(filename: string, folder: string): boolean {
  return (
    filename.startsWith(folder) && (filename.length === folder.length || filename[folder.length] === '/')
  );
}

function linksIn(request: ServerRequest, folder: string): LinkPolicy {
  const { settings } = request.host.settingsFor({ filename: folder, path: request.path, isFolder: true });
  return optionsOf(settings).links;
}
