import { messageOf } from '../errors.js';
import { checkArguments } from './arguments.js';
import type {
  Argument,
  ContentOptions,
  Context,
  Directive,
  DirectiveContext,
  OverrideClass,
  SectionContext,
  SectionDirective,
  SectionKind,
} from './directive.js';
import { addConditional } from './conditional.js';
import { ExpressionError, parseCondition, type Condition } from './expression/index.js';
import { hostAddresses, type HostDraft } from './host-address.js';
import { MethodSet } from './methods.js';
import type { ModuleTable } from './module-table.js';
import { overrideProblem, refusedOption, type OverrideSettings } from './override.js';
import type { PathRules } from './paths.js';
import { placeIn, type Place } from './place.js';
import type { Problems } from './problems.js';
import { RegexError } from './regex.js';
import { notAllowed, sectionArgument } from './section-argument.js';
import type { Matcher, SectionRow } from './section-table.js';
import { Section } from './sections.js';
import { Settings } from './settings.js';
import type { DirectiveNode, Node, SectionNode } from './tree.js';

/** Where directives are applied: the level of the server, a section, or a .htaccess file. */
interface Scope {
  readonly kind: SectionKind;
  readonly argument: string;
  readonly settings: Settings;
  /** the settings of the main server or virtual host around it */
  readonly server: Settings;
  /** where sections within it go */
  readonly sections: Section[];
  /** the methods that `<Limit>` and `<LimitExcept>` have left; undefined for all */
  readonly methods?: MethodSet;
  /** the module's section that directives stand in */
  readonly inner?: InnerSection;
}

/** What a module's section demands of the directives in it. */
interface InnerSection {
  readonly name: string;
  readonly only: OverrideClass | undefined;
  readonly context: Context | undefined;
}

export interface CheckerOptions {
  readonly table: ModuleTable;
  readonly problems: Problems;
  readonly serverRoot: string;
  /** how names of files are written */
  readonly paths: PathRules;
  /** the settings of the main server or virtual host */
  readonly server: Settings;
  /** what a .htaccess file may do; absent for the configuration itself */
  readonly override?: Readonly<OverrideSettings>;
}

/** Looks up every directive of a tree, checks it, and applies it to the settings of its section. */
export class Checker {
  /** the virtual hosts in order of the files, once `applyServer` has run */
  readonly hosts: HostDraft[] = [];
  readonly #options: CheckerOptions;

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** The main server: its settings are made, and its sections returned in the order of the files. */
  applyServer(nodes: readonly Node[]): Section[] {
    const sections: Section[] = [];
    const { server } = this.#options;
    this.#apply(nodes, { kind: 'server', argument: '', settings: server, server, sections });
    return sections;
  }

  /** A .htaccess file, as a section that applies to everything in its folder. */
  applyHtaccess(nodes: readonly Node[]): Section {
    const section = new Section('.htaccess', { matches: () => true });
    this.#apply(nodes, {
      kind: '.htaccess',
      argument: '',
      settings: section.settings,
      server: this.#options.server,
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
    const { table, problems, serverRoot, paths } = this.#options;
    const row = table.section(node.name);
    if (!row) {
      const owned = table.moduleSection(node.name);
      if (owned) this.#applyModuleSection(owned, node, scope);
      else this.#unknown(node, true);
      return;
    }
    if (!row.within.includes(scope.kind) || (scope.inner && row.isConditional)) {
      problems.error(notAllowed(`<${row.kind}>`, row.within, scope), node.place);
      return;
    }
    if (row.kind === 'VirtualHost') {
      this.#applyHost(node);
      return;
    }
    if (row.kind === 'If' || row.kind === 'ElseIf' || row.kind === 'Else') {
      this.#applyConditional(row.kind, node, scope);
      return;
    }
    if (isIn(scope.kind, 'If', 'ElseIf', 'Else')) {
      const message = `<${row.kind}> has no effect within <${scope.kind}>, which comes after it; put <${scope.kind}> into <${row.kind}>`;
      problems.warning(message, node.place);
    }
    const parsed = sectionArgument(row, node.args);
    if ('message' in parsed) {
      problems.error(parsed.message, parsed.at?.place ?? node.place);
      return;
    }
    if (node.unclosedQuote) problems.warning('this quote is not closed', node.unclosedQuote);
    const { argument, kind } = parsed;
    const effective = kind === row.kind ? row : (table.section(kind) ?? row);
    const matcher = this.#matcher(effective, argument, (path) => paths.resolve(serverRoot, path));
    const section = new Section(kind, matcher ?? { matches: () => false });
    scope.sections.push(section);
    this.#apply(node.children, {
      kind,
      argument: argument.text,
      settings: section.settings,
      server: scope.server,
      sections: section.files,
      ...(scope.methods && { methods: scope.methods }),
    });
  }

  #applyConditional(kind: 'If' | 'ElseIf' | 'Else', node: SectionNode, scope: Scope): void {
    const { problems } = this.#options;
    const [argument, extra] = node.args;
    if (kind !== 'Else' && !argument) {
      problems.error(`<${kind}> directive requires additional arguments`, node.place);
      return;
    }
    const tooMany = kind === 'Else' ? argument : extra;
    if (tooMany) {
      const wrong =
        kind === 'Else'
          ? '<Else> does not take an argument'
          : `Multiple <${kind}> arguments not supported; put the condition into quotes`;
      problems.error(wrong, tooMany.place);
      return;
    }
    if (node.unclosedQuote) problems.warning('this quote is not closed', node.unclosedQuote);
    const condition = argument && this.#condition(argument);
    const settings = new Settings();
    const wrong = addConditional(scope.settings, { kind, condition, settings, place: node.place });
    if (wrong !== undefined) problems.error(wrong, node.place);
    const { server, methods } = scope;
    const inner = { kind, argument: argument?.text ?? '', settings, server, sections: [] };
    this.#apply(node.children, { ...inner, ...(methods && { methods }) });
  }

  #condition(argument: Argument): Condition | undefined {
    const { problems, override } = this.#options;
    try {
      return parseCondition(argument.text, { isRestricted: override !== undefined });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      problems.error(`Cannot parse condition clause: ${error.message}`, placeIn(argument, error.offset));
      return undefined;
    }
  }

  /** A section that is part of the one around it: the module decides what becomes of what it holds. */
  #applyModuleSection(row: SectionDirective, node: SectionNode, scope: Scope): void {
    const { problems } = this.#options;
    const shown = `<${row.name}>`;
    if (!this.#isAllowed(row, shown, node, scope)) return;
    const [least, most] = row.args;
    if (node.args.length < least) {
      problems.error(`${shown} directive requires additional arguments`, node.place);
      return;
    }
    if (node.args.length > most) {
      const wrong = most === 0 ? "doesn't take additional arguments" : `takes at most ${most} arguments`;
      problems.error(`${shown} directive ${wrong}`, node.args[most]?.place ?? node.place);
      return;
    }
    if (node.unclosedQuote) problems.warning('this quote is not closed', node.unclosedQuote);
    const context: SectionContext = {
      ...this.#directiveContext(node, scope),
      applyContent: (options) => this.#applyContent(row.name, node, scope, options ?? {}),
    };
    try {
      row.apply(context, ...node.args);
    } catch (error) {
      problems.error(`${shown} failed: ${messageOf(error)}`, node.place);
    }
  }

  #applyContent(name: string, node: SectionNode, scope: Scope, options: ContentOptions): boolean {
    const { problems } = this.#options;
    const before = problems.errorCount;
    const methods = options.methods ?? scope.methods;
    this.#apply(node.children, {
      ...scope,
      settings: options.settings ?? scope.settings,
      ...(methods && { methods }),
      inner: {
        name,
        only: options.only ?? scope.inner?.only,
        context: options.asDirectory ? 'directory' : scope.inner?.context,
      },
    });
    return problems.errorCount === before;
  }

  /** Whether a directive or a module's section may stand where it does; if not, that is reported. */
  #isAllowed(row: Directive | SectionDirective, shown: string, node: Node, scope: Scope): boolean {
    const { problems, override } = this.#options;
    const only = scope.inner?.only;
    const isOfClass = only === undefined || row.override === only || row.override?.includes(only);
    if (!isOfClass || !row.contexts.includes(this.#context(scope))) {
      problems.error(notAllowed(shown, row.contexts, scope), node.place);
      return false;
    }
    const refused = override && overrideProblem(override, row, shown);
    if (refused === undefined) return true;
    this.#report(refused, node.place, override?.override.nonfatal.has('override'));
    return false;
  }

  #applyHost(node: SectionNode): void {
    const { problems } = this.#options;
    const addresses = hostAddresses(node, problems);
    if (addresses === undefined) return;
    const settings = new Settings();
    const sections: Section[] = [];
    this.hosts.push({ place: node.place, addresses, settings, sections });
    const argument = node.raw.text;
    this.#apply(node.children, { kind: 'VirtualHost', argument, settings, server: settings, sections });
  }

  #matcher(row: SectionRow, argument: Argument, resolve: (path: string) => string): Matcher | undefined {
    const { problems, paths } = this.#options;
    const warning = row.warning?.(argument.text);
    if (warning !== undefined) problems.warning(warning, argument.place);
    try {
      return row.matcher(argument.text, resolve, paths);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      problems.error(error.message, placeIn(argument, error.offset));
      return undefined;
    }
  }

  #applyDirective(node: DirectiveNode, scope: Scope): void {
    const { table, problems, override } = this.#options;
    const directive = table.directive(node.name);
    if (!directive) {
      // ServerRoot, which the reader has dealt with, need not be in a module's table. A container needs its brackets.
      const reading = table.reading(node.name);
      if (reading?.container ?? reading === undefined) this.#unknown(node, false);
      return;
    }
    if (!this.#isAllowed(directive, directive.name, node, scope)) return;
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
    this.#run(directive, node, scope, raw ? [node.raw, ...node.args] : node.args);
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
    if (scope.inner?.context !== undefined) return scope.inner.context;
    if (this.#options.override) return '.htaccess';
    return scope.kind === 'server' ? 'server' : scope.kind === 'VirtualHost' ? 'virtual host' : 'directory';
  }

  #directiveContext(node: Node, scope: Scope): DirectiveContext {
    const { table, problems, serverRoot, paths } = this.#options;
    return {
      settings: scope.settings,
      server: scope.server,
      main: this.#options.server,
      methods: scope.methods ?? MethodSet.ALL,
      section: scope.kind,
      sectionArgument: scope.argument,
      isHtaccess: this.#options.override !== undefined,
      place: node.place,
      directive: (name) => table.directive(name),
      hasModule: (name) => table.module(name) !== undefined,
      resolvePath: (path) => paths.resolve(serverRoot, path),
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

function isIn(kind: SectionKind, ...kinds: readonly SectionKind[]): boolean {
  return kinds.includes(kind);
}
