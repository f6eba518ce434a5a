import { isOn } from '../../config/arguments.js';
import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { isMediaType, tidyMediaType } from '../core/response-arguments.js';
import { filterProblem } from '../filters.js';
import { MIME, type ExtensionKind } from './settings.js';
import { readTypes } from './types-file.js';

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

/** What an extension can mean: how the directives for it are called, and what may be written. */
interface KindRow {
  readonly kind: ExtensionKind;
  /** `Add` and `Remove` come before it */
  readonly noun: string;
  readonly argument: string;
  readonly add: string;
  readonly remove: string;
  /** what is wrong with a value */
  readonly wrong: (value: string) => string | undefined;
}

/** Values go into headers: no blanks, quotes or separators. */
const TOKEN = /^[\w.+*!#$%&'^`|~-]+$/;

const token =
  (what: string) =>
  (value: string): string | undefined =>
    TOKEN.test(value) ? undefined : `takes ${what}, and extensions`;

const KINDS: readonly KindRow[] = [
  {
    kind: 'types',
    noun: 'Type',
    argument: 'type',
    add: 'A MIME type, and the extensions of the files that have it.',
    remove: 'Extensions of files that have no MIME type here, neither from AddType nor from TypesConfig.',
    wrong: (value) =>
      isMediaType(value) ? undefined : 'takes a MIME type, such as text/plain, and extensions',
  },
  {
    kind: 'handlers',
    noun: 'Handler',
    argument: 'handler',
    add: 'A handler, and the extensions of the files that it answers for.',
    remove: 'Extensions that AddHandler gave a handler further out and that have none here.',
    wrong: () => undefined,
  },
  {
    kind: 'charsets',
    noun: 'Charset',
    argument: 'charset',
    add: 'A charset, and the extensions of the files that are written in it.',
    remove: 'Extensions that AddCharset gave a charset further out and that have none here.',
    wrong: token('a charset, such as utf-8'),
  },
  {
    kind: 'encodings',
    noun: 'Encoding',
    argument: 'encoding',
    add: 'An encoding, and the extensions of the files that are packed with it: their Content-Encoding.',
    remove: 'Extensions that AddEncoding gave an encoding further out and that have none here.',
    wrong: token('an encoding, such as gzip'),
  },
  {
    kind: 'languages',
    noun: 'Language',
    argument: 'language',
    add: 'A language, and the extensions of the files that are written in it: their Content-Language.',
    remove: 'Extensions that AddLanguage gave a language further out and that have none here.',
    wrong: token('a language, such as fr'),
  },
];

function addDirective({ kind, noun, argument, add, wrong }: KindRow): Directive {
  return {
    name: `Add${noun}`,
    syntax: `${argument} extension [extension] ...`,
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [2, Infinity],
    help: add,
    apply(context, value, ...extensions) {
      const text = value.text.toLowerCase();
      const problem = wrong(text);
      if (problem === undefined)
        set(context, kind, kind === 'types' ? tidyMediaType(text) : text, extensions);
      else context.error(`Add${noun} ${problem}`, value);
    },
  };
}

function removeDirective({ kind, noun, remove }: KindRow): Directive {
  return {
    name: `Remove${noun}`,
    syntax: 'extension [extension] ...',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, Infinity],
    help: remove,
    apply: (context, ...extensions) => set(context, kind, null, extensions),
  };
}

function set(
  context: DirectiveContext,
  kind: ExtensionKind,
  value: string | null,
  extensions: readonly Argument[],
): void {
  const map = new Map(context.settings.made(MIME)[kind]);
  for (const { text } of extensions) {
    const name = toByteString(text.replace(/^\./, '').toLowerCase());
    // What a section removes stays removed in it, whatever comes first; types alone go by the order.
    if (value !== null && kind !== 'types' && map.get(name) === null) continue;
    map.set(name, value);
  }
  context.settings.set(MIME, kind, map);
}

function filterDirectives(noun: string): Directive[] {
  return [
    {
      name: `Add${noun}`,
      syntax: 'filter[;filter...] extension [extension] ...',
      contexts: EVERYWHERE,
      override: 'FileInfo',
      args: [2, Infinity],
      help: 'Filters of other modules, by extensions; isapi-host has none, so that naming one is an error.',
      apply(context, filter) {
        context.error(filterProblem(`Add${noun}`, filter.text), filter);
      },
    },
    {
      name: `Remove${noun}`,
      syntax: 'extension [extension] ...',
      contexts: EVERYWHERE,
      override: 'FileInfo',
      args: [1, Infinity],
      help: 'Extensions whose files go through no filters here, which they never do in isapi-host.',
      apply: () => undefined,
    },
  ];
}

/** What MultiviewsMatch takes, and what each word does not go together with. */
const MULTIVIEWS: Readonly<Record<string, readonly string[]>> = {
  any: ['negotiatedonly', 'filters', 'handlers'],
  negotiatedonly: ['any', 'filters', 'handlers'],
  filters: ['any', 'negotiatedonly'],
  handlers: ['any', 'negotiatedonly'],
};

export const MIME_DIRECTIVES: readonly Directive[] = [
  ...KINDS.flatMap((row) => [addDirective(row), removeDirective(row)]),
  ...filterDirectives('InputFilter'),
  ...filterDirectives('OutputFilter'),
  {
    name: 'TypesConfig',
    syntax: 'file',
    default: 'a built-in table',
    contexts: ['server'],
    args: [1, 1],
    help: 'A file with MIME types and their extensions, in place of the built-in table.',
    apply: applyTypesConfig,
  },
  {
    name: 'DefaultLanguage',
    syntax: 'language',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'The Content-Language of files whose name has no extension for one.',
    apply(context, language) {
      if (TOKEN.test(language.text)) context.settings.set(MIME, 'defaultLanguage', language.text);
      else context.error('DefaultLanguage takes a language, such as fr', language);
    },
  },
  {
    name: 'ModMimeUsePathInfo',
    syntax: 'on|off',
    default: 'off',
    contexts: ['directory'],
    args: 'flag',
    help: 'Whether the extensions of path info count as those of the file.',
    apply(context, flag) {
      context.settings.set(MIME, 'usePathInfo', isOn(flag));
    },
  },
  {
    name: 'MultiviewsMatch',
    syntax: 'Any|NegotiatedOnly|Filters|Handlers [Handlers|Filters]',
    default: 'NegotiatedOnly',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, Infinity],
    help: 'Which files mod_negotiation chooses among; it has no effect, because isapi-host does not have that module.',
    apply: applyMultiviewsMatch,
  },
];

function applyTypesConfig(context: DirectiveContext, file?: Argument): void {
  const types = readTypes(context.resolvePath(file?.text ?? ''));
  if (typeof types === 'string') context.error(`TypesConfig: ${types}`, file);
  else context.server.set(MIME, 'typesFile', types);
}

function applyMultiviewsMatch(context: DirectiveContext, ...options: Argument[]): void {
  if (context.section.startsWith('Location')) {
    context.error(`MultiviewsMatch not allowed in <${context.section}> context`);
    return;
  }
  const given = new Map<string, Argument>();
  for (const option of options) {
    const name = option.text.toLowerCase();
    const excluded = Object.hasOwn(MULTIVIEWS, name) ? MULTIVIEWS[name] : undefined;
    if (excluded === undefined) {
      context.error(`Unrecognized option '${option.text}'`, option);
      return;
    }
    const other = excluded.find((each) => given.has(each));
    if (other !== undefined) {
      context.error(`${option.text} is incompatible with ${given.get(other)?.text ?? other}`, option);
      return;
    }
    given.set(name, option);
  }
  context.warning('MultiviewsMatch has an effect with mod_negotiation only, and isapi-host does not have it');
}
