import { statSync } from 'node:fs';
import { toByteString } from '../../config/bytes.js';
import type { SettingsQuery } from '../../config/configuration.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { isPattern } from '../../config/fnmatch.js';
import { Slot } from '../../config/settings.js';

/** ISAPIExtension: one program for a whole URL space. Byte strings. */
export interface ExtensionMapping {
  /** "" where an outer mapping is undone */
  readonly program: string;
  /** `url`: the path of a Location, `folder`: a folder on disk; neither has a slash at its end */
  readonly kind: 'url' | 'folder';
  readonly prefix: string;
}

/** ISAPIScriptMap: one program for the files with an extension. */
export interface ScriptMap {
  /** "" where an outer mapping is undone */
  readonly program: string;
  /** the file that the URL names has to exist */
  readonly checksFile: boolean;
  /** undefined for all */
  readonly methods: readonly string[] | undefined;
}

export interface MappingSettings {
  readonly extension: ExtensionMapping | undefined;
  /** by the extension in lower case without the dot, `*` for every name */
  readonly scripts: ReadonlyMap<string, ScriptMap>;
}

export const MAPPING = new Slot<MappingSettings>(
  'isapi mapping',
  { extension: undefined, scripts: new Map() },
  { scripts: (outer, inner) => new Map([...outer, ...inner]) },
);

/** A program that URLs are mapped to, and what to ask to get the settings that it runs with. */
export interface MappedProgram {
  readonly program: string;
  readonly query: SettingsQuery;
}

export const MAPPED = new Slot<{ readonly programs: readonly MappedProgram[] }>(
  'isapi mapped',
  { programs: [] },
  { programs: (outer, inner) => [...outer, ...inner] },
);

/** Not .htaccess: whoever may write a file in a folder must not choose programs from all of the machine. */
const CONTEXTS = ['server', 'virtual host', 'directory'] as const;

export const MAPPING_DIRECTIVES: readonly Directive[] = [
  {
    name: 'ISAPIExtension',
    syntax: 'file-path|none',
    contexts: ['directory'],
    args: [1, 1],
    help:
      'An extension that answers every URL of a <Location> or <Directory>: SCRIPT_NAME is the URL of the section, ' +
      'PATH_INFO the rest; Options ExecCGI has to permit it there; none undoes an outer one.',
    apply: applyExtension,
  },
  {
    name: 'ISAPIScriptMap',
    syntax: '.extension|* file-path|none [check-file|no-check] [method ...]',
    contexts: CONTEXTS,
    args: [2, Infinity],
    help:
      'An extension that answers for the files with a name extension, as in an application mapping of IIS: ' +
      'SCRIPT_NAME is the URL of the file, PATH_INFO the whole path of the URL, PATH_TRANSLATED where that leads; ' +
      'with no-check the file need not exist, in a folder that does.',
    apply: applyScriptMap,
  },
];

function applyExtension(context: DirectiveContext, file?: Argument): void {
  const { section, sectionArgument } = context;
  const isPlain = (section === 'Location' || section === 'Directory') && !isPattern(sectionArgument);
  if (!isPlain || (section === 'Location' && !sectionArgument.startsWith('/'))) {
    const where = section === 'server' ? 'server level' : `<${section} ${sectionArgument}>`;
    context.error(
      `ISAPIExtension needs a <Location> or <Directory> without wildcards around it, and not ${where}`,
    );
    return;
  }
  const program = programOf(context, 'ISAPIExtension', file);
  const prefix =
    section === 'Location'
      ? toByteString(sectionArgument)
      : toByteString(context.resolvePath(sectionArgument));
  context.settings.set(MAPPING, 'extension', {
    program,
    kind: section === 'Location' ? 'url' : 'folder',
    prefix: prefix.replace(/\/+$/, ''),
  });
}

function applyScriptMap(
  context: DirectiveContext,
  extension?: Argument,
  file?: Argument,
  ...options: Argument[]
): void {
  const name = extension?.text.toLowerCase() ?? '';
  if (!/^(?:\.[^./\\]+|\*)$/.test(name)) {
    context.error('ISAPIScriptMap takes an extension that begins with a dot, or * for every name', extension);
    return;
  }
  const checks = options.filter(({ text }) => /^(?:check-file|no-check)$/i.test(text));
  const methods = options
    .filter((option) => !checks.includes(option))
    .flatMap(({ text, place }) => text.split(',').map((method) => ({ text: method, place })));
  const wrong = methods.find(({ text }) => !/^(?:[\w.+!#$%&'^`|~-]+|\*)$/.test(text));
  if (checks.length > 1 || wrong !== undefined) {
    context.error(
      'ISAPIScriptMap takes check-file or no-check, and names of methods such as GET,POST, behind the file',
      wrong ?? checks[1],
    );
    return;
  }
  const isAll = methods.length === 0 || methods.some(({ text }) => /^(?:\*|all)$/i.test(text));
  const scripts = new Map(context.settings.made(MAPPING).scripts);
  scripts.set(toByteString(name.replace(/^\./, '')), {
    program: programOf(context, 'ISAPIScriptMap', file),
    checksFile: checks[0]?.text.toLowerCase() !== 'no-check',
    methods: isAll ? undefined : methods.map(({ text }) => text),
  });
  context.settings.set(MAPPING, 'scripts', scripts);
}

/** The file of a program as a byte string; "" for `none`. That it is not there is pointed out. */
function programOf(context: DirectiveContext, directive: string, file?: Argument): string {
  const given = file?.text ?? '';
  if (given.toLowerCase() === 'none') return '';
  const path = context.resolvePath(given);
  let isFile = false;
  try {
    isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // What cannot be looked at cannot be loaded either.
  }
  if (!isFile) context.warning(`${directive} ${path} is not a file; requests for it will fail`, file);
  const program = toByteString(path);
  const { programs = [] } = context.server.made(MAPPED);
  context.server.set(MAPPED, 'programs', [...programs, { program, query: queryOf(context) }]);
  return program;
}

/** What to ask for the settings of the section that a directive stands in. */
function queryOf(context: DirectiveContext): SettingsQuery {
  const { section, sectionArgument } = context;
  if (section === 'Location') return { filename: '', path: toByteString(sectionArgument) };
  if (section === 'Directory') {
    return { filename: toByteString(context.resolvePath(sectionArgument)), path: '', isFolder: true };
  }
  return { filename: '', path: '' };
}
