import { isOn } from '../../config/arguments.js';
import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { compileRegex, RegexError } from '../../config/regex.js';
import { OWN_PATHS } from '../../config/paths.js';
import { readText } from '../expressions.js';
import { REDIRECT_DIRECTIVES } from './redirect-directives.js';
import { ALIAS, type Alias } from './settings.js';
import { aliasLength } from './url.js';

const SERVER = ['server', 'virtual host'] as const;
const EVERYWHERE = [...SERVER, 'directory', '.htaccess'] as const;

/** Sections in which an Alias with one argument has no URL path to stand for. */
const NO_LOCATION: ReadonlySet<string> = new Set([
  'Directory',
  'DirectoryMatch',
  'Files',
  'FilesMatch',
  'If',
]);

export const DIRECTIVES: readonly Directive[] = [
  {
    name: 'Alias',
    syntax: '[url-path] file|folder',
    contexts: [...SERVER, 'directory'],
    args: [1, 2],
    help:
      'The beginning of URLs, and the file or folder that they lead to instead of the document root; ' +
      'in a Location the file or folder alone, which may have expressions in it.',
    apply: (context, ...args) => applyAlias(context, 'Alias', args),
  },
  {
    name: 'ScriptAlias',
    syntax: '[url-path] file|folder',
    contexts: [...SERVER, 'directory'],
    args: [1, 2],
    help:
      'Like Alias, for a folder of extensions: Options ExecCGI is granted there. ' +
      'A file without an extension handler is a CGI program to it, which isapi-host does not run: 500, never its text.',
    apply: (context, ...args) => applyAlias(context, 'ScriptAlias', args),
  },
  {
    name: 'AliasMatch',
    syntax: 'regex file|folder',
    contexts: SERVER,
    args: [2, 2],
    help: 'A regular expression for URL paths, and the file or folder that they lead to, with $1 to $9 for its groups.',
    apply: (context, ...args) => addAliasMatch(context, 'AliasMatch', args),
  },
  {
    name: 'ScriptAliasMatch',
    syntax: 'regex file|folder',
    contexts: SERVER,
    args: [2, 2],
    help: 'Like AliasMatch, for extensions, as ScriptAlias is like Alias.',
    apply: (context, ...args) => addAliasMatch(context, 'ScriptAliasMatch', args),
  },
  {
    name: 'AliasPreservePath',
    syntax: 'on|off',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: 'flag',
    help: 'Whether what follows the path of a Location is appended to the file or folder of an Alias in it.',
    apply(context, flag) {
      context.settings.set(ALIAS, 'preservePath', isOn(flag));
    },
  },
  ...REDIRECT_DIRECTIVES,
];

function applyAlias(
  context: DirectiveContext,
  name: 'Alias' | 'ScriptAlias',
  args: readonly Argument[],
): void {
  const { section } = context;
  const isGlobal = section === 'server' || section === 'VirtualHost';
  const [first, second] = args;
  if (first === undefined) return;
  if (second !== undefined) {
    if (isGlobal) addAlias(context, name, first, second);
    else
      context.error(`${name} cannot occur within directory context; with one argument it can, in <Location>`);
  } else if (isGlobal) {
    context.error(`${name} must have two arguments when used globally`, first);
  } else if (NO_LOCATION.has(section)) {
    context.error(`${name} cannot occur within <${section}> section`);
  } else {
    const real = readText(context, first, `Cannot parse alias expression '${first.text}'`);
    if (real === undefined) return;
    const isPath = section === 'Location' && context.sectionArgument.startsWith('/');
    const fake = isPath ? toByteString(context.sectionArgument) : undefined;
    context.settings.set(ALIAS, 'alias', { real, isScript: name === 'ScriptAlias', fake });
  }
}

function addAlias(
  context: DirectiveContext,
  name: 'Alias' | 'ScriptAlias',
  path: Argument,
  target: Argument,
): void {
  const fake = toByteString(path.text);
  if (!fake.startsWith('/')) {
    context.error(`${name} takes a URL path that begins with a slash, and a file or folder`, path);
    return;
  }
  const earlier = (context.settings.made(ALIAS).aliases ?? []).find((alias) =>
    alias.regex === undefined ? aliasLength(fake, alias.fake) > 0 : alias.regex.test(fake),
  );
  if (earlier !== undefined) {
    const kind = `${earlier.isScript ? 'Script' : ''}Alias${earlier.regex === undefined ? '' : 'Match'}`;
    context.warning(
      `The ${name} directive will probably never match because it overlaps an earlier ${kind}`,
      path,
    );
  }
  const real = resolve(context, target);
  add(context, { fake, regex: undefined, real, isScript: name === 'ScriptAlias' });
}

function addAliasMatch(
  context: DirectiveContext,
  name: 'AliasMatch' | 'ScriptAliasMatch',
  [pattern, target]: readonly Argument[],
): void {
  if (pattern === undefined || target === undefined) return;
  try {
    const regex = compileRegex(pattern.text);
    const real = resolve(context, target);
    add(context, { fake: toByteString(pattern.text), regex, real, isScript: name === 'ScriptAliasMatch' });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    context.error(error.message, pattern);
  }
}

/** The path of a target, absolute; a slash at its end stays, as it decides what a regular expression's groups follow. */
function resolve(context: DirectiveContext, { text }: Argument): string {
  const path = OWN_PATHS.withSlashes(toByteString(context.resolvePath(text)));
  return /[/\\]$/.test(text) && !path.endsWith('/') ? `${path}/` : path;
}

function add(context: DirectiveContext, alias: Alias): void {
  context.settings.set(ALIAS, 'aliases', [...(context.settings.made(ALIAS).aliases ?? []), alias]);
}
