import type { Argument, Directive, DirectiveContext, OverrideClass, SectionDirective } from './directive.js';
import { Slot } from './settings.js';

const CLASSES: readonly OverrideClass[] = ['AuthConfig', 'FileInfo', 'Indexes', 'Limit', 'Options'];

/** The options that `AllowOverride Options=...` may name. */
const OPTION_NAMES: readonly string[] = [
  'All',
  'ExecCGI',
  'FollowSymLinks',
  'Includes',
  'IncludesNOEXEC',
  'Indexes',
  'MultiViews',
  'None',
  'SymLinksIfOwnerMatch',
];

type Nonfatal = 'override' | 'unknown';

/** What .htaccess files in a folder may do. */
interface Override {
  readonly classes: ReadonlySet<OverrideClass>;
  /** names that `Options` may set there, in lower case; undefined for all */
  readonly options: ReadonlySet<string> | undefined;
  /** what is passed over with a warning instead of failing the request */
  readonly nonfatal: ReadonlySet<Nonfatal>;
}

export interface OverrideSettings {
  override: Override;
  /** names of directives, in lower case, that are allowed whatever their class */
  overrideList: ReadonlySet<string>;
  /** the names that .htaccess files have */
  accessFileNames: readonly string[];
}

const NOTHING: Override = { classes: new Set(), options: undefined, nonfatal: new Set() };

/** The settings of AllowOverride, AllowOverrideList and AccessFileName. */
export const overrideSlot = new Slot<OverrideSettings>('core.override', {
  override: NOTHING,
  overrideList: new Set(),
  accessFileNames: ['.htaccess'],
});

/** Whether .htaccess files are looked for at all. */
export function allowsHtaccess({ override, overrideList }: Readonly<OverrideSettings>): boolean {
  return override.classes.size > 0 || overrideList.size > 0;
}

/**
 * Why a directive may not stand in .htaccess under these settings, or undefined when it may.
 * A directive of no class is allowed wherever .htaccess is read.
 */
export function overrideProblem(
  { override, overrideList }: Readonly<OverrideSettings>,
  directive: Directive | SectionDirective,
  shown = directive.name,
): string | undefined {
  if (overrideList.has(directive.name.toLowerCase())) return undefined;
  const wanted = typeof directive.override === 'string' ? [directive.override] : directive.override;
  if (wanted === undefined || wanted.some((each) => override.classes.has(each))) return undefined;
  return `${shown} not allowed here, because AllowOverride does not name ${wanted.join(' or ')}`;
}

/** The first argument of `Options` that `AllowOverride Options=...` does not let .htaccess set. */
export function refusedOption(
  { override }: Readonly<OverrideSettings>,
  directive: Directive,
  args: readonly Argument[],
): Argument | undefined {
  const allowed = override.options;
  if (directive.name !== 'Options' || !allowed || allowed.has('all')) return undefined;
  // None is no option that would have to be allowed.
  return args.find(({ text }) => {
    const name = text.replace(/^[+-]/, '').toLowerCase();
    return name !== 'none' && !allowed.has(name);
  });
}

/** The rows of AllowOverride, AllowOverrideList and AccessFileName, for the core module. */
export const overrideDirectives: readonly Directive[] = [
  {
    name: 'AllowOverride',
    syntax: 'None|All|class [class] ...',
    default: 'None',
    contexts: ['directory'],
    args: [1, Infinity],
    help: `None, All, or what .htaccess files may set: ${CLASSES.join(', ')}, Options=name,..., Nonfatal=Override|Unknown|All`,
    apply(context, ...args) {
      if (!isDirectory(context, 'AllowOverride')) return;
      const override = parseOverride(context, args);
      if (override) context.settings.set(overrideSlot, 'override', override);
    },
  },
  {
    name: 'AllowOverrideList',
    syntax: 'None|directive [directive] ...',
    default: 'None',
    contexts: ['directory'],
    args: [1, Infinity],
    help: 'None, or the names of directives that .htaccess files may use whatever AllowOverride says',
    apply(context, ...args) {
      if (!isDirectory(context, 'AllowOverrideList')) return;
      const none = args.find(({ text }) => /^none$/i.test(text));
      if (none !== undefined && args.length > 1) {
        context.error("'None' not allowed with other directives in AllowOverrideList", none);
        return;
      }
      const names = args
        .filter((argument) => isUsable(context, argument))
        .map(({ text }) => text.toLowerCase());
      context.settings.set(overrideSlot, 'overrideList', new Set(names));
    },
  },
  {
    name: 'AccessFileName',
    syntax: 'name [name] ...',
    default: '.htaccess',
    contexts: ['server', 'virtual host'],
    args: [1, Infinity],
    help: 'the names of .htaccess files; in each folder the first one that is there is read',
    apply(context, ...args) {
      const wrong = args.find(
        ({ text }) => /[/\\]/.test(text) || text === '' || text === '.' || text === '..',
      );
      if (wrong) context.error('AccessFileName takes names without a folder', wrong);
      else
        context.settings.set(
          overrideSlot,
          'accessFileNames',
          args.map(({ text }) => text),
        );
    },
  },
];

/** In any other section there is no folder whose .htaccess could be meant; Apache only warns, and so do we. */
function isDirectory(context: DirectiveContext, name: string): boolean {
  if (context.section === 'Directory') return true;
  context.warning(`Useless use of ${name} in <${context.section}>; it has an effect in <Directory> only`);
  return false;
}

function isUsable(context: DirectiveContext, argument: Argument): boolean {
  if (/^none$/i.test(argument.text)) return false;
  const directive = context.directive(argument.text);
  if (directive?.contexts.includes('.htaccess')) return true;
  context.warning(
    directive
      ? `Discarding directive '${argument.text}' not allowed in AllowOverrideList`
      : `Discarding unrecognized directive '${argument.text}' in AllowOverrideList`,
    argument,
  );
  return false;
}

function parseOverride(context: DirectiveContext, args: readonly Argument[]): Override | undefined {
  const classes = new Set<OverrideClass>();
  const nonfatal = new Set<Nonfatal>();
  let options: ReadonlySet<string> | undefined;
  for (const argument of args) {
    const [name, value] = splitAssignment(argument.text);
    const known = CLASSES.find((each) => each.toLowerCase() === name);
    if (name === 'nonfatal') {
      const parts = NONFATAL[(value ?? '').toLowerCase()];
      if (!parts) {
        context.error(
          'AllowOverride Nonfatal must be Nonfatal=Override, Nonfatal=Unknown or Nonfatal=All',
          argument,
        );
        return undefined;
      }
      for (const part of parts) nonfatal.add(part);
    } else if (known === 'Options' && value !== undefined) {
      options = parseOptions(context, argument, value);
      if (!options) return undefined;
      classes.add(known);
    } else if (known && value === undefined) {
      classes.add(known);
    } else if (name === 'all' && value === undefined) {
      for (const each of CLASSES) classes.add(each);
    } else if (name !== 'none' || value !== undefined) {
      context.error(`Illegal override option ${argument.text}`, argument);
      return undefined;
    }
  }
  return { classes, options, nonfatal };
}

const NONFATAL: Readonly<Record<string, readonly Nonfatal[]>> = {
  override: ['override'],
  unknown: ['unknown'],
  all: ['override', 'unknown'],
};

function parseOptions(
  context: DirectiveContext,
  argument: Argument,
  value: string,
): ReadonlySet<string> | undefined {
  const names = value.split(',').filter(Boolean);
  const wrong = names.find(
    (name) => !OPTION_NAMES.some((known) => known.toLowerCase() === name.toLowerCase()),
  );
  if (wrong !== undefined) {
    context.error(`Illegal option ${wrong}`, argument);
    return undefined;
  }
  return new Set(names.map((name) => name.toLowerCase()));
}

/** `name=value` as the name in lower case and the value as written. */
function splitAssignment(text: string): [name: string, value?: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text.toLowerCase()] : [text.slice(0, at).toLowerCase(), text.slice(at + 1)];
}
