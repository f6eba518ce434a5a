import { escapePath } from '../../http/byte-string.js';
import type { LookedUp, Module, Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { absoluteUrl } from '../core/index.js';
import { DIR, DIR_DIRECTIVES } from './directives.js';

/** mod_dir: the slash behind a folder's name, the file that stands for a folder, and what stands for a missing file. */
export function createDirModule(): Module {
  let server: ServerContext | undefined;
  return {
    name: 'dir',
    directives: DIR_DIRECTIVES,
    hooks: {
      start(context) {
        server = context;
      },
      fixups(request) {
        if (server === undefined) return 'declined';
        if (request.fileKind === 'folder') return findIndex(server, request);
        const isNothing = request.fileKind === 'missing' && request.handler === undefined;
        return isNothing && request.script === undefined ? findFallback(server, request) : 'declined';
      },
    },
  };
}

function findIndex(server: ServerContext, request: HttpRequest): Outcome | Promise<Outcome> {
  const { index, slash, checkHandler } = request.settings.get(DIR);
  if (request.script !== undefined) return 'declined';
  if (!request.path.endsWith('/')) {
    const isCareful = request.method !== 'GET' && request.method !== 'HEAD';
    if (!slash || (isCareful && request.env.has('redirect-carefully'))) return 'declined';
    request.errorHeaders.push(['Location', absoluteUrl(request, `${request.path}/`, request.query)]);
    return 301;
  }
  if (checkHandler && request.handler !== undefined) return 'declined';
  return index.length === 0 ? 'declined' : tryEach(server, request, index);
}

/** The first of the index URLs that leads to a file; an error on the way to one counts when none does. */
function tryEach(
  server: ServerContext,
  request: HttpRequest,
  index: readonly string[],
  from = 0,
  failure: Outcome = 'declined',
): Outcome | Promise<Outcome> {
  const name = index[from];
  if (name === undefined) return failure;
  const next = (looked: LookedUp): Outcome | Promise<Outcome> => {
    const outcome = judge(request, looked, from === index.length - 1);
    if (outcome !== undefined) return outcome;
    const { status } = looked;
    return tryEach(server, request, index, from + 1, status === 200 || status === 404 ? failure : status);
  };
  const looked = server.find(request, targetOf(request, name));
  return looked instanceof Promise ? looked.then(next) : next(looked);
}

/** What becomes of a folder whose index was looked up; undefined when the next one is to be tried. */
function judge(
  request: HttpRequest,
  { request: found, status }: LookedUp,
  isLast: boolean,
): Outcome | undefined {
  const { indexRedirect } = request.settings.get(DIR);
  if (status === 200 && isServed(found)) {
    if (indexRedirect === 0) {
      request.adopt(found);
      return 'declined';
    }
    request.errorHeaders.push(['Location', absoluteUrl(request, found.path, '')]);
    return indexRedirect;
  }
  if ((status >= 300 && status < 400) || (isLast && (status === 401 || status === 406))) {
    request.errorHeaders.push(...found.errorHeaders);
    return status;
  }
  return undefined;
}

function findFallback(server: ServerContext, request: HttpRequest): Outcome | Promise<Outcome> {
  const { fallback } = request.settings.get(DIR);
  if (fallback === '') return 'declined';
  const looked = server.find(request, targetOf(request, fallback));
  return looked instanceof Promise
    ? looked.then((settled) => fallBack(request, settled))
    : fallBack(request, looked);
}

function fallBack(request: HttpRequest, { request: found, status }: LookedUp): Outcome {
  if (status === 200 && isServed(found)) {
    request.adopt(found);
    return 'declined';
  }
  if (status === 200 || status === 404) return 'declined';
  if (status >= 300 && status < 400) request.errorHeaders.push(...found.errorHeaders);
  return status;
}

/** A URL of the configuration with the request's query, relative to the folder of the request's URL. */
function targetOf({ path, query }: HttpRequest, name: string): string {
  const folder = name.startsWith('/') ? '' : escapePath(path.slice(0, path.lastIndexOf('/') + 1));
  return `${folder}${name.replaceAll(' ', '%20')}${query === '' ? '' : `?${query}`}`;
}

/** A file, path info behind one included, or a program that a URL is mapped to. */
function isServed({ fileKind, script }: HttpRequest): boolean {
  return fileKind === 'file' || script !== undefined;
}
