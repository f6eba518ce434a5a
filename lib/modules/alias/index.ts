import path from 'node:path';
import { toByteString } from '../../config/bytes.js';
import { Settings } from '../../config/settings.js';
import { substitute } from '../../config/substitution.js';
import { displayText } from '../../http/byte-string.js';
import type { Module, Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { CORE, mergeOptions, OPTION_BITS, type OptionsSetting } from '../../http/settings.js';
import { absoluteUrl } from '../core/index.js';
import { textFor } from '../expressions.js';
import { DIRECTIVES } from './directives.js';
import { ALIAS, type AliasSettings, type Redirect } from './settings.js';
import { aliasLength, escapeUri, escapeUrl, isUrl } from './url.js';

/** The note that says which handler a ScriptAlias gives to files without another (Apache's name for it). */
const FORCED = 'alias-forced-type';
const CGI = 'cgi-script';

/** mod_alias: URLs that lead outside the document root, to another URL, or to nothing. The first that matches counts. */
export function createAliasModule(): Module {
  let server: ServerContext | undefined;
  return {
    name: 'alias',
    directives: DIRECTIVES,
    hooks: {
      start(context) {
        server = context;
      },
      translate: (request) => translate(request, server),
      fixups,
    },
  };
}

/** Redirects come before aliases, whatever their order in the configuration. */
function translate(request: HttpRequest, server: ServerContext | undefined): Outcome {
  if (!request.path.startsWith('/')) return 'declined';
  // The URL before an internal redirect may have been a ScriptAlias's.
  if (request.notes.size > 0) request.notes.delete(FORCED);
  const settings = request.settings.get(ALIAS);
  const moved = redirect(request, settings, settings.redirects);
  if (moved !== undefined) return moved;
  if (settings.alias !== undefined) return applyLocationAlias(request, settings, server);
  for (const { fake, regex, real, isScript } of settings.aliases) {
    const { path } = request;
    if (regex === undefined) {
      const length = aliasLength(path, fake);
      if (length === 0) continue;
      const target = trimSlash(real);
      request.aliasPrefix = trimSlash(fake);
      request.aliasTarget = target;
      // What follows an alias with a slash at its end has none at its beginning.
      request.filename = `${target}${fake.endsWith('/') ? '/' : ''}${path.slice(length)}`;
    } else {
      const captures = regex.exec(path);
      if (captures === null) continue;
      const filename = substitute(real, captures);
      if (filename === undefined) return tooLong(request, real);
      request.filename = normalize(filename);
    }
    force(request, isScript);
    return 'done';
  }
  return 'declined';
}

function applyLocationAlias(
  request: HttpRequest,
  { alias, preservePath }: Readonly<AliasSettings>,
  server: ServerContext | undefined,
): Outcome {
  if (alias === undefined || server === undefined) return 'declined';
  const text = textFor(request, alias.real, 'Alias');
  if (text === undefined) return 500;
  const target = resolve(server, text);
  const length = preservePath && alias.fake !== undefined ? aliasLength(request.path, alias.fake) : 0;
  if (length > 0 && alias.fake !== undefined) {
    request.aliasPrefix = trimSlash(alias.fake);
    request.aliasTarget = trimSlash(target);
    request.filename = `${trimSlash(target)}${alias.fake.endsWith('/') ? '/' : ''}${request.path.slice(length)}`;
  } else {
    request.filename = target;
  }
  force(request, alias.isScript);
  return 'done';
}

/** A path that an expression gave: a byte string, which may be relative to ServerRoot. */
function resolve(server: ServerContext, bytes: string): string {
  return path.isAbsolute(bytes)
    ? normalize(bytes)
    : normalize(`${toByteString(server.configuration.serverRoot)}/${bytes}`);
}

/** Doubled slashes and dot segments taken out: what a URL's parts are put into may have brought some. */
function normalize(filename: string): string {
  return path.posix.normalize(filename);
}

function trimSlash(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : name;
}

function force(request: HttpRequest, isScript: boolean): void {
  if (isScript) request.notes.set(FORCED, CGI);
}

function tooLong(request: HttpRequest, template: string): number {
  request.log('substitutionTooLong', { template: displayText(template) });
  return 500;
}

/** What a redirect for the request's section, or the first of a list that matches, answers; undefined without one. */
function redirect(
  request: HttpRequest,
  settings: Readonly<AliasSettings>,
  redirects: readonly Redirect[],
): Outcome | undefined {
  if (settings.redirect !== undefined) {
    const { status, url } = settings.redirect;
    const target = url === undefined ? '' : textFor(request, url, 'Redirect');
    return target === undefined ? 500 : answer(request, settings, status, escapeUrl(target));
  }
  const { path } = request;
  for (const { fake, regex, status, url } of redirects) {
    if (regex !== undefined) {
      const captures = regex.exec(path);
      if (captures === null) continue;
      const target = url === undefined ? '' : substitute(url, captures);
      return target === undefined
        ? tooLong(request, url ?? '')
        : answer(request, settings, status, escapeUrl(target));
    }
    const length = aliasLength(path, fake);
    if (length > 0) return answer(request, settings, status, (url ?? '') + escapeUri(path.slice(length)));
  }
  return undefined;
}

function answer(
  request: HttpRequest,
  { relative }: Readonly<AliasSettings>,
  status: number,
  target: string,
): Outcome {
  if (status < 300 || status > 399) return status;
  let url = target;
  if (url.startsWith('/')) {
    if (!relative) url = absoluteUrl(request, '', '') + url;
  } else if (!isUrl(url)) {
    request.log('redirectInvalid', { path: displayText(request.path), url: displayText(url) });
    return 500;
  }
  if (request.query !== '' && !url.includes('?')) url += `?${request.query}`;
  request.errorHeaders.push(['Location', url]);
  return status;
}

const EXECUTABLE: OptionsSetting = { set: undefined, add: OPTION_BITS.ExecCGI, remove: 0 };

/** Settings with ExecCGI granted, by those without. */
const executable = new WeakMap<Settings, Settings>();

/** Redirects of sections and .htaccess files, which are known only now; the handler of a ScriptAlias. */
function fixups(request: HttpRequest): Outcome {
  const { settings } = request;
  const own = settings.get(ALIAS);
  const moved = redirect(request, own, own.sectionRedirects);
  if (moved !== undefined) return moved;
  if (request.notes.size === 0 || request.notes.get(FORCED) !== CGI || request.fileKind !== 'file') {
    return 'declined';
  }
  let granted = executable.get(settings);
  if (granted === undefined) {
    const inner = new Settings();
    inner.set(CORE, 'options', mergeOptions(settings.get(CORE).options, EXECUTABLE));
    granted = settings.merge(inner);
    executable.set(settings, granted);
  }
  request.settings = granted;
  request.handler ??= CGI;
  return 'declined';
}
