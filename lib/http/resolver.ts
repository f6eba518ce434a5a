import { isConditional } from '../config/conditional.js';
import type { Configuration, RequestSettings } from '../config/configuration.js';
import { ExpressionError } from '../config/expression/index.js';
import { formatProblem } from '../config/problems.js';
import { AccessControl } from './access.js';
import { PendingAnswer, withAnswers } from './access-question.js';
import { displayText } from './byte-string.js';
import { findNames } from './client-name.js';
import { expressionScope } from './expression-scope.js';
import { walkFile, type LinkPolicy } from './file-walk.js';
import { runHooks, type HookTable } from './hook-table.js';
import { systemNames } from './host-names.js';
import type { Outcome } from './module.js';
import { answerAsterisk, refuse } from './outcome.js';
import type { ServerRequest } from './server-request.js';
import { CORE, documentRoot, optionsOf } from './settings.js';
import { answerTrace } from './trace.js';

/**
 * The way of a request from its URL to its handler: locations, URL to file name, what is there on disk, the settings
 * of all sections, access, fixups.
 */
export class Resolver {
  readonly #configuration: Configuration;
  readonly #hooks: HookTable;
  readonly #access: AccessControl;

  constructor(configuration: Configuration, hooks: HookTable) {
    this.#configuration = configuration;
    this.#hooks = hooks;
    this.#access = new AccessControl(hooks);
  }

  /** Everything before the handler; `declined` when the handler is to run. */
  resolve(request: ServerRequest): Outcome | Promise<Outcome> {
    if (request.path === '*') return answerAsterisk(request);
    const translated = this.#locate(request);
    return translated instanceof Promise
      ? translated.then((outcome) => this.#afterTranslation(request, outcome))
      : this.#afterTranslation(request, translated);
  }

  /** The same for a file whose name is set, without asking which URL leads there. */
  resolveFile(request: ServerRequest): Outcome | Promise<Outcome> {
    return this.#afterTranslation(request, 'done');
  }

  /** URL to file name, for a question that has to be answered at once. */
  translate(request: ServerRequest): Outcome {
    apply(request, request.host.atLocation(request.path));
    if (isConditional(request.settings)) applyConditions(request, false);
    return this.#runTranslate(request);
  }

  #locate(request: ServerRequest): Outcome | Promise<Outcome> {
    apply(request, request.host.atLocation(request.path));
    if (!isConditional(request.settings)) return this.#runTranslate(request);
    const decided = decide(request);
    return decided ? decided.then(() => this.#runTranslate(request)) : this.#runTranslate(request);
  }

  #afterTranslation(request: ServerRequest, translated: Outcome): Outcome | Promise<Outcome> {
    if (translated === 'declined') return 404;
    if (translated !== 'done') return translated;
    if (request.method === 'TRACE') return answerTrace(request);
    const found = this.#walk(request);
    if (found !== 'declined') return found;
    const names = findNames(request, systemNames);
    return names === undefined ? this.#decide(request) : names.then(() => this.#decide(request));
  }

  /** The sections with conditions, which come after all others. */
  #decide(request: ServerRequest): Outcome | Promise<Outcome> {
    if (!isConditional(request.settings)) return this.#permit(request);
    const decided = decide(request);
    return decided ? decided.then(() => this.#permit(request)) : this.#permit(request);
  }

  /** Everything that a file is not needed for any more; `declined` when the handler is to run. */
  #permit(request: ServerRequest): Outcome | Promise<Outcome> {
    const walked = runHooks(this.#hooks.walked, request);
    if (walked instanceof Promise) {
      return walked.then((settled) => (settled === 'declined' ? this.#authorize(request) : settled));
    }
    return walked === 'declined' ? this.#authorize(request) : walked;
  }

  #authorize(request: ServerRequest): Outcome | Promise<Outcome> {
    const allowed = this.#access.check(request);
    if (allowed instanceof Promise) {
      return allowed.then((settled) =>
        settled === 'declined' ? runHooks(this.#hooks.fixups, request) : settled,
      );
    }
    return allowed === 'declined' ? runHooks(this.#hooks.fixups, request) : allowed;
  }

  #runTranslate(request: ServerRequest): Outcome {
    for (const hook of this.#hooks.translate) {
      const outcome = hook(request);
      if (outcome !== 'declined') return outcome;
    }
    return 'declined';
  }

  /** Finds the file and the settings that apply to it. */
  #walk(request: ServerRequest): Outcome {
    const { host, path } = request;
    const base = request.aliasTarget ?? documentRoot(this.#configuration, host.settings);
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
    const found = host.settingsFor({ filename: walk.filename, path, isFolder: walk.kind === 'folder' });
    const { problems, warnings } = found;
    apply(request, found);
    for (const warning of warnings) request.log('configurationWarning', { problem: formatProblem(warning) });
    for (const problem of problems) request.log('overrideFileInvalid', { problem: formatProblem(problem) });
    if (problems.length > 0) return found.isForbidden ? 403 : 500;
    return walk.refusal === undefined ? 'declined' : refuse(request, walk.refusal);
  }
}

/** Settings for a request, and what the names of its sections have captured as variables. */
function apply(
  request: ServerRequest,
  { settings, captures }: Pick<RequestSettings, 'settings' | 'captures'>,
): void {
  request.settings = settings;
  for (const [name, value] of captures) request.env.set(name, value);
}

/** Applies sections with conditions; a promise when one of them takes time. */
function decide(request: ServerRequest): Promise<void> | undefined {
  const { settings } = request;
  return (
    withAnswers(() => {
      request.settings = settings;
      applyConditions(request, true);
    }) ?? undefined
  );
}

/** @throws PendingAnswer when `canWait` and a condition takes time */
function applyConditions(request: ServerRequest, canWait: boolean): void {
  const scope = expressionScope(request);
  request.settings = request.host.conditional(request.settings, ({ kind }, condition) => {
    try {
      return condition.holds(scope);
    } catch (error) {
      if (!(error instanceof ExpressionError) || (canWait && error instanceof PendingAnswer)) throw error;
      request.log('conditionFailed', { section: kind, reason: displayText(error.message) });
      return false;
    }
  });
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
