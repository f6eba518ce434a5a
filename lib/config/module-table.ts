import type { Directive, DirectiveModule, SectionDirective } from './directive.js';
import { apacheModuleOf } from './known-directives.js';
import { nearestName } from './nearest.js';
import { READING_DIRECTIVES, type ReadingDirective } from './reading-directives.js';
import { SECTIONS, type SectionRow } from './section-table.js';

/**
 * Every name that a configuration may use: the modules for `LoadModule` and `<IfModule>`, and the directives and
 * sections. Directive and section names are looked up without regard to letter case.
 */
export class ModuleTable {
  readonly #modules: ReadonlyMap<string, DirectiveModule>;
  readonly #directives = new Map<string, Directive>();
  readonly #sections = new Map<string, SectionDirective>();

  constructor(modules: readonly DirectiveModule[]) {
    this.#modules = new Map(modules.map((module) => [module.name, module]));
    for (const directive of modules.flatMap((module) => module.directives)) {
      this.#directives.set(directive.name.toLowerCase(), directive);
    }
    for (const section of modules.flatMap((module) => module.sections ?? [])) {
      this.#sections.set(section.name.toLowerCase(), section);
    }
  }

  /** A module by either of its names, `isapi_module` or `mod_isapi.c`; letter case counts, as in Apache. */
  module(name: string): DirectiveModule | undefined {
    // Apache's core is the one module whose source file has no `mod_`.
    if (name === 'core.c') return this.#modules.get('core');
    const short = /^mod_(.+)\.c$/.exec(name)?.[1] ?? /^(.+)_module$/.exec(name)?.[1];
    return short === undefined ? undefined : this.#modules.get(short);
  }

  /** The names that `LoadModule` accepts, in order of the alphabet. */
  moduleNames(): string[] {
    return [...this.#modules.keys()].map((name) => `${name}_module`).sort();
  }

  directive(name: string): Directive | undefined {
    return this.#directives.get(name.toLowerCase());
  }

  /** A directive that has its effect while the files are read. */
  reading(name: string): ReadingDirective | undefined {
    return READING_DIRECTIVES.find((row) => row.name.toLowerCase() === name.toLowerCase());
  }

  section(name: string): SectionRow | undefined {
    return SECTIONS.find((row) => row.kind.toLowerCase() === name.toLowerCase());
  }

  /** A section that belongs to a module and is part of the one around it. */
  moduleSection(name: string): SectionDirective | undefined {
    return this.#sections.get(name.toLowerCase());
  }

  /** Whether there is a directive, or a section, of a name in any letter case. */
  has(name: string, kind: 'directive' | 'section'): boolean {
    const reading = this.reading(name);
    if (reading) return (kind === 'section') === (reading.container === true);
    return kind === 'section'
      ? (this.section(name) ?? this.moduleSection(name)) !== undefined
      : this.directive(name) !== undefined;
  }

  /** What to say about a name that is in no table; `<Name>` for a section. */
  unknown(name: string, isSection: boolean): string {
    const shown = isSection ? `<${name}>` : name;
    const owner = apacheModuleOf(name);
    if (owner !== undefined && !this.#isOurs(name)) return foreign(shown, owner);
    // Known after all, but written without its brackets, or with them.
    const nearest = this.#isOurs(name) ? (isSection ? name : `<${name}>`) : nearestName(shown, this.#names());
    return nearest === undefined
      ? `Invalid command '${shown}', perhaps misspelled or defined by a module that isapi-host does not have`
      : `Invalid command '${shown}', did you mean ${nearest}?`;
  }

  #isOurs(name: string): boolean {
    return Boolean(
      this.directive(name) ?? this.reading(name) ?? this.section(name) ?? this.moduleSection(name),
    );
  }

  *#names(): Iterable<string> {
    for (const directive of this.#directives.values()) yield directive.name;
    for (const section of this.#sections.values()) yield `<${section.name}>`;
    for (const row of READING_DIRECTIVES) yield row.container ? `<${row.name}>` : row.name;
    for (const row of SECTIONS) yield `<${row.kind}>`;
  }
}

/** The name of a module's source file in Apache, as `<IfModule>` knows it. */
export function moduleFileName({ name }: DirectiveModule): string {
  return name === 'core' || name === 'mpm_common' ? `${name}.c` : `mod_${name}.c`;
}

function foreign(shown: string, owner: string): string {
  return owner.startsWith('mod_')
    ? `${shown} belongs to ${owner}, which isapi-host does not have; remove it, or enclose it in <IfModule ${owner}.c>`
    : `${shown} belongs to Apache's ${owner === 'core' ? 'core' : 'process model'}, and isapi-host does not have it; remove it`;
}
