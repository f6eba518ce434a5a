import { messageOf } from '../errors.js';
import { checkArguments } from './arguments.js';
import type { Argument, Context, Directive, DirectiveContext, SectionKind } from './directive.js';
import type { ModuleTable } from './module-table.js';
import { overrideProblem, refusedOption, type OverrideSettings } from './override.js';
import type { Place } from './place.js';
import type { Problems } from './problems.js';
import { RegexError } from './regex.js';
import { resolveFrom, type Matcher, type SectionRow } from './section-table.js';
import { Section } from './sections.js';
import type { Settings } from './settings.js';
import type { DirectiveNode, Node, SectionNode } from './tree.js';

/** Where directives are applied: the level of the server, a section, or a .htaccess file. */
interface Scope {
  readonly kind: SectionKind;
  readonly argument: string;
  readonly settings: Settings;
  /** where sections within it go */
  readonly sections: Section[];
}

export interface CheckerOptions {
  readonly table: ModuleTable;
  readonly problems: Problems;
  readonly serverRoot: string;
  /** the settings of the main server or virtual host */
  readonly server: Settings;
  /** what a .htaccess file may do; absent for the configuration itself */
  readonly override?: Readonly<OverrideSettings>;
}

/** Looks up every directive of a tree, checks it, and applies it to the settings of its section. */
export class Checker {
  readonly #options: CheckerOptions;

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** The main server: its settings are made, and its sections returned in the order of the files. */
  applyServer(nodes: readonly Node[]): Section[] {
    const sections: Section[] = [];
    this.#apply(nodes, { kind: 'server', argument: '', settings: this.#options.server, sections });
    return sections;
  }

  /** A .htaccess file, as a section that applies to everything in its folder. */
  applyHtaccess(nodes: readonly Node[]): Section {
    const section = new Section('.htaccess', { matches: () => true });
    this.#apply(nodes, {
      kind: '.htaccess',
      argument: '',
      settings: section.settings,
      sections: section.files,
    });
    return section;
  }

  #apply(nodes: readonly Node[], scope: Scope): void {
    for (const node of nodes) {
      if (node.kind === 'section') this.#applySection(node, scope);
      else this.#applyDirective(node, scope);
    }
  }

  #applySection(node: SectionNode, scope: Scope): void {
    const { table, problems, serverRoot } = this.#options;
    const row = table.section(node.name);
    if (!row) {
      this.#unknown(node, true);
      return;
    }
    if (!row.within.includes(scope.kind)) {
      problems.error(`<${row.kind}> not allowed ${where(scope)}`, node.place);
      return;
    }
    const parsed = sectionArgument(row, node.args);
    if ('message' in parsed) {
      problems.error(parsed.message, parsed.at?.place ?? node.place);
      return;
    }
    if (node.unclosedQuote) problems.warning('this quote is not closed', node.unclosedQuote);
    const { argument, kind } = parsed;
    const effective = kind === row.kind ? row : (table.section(kind) ?? row);
    const matcher = this.#matcher(effective, argument, (path) => resolveFrom(serverRoot, path));
    const section = new Section(kind, matcher ?? { matches: () => false });
    scope.sections.push(section);
    this.#apply(node.children, {
      kind,
      argument: argument.text,
      settings: section.settings,
      sections: section.files,
    });
  }

  #matcher(row: SectionRow, argument: Argument, resolve: (path: string) => string): Matcher | undefined {
    const { problems } = this.#options;
    const warning = row.warning?.(argument.text);
    if (warning !== undefined) problems.warning(warning, argument.place);
    try {
      return row.matcher(argument.text, resolve);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      problems.error(error.message, argument.place);
      return undefined;
    }
  }

  #applyDirective(node: DirectiveNode, scope: Scope): void {
    const { table, problems, override } = this.#options;
    const directive = table.directive(node.name);
    if (!directive) {
      // ServerRoot, which the reader has dealt with, need not be in a module's table.
      if (!table.reading(node.name)) this.#unknown(node, false);
      return;
    }
    if (!directive.contexts.includes(this.#context(scope))) {
      problems.error(`${directive.name} not allowed ${where(scope)}`, node.place);
      return;
    }
    const refused = override && overrideProblem(override, directive);
    if (refused !== undefined) {
      this.#report(refused, node.place, override?.override.nonfatal.has('override'));
      return;
    }
    const wrong = checkArguments(directive, node.args);
    if (wrong) {
      problems.error(wrong.message, wrong.at?.place ?? node.place);
      return;
    }
    const option = override && refusedOption(override, directive, node.args);
    if (option) {
      this.#report(
        `Option ${option.text} not allowed here`,
        option.place,
        override.override.nonfatal.has('override'),
      );
      return;
    }
    const raw = directive.args === 'raw';
    if (!raw && node.unclosedQuote) problems.warning('this quote is not closed', node.unclosedQuote);
    this.#run(directive, node, scope, raw ? [node.raw] : node.args);
  }

  #run(directive: Directive, node: DirectiveNode, scope: Scope, args: readonly Argument[]): void {
    try {
      directive.apply(this.#directiveContext(node, scope), ...args);
    } catch (error) {
      // A module of the user's own may throw, and in .htaccess that must not reach the request.
      this.#options.problems.error(`${directive.name} failed: ${messageOf(error)}`, node.place);
    }
  }

  #context(scope: Scope): Context {
    if (this.#options.override) return '.htaccess';
    return scope.kind === 'server' ? 'server' : scope.kind === 'VirtualHost' ? 'virtual host' : 'directory';
  }

  #directiveContext(node: DirectiveNode, scope: Scope): DirectiveContext {
    const { table, problems, server, serverRoot } = this.#options;
    return {
      settings: scope.settings,
      server,
      section: scope.kind,
      sectionArgument: scope.argument,
      place: node.place,
      directive: (name) => table.directive(name),
      resolvePath: (path) => resolveFrom(serverRoot, path),
      error: (message, at) => {
        problems.error(message, at?.place ?? node.place);
      },
      warning: (message, at) => {
        problems.warning(message, at?.place ?? node.place);
      },
    };
  }

  #unknown(node: Node, isSection: boolean): void {
    const { table, override } = this.#options;
    const message = table.unknown(node.name, isSection);
    this.#report(message, node.place, override?.override.nonfatal.has('unknown'));
  }

  #report(message: string, place: Place, nonfatal: boolean | undefined): void {
    const { problems } = this.#options;
    if (nonfatal) problems.warning(message, place);
    else problems.error(message, place);
  }
}

/** Apache's words for the place where something is not allowed. */
function where(scope: Scope): string {
  return scope.kind === 'server' || scope.kind === '.htaccess' ? 'here' : `in <${scope.kind}> context`;
}

type SectionArgument =
  | { readonly argument: Argument; readonly kind: SectionKind }
  | { readonly message: string; readonly at?: Argument };

/** The argument of a section, and its kind: `~` makes a regular expression of what follows. */
function sectionArgument(row: SectionRow, args: readonly Argument[]): SectionArgument {
  const regexKind = args[0]?.text === '~' ? row.regexKind : undefined;
  const [argument, extra] = regexKind ? args.slice(1) : args;
  if (!argument) return { message: `<${row.kind}> directive requires additional arguments` };
  if (extra)
    return {
      message: `Multiple <${row.kind}> arguments not (yet) supported; put one with blanks into quotes`,
      at: extra,
    };
  return { argument, kind: regexKind ?? row.kind };
}
