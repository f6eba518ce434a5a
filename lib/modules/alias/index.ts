import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { Settings, Slot } from '../../config/settings.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { CORE, mergeOptions, OPTION_BITS, type OptionsSetting } from '../../http/settings.js';

/** A part of the URL space that leads to a folder or file outside the document root. Byte strings. */
interface Alias {
  /** as in the directive, without a slash at its end */
  readonly prefix: string;
  /** the directive had a slash at its end: only URLs with the slash are meant */
  readonly needsSlash: boolean;
  /** without a slash at its end */
  readonly target: string;
  readonly isScript: boolean;
}

interface AliasSettings {
  readonly aliases: readonly Alias[];
}

const ALIAS = new Slot<AliasSettings>(
  'alias',
  { aliases: [] },
  // Those of a virtual host come first, the main server's apply after them.
  { aliases: (outer, inner) => [...inner, ...outer] },
);

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'Alias',
    syntax: 'url-path file|folder',
    contexts: ['server', 'virtual host'],
    args: [2, 2],
    help: 'The beginning of URLs, and the file or folder that they lead to instead of the document root.',
    apply: (context, prefix, target) => addAlias(context, 'Alias', prefix, target, false),
  },
  {
    name: 'ScriptAlias',
    syntax: 'url-path file|folder',
    contexts: ['server', 'virtual host'],
    args: [2, 2],
    help:
      'Like Alias, for a folder of extensions: Options ExecCGI is granted there. ' +
      'A file without an extension handler is a CGI program to it, which isapi-host does not run: 500, never its text.',
    apply: (context, prefix, target) => addAlias(context, 'ScriptAlias', prefix, target, true),
  },
];

function addAlias(
  context: DirectiveContext,
  name: string,
  prefix: Argument | undefined,
  target: Argument | undefined,
  isScript: boolean,
): void {
  const url = toByteString(prefix?.text ?? '').replaceAll(/\/+/g, '/');
  if (!url.startsWith('/')) {
    context.error(`${name} takes a URL path that begins with a slash, and a file or folder`, prefix);
    return;
  }
  const aliases = context.server.made(ALIAS).aliases ?? [];
  const known = aliases.find((alias) => alias.prefix === trimSlash(url));
  if (known) {
    context.warning(
      `The ${name} directive for ${prefix?.text ?? ''} will probably never match because it overlaps an earlier one`,
      prefix,
    );
  }
  const added: Alias = {
    prefix: trimSlash(url),
    needsSlash: url.endsWith('/') && url !== '/',
    target: trimSlash(toByteString(context.resolvePath(target?.text ?? ''))),
    isScript,
  };
  context.server.set(ALIAS, 'aliases', [...aliases, added]);
}

function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** mod_alias: Alias and ScriptAlias. The first that matches counts. */
export const aliasModule: Module = {
  name: 'alias',
  directives: DIRECTIVES,
  hooks: { translate, fixups },
};

function translate(request: HttpRequest): Outcome {
  const { path } = request;
  for (const alias of request.host.settings.get(ALIAS).aliases) {
    if (!matches(alias, path)) continue;
    request.aliasPrefix = alias.prefix;
    request.aliasTarget = alias.target;
    request.filename = alias.target + path.slice(alias.prefix.length);
    return 'done';
  }
  return 'declined';
}

function matches({ prefix, needsSlash }: Alias, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length ? !needsSlash : path.charCodeAt(prefix.length) === 0x2f;
}

const EXECUTABLE: OptionsSetting = { set: undefined, add: OPTION_BITS.ExecCGI, remove: 0 };

/** Settings with ExecCGI granted, by those without. */
const executable = new WeakMap<Settings, Settings>();

function fixups(request: HttpRequest): Outcome {
  const { aliasPrefix, settings } = request;
  if (aliasPrefix === undefined || request.fileKind !== 'file') return 'declined';
  const { aliases } = request.host.settings.get(ALIAS);
  const alias = aliases.find(
    ({ prefix, target }) => prefix === aliasPrefix && target === request.aliasTarget,
  );
  if (alias?.isScript !== true) return 'declined';
  let granted = executable.get(settings);
  if (granted === undefined) {
    const inner = new Settings();
    inner.set(CORE, 'options', mergeOptions(settings.get(CORE).options, EXECUTABLE));
    granted = settings.merge(inner);
    executable.set(settings, granted);
  }
  request.settings = granted;
  request.handler ??= 'cgi-script';
  return 'declined';
}
