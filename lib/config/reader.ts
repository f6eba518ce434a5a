import { checkArguments } from './arguments.js';
import type { Argument, Context, DirectiveModule } from './directive.js';
import { findIncluded, MAX_CONFIGURATION_FILES } from './include.js';
import { readLines, type Line } from './lines.js';
import type { ModuleTable } from './module-table.js';
import type { PathRules } from './paths.js';
import type { Place } from './place.js';
import type { Problems } from './problems.js';
import type { Reading, ReadingDirective } from './reading-directives.js';
import { readText } from './source-file.js';
import { parseStatement, type Closing, type Opening } from './statement.js';
import type { DirectiveNode, Node } from './tree.js';
import type { Variables } from './variables.js';

/** Files within files (AP_MAX_INCLUDE_DEPTH of Apache's `http_config.h`). */
const MAX_INCLUDE_DEPTH = 128;

/** A section that is open in the file being read. */
interface Frame {
  readonly name: string;
  readonly place: Place;
  readonly children: Node[];
  /** neither this section nor anything in it counts */
  readonly skip: boolean;
  /** the line that opened it, for a section of the tree; `<IfModule>` and `<IfDefine>` leave only what they hold */
  readonly opening: Opening | undefined;
}

/** A file that an Include directive has had read. */
export interface Inclusion {
  readonly file: string;
  /** where the Include stands */
  readonly at: Place;
  /** how many files are around it */
  readonly depth: number;
}

export interface ReaderOptions {
  readonly table: ModuleTable;
  readonly variables: Variables;
  readonly problems: Problems;
  readonly serverRoot: string;
  readonly paths: PathRules;
  /** what is read is a .htaccess file */
  readonly htaccess?: boolean;
}

/**
 * Reads files into a tree, as Apache's `ap_build_config` does: on the way, variables are expanded and the
 * directives of `reading-directives.ts` have their effect.
 */
export class Reader {
  /** every file read, in order */
  readonly files: string[] = [];
  /** how the files after the first came to be read */
  readonly inclusions: Inclusion[] = [];
  readonly #options: ReaderOptions;
  readonly #loaded = new Set<DirectiveModule>();
  /** the Include directives that led to the file being read */
  readonly #includes: { readonly file: string; readonly at: Place }[] = [];
  /** names of the sections around the line being read, of all files */
  readonly #sections: string[] = [];
  /** a recursion was found: nothing more is included, or there would be no end of problems */
  #stopped = false;
  serverRoot: string;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.serverRoot = options.serverRoot;
  }

  /** Reads a text under a file's name; whatever is wrong with it goes to the problems. */
  read(file: string, text: string): Node[] {
    this.files.push(file);
    return this.readText(file, text);
  }

  /** The same for a text that is no file. */
  readText(file: string, text: string): Node[] {
    const { problems, variables } = this.#options;
    const root: Node[] = [];
    const frames: Frame[] = [];
    for (const line of readLines(file, text, problems)) {
      const frame = frames.at(-1);
      if (frame?.skip) {
        this.#skip(line, frames);
        continue;
      }
      const expanded = variables.expand(line, problems);
      const statement = expanded && parseStatement(expanded, problems);
      if (!statement) continue;
      if (statement.kind === 'opening') this.#open(statement, frames);
      else if (statement.kind === 'closing') this.#close(statement, frames, root);
      else this.#directive(statement, frame?.children ?? root);
    }
    while (frames.length > 0) this.#unclosed(frames, root);
    return root;
  }

  /** Within what is skipped, only sections are looked at, to find its end. */
  #skip(line: Line, frames: Frame[]): void {
    if (!/^[ \t\v\f\r]*</.test(line.text)) return;
    const statement = parseStatement(line, undefined);
    if (statement?.kind === 'closing') this.#close(statement, frames, []);
    else if (statement?.kind === 'opening') {
      const { name, place } = statement;
      frames.push({ name, place, children: [], skip: true, opening: undefined });
    }
  }

  #open(statement: Opening, frames: Frame[]): void {
    const row = this.#options.table.reading(statement.name);
    if (row?.container) {
      const skip = !this.#execute(row, statement, `<${row.name}>`);
      frames.push({ name: statement.name, place: statement.place, children: [], skip, opening: undefined });
      return;
    }
    frames.push({
      name: statement.name,
      place: statement.place,
      children: [],
      skip: false,
      opening: statement,
    });
    this.#sections.push(statement.name);
  }

  #close(statement: Closing, frames: Frame[], root: Node[]): void {
    const { problems } = this.#options;
    const open = frames.at(-1);
    const name = statement.name.toLowerCase();
    if (open?.name.toLowerCase() === name) {
      this.#finish(frames, root);
      return;
    }
    if (!open) {
      problems.error(`</${statement.name}> without matching <${statement.name}> section`, statement.place);
      return;
    }
    problems.error(
      `Expected </${open.name}> but saw </${statement.name}>; <${open.name}> was opened in line ${open.place.line}`,
      statement.place,
    );
    // One closing line was forgotten, or one is too many: going on as if the first were so shows most problems.
    if (!frames.some((frame) => frame.name.toLowerCase() === name)) return;
    while (frames.at(-1)?.name.toLowerCase() !== name) this.#finish(frames, root);
    this.#finish(frames, root);
  }

  #unclosed(frames: Frame[], root: Node[]): void {
    const open = frames.at(-1);
    if (open) {
      const message = `<${open.name}> was not closed; add </${open.name}> after the last line that belongs to it`;
      this.#options.problems.error(message, open.place);
    }
    this.#finish(frames, root);
  }

  #finish(frames: Frame[], root: Node[]): void {
    const frame = frames.pop();
    if (!frame || frame.skip) return;
    const parent = frames.at(-1)?.children ?? root;
    if (!frame.opening) {
      append(parent, frame.children);
      return;
    }
    this.#sections.pop();
    const { name, place, args, raw, unclosedQuote } = frame.opening;
    const children = frame.children;
    parent.push({
      kind: 'section',
      name,
      place,
      args,
      raw,
      children,
      ...(unclosedQuote && { unclosedQuote }),
    });
  }

  #directive(statement: DirectiveNode, into: Node[]): void {
    const row = this.#options.table.reading(statement.name);
    if (!row || row.container) {
      into.push(statement);
      return;
    }
    const included: Node[] = [];
    const done = this.#execute(row, statement, row.name, included);
    append(into, included);
    if (row.stays && done) into.push(statement);
  }

  /** Checks a reading directive as the others are checked later, and runs it. */
  #execute(
    row: ReadingDirective,
    statement: DirectiveNode | Opening,
    shown: string,
    included: Node[] = [],
  ): boolean {
    const { problems, htaccess } = this.#options;
    const section = this.#sections.at(-1);
    const context = htaccess ? '.htaccess' : contextOf(section);
    if (!row.contexts.includes(context)) {
      const where = section === undefined ? 'here' : `in <${section}> context`;
      const message =
        context === 'virtual host'
          ? `${shown} cannot occur within <VirtualHost> section`
          : `${shown} not allowed ${where}`;
      problems.error(message, statement.place);
      return false;
    }
    const wrong = checkArguments({ ...row, name: shown }, statement.args);
    if (wrong) {
      problems.error(wrong.message, wrong.at?.place ?? statement.place);
      return false;
    }
    if (statement.unclosedQuote) problems.warning('this quote is not closed', statement.unclosedQuote);
    return row.read(this.#reading(statement, included), ...statement.args);
  }

  #reading(statement: DirectiveNode | Opening, included: Node[]): Reading {
    const { problems, table, variables, paths } = this.#options;
    const place = (at: Argument | undefined): Place => at?.place ?? statement.place;
    return {
      variables,
      setServerRoot: (folder) => {
        this.serverRoot = folder;
      },
      module: (name) => table.module(name),
      moduleNames: () => table.moduleNames(),
      loadTwice: (module) => {
        const twice = this.#loaded.has(module);
        this.#loaded.add(module);
        return twice;
      },
      knows: (name, kind) => table.has(name, kind),
      resolvePath: (path) => paths.resolve(this.serverRoot, path),
      include: (pattern, optional) => {
        this.#include(pattern, optional, included);
      },
      error: (message, at) => {
        problems.error(message, place(at));
      },
      warning: (message, at) => {
        problems.warning(message, place(at));
      },
    };
  }

  #include(pattern: Argument, optional: boolean, into: Node[]): void {
    const { problems, paths } = this.#options;
    const { place } = pattern;
    if (this.#stopped) return;
    const found = findIncluded(paths.resolve(this.serverRoot, pattern.text), optional);
    if ('error' in found) {
      problems.error(found.error, place);
      return;
    }
    for (const file of found.files) if (!this.#includeFile(file, place, into)) return;
  }

  /** False when nothing more is to be included. */
  #includeFile(file: string, place: Place, into: Node[]): boolean {
    if (this.#stopped) return false;
    const { problems } = this.#options;
    const excess = this.#excess(file);
    if (excess !== undefined) {
      this.#stopped = true;
      problems.error(excess, place);
      return false;
    }
    const content = readText(file);
    if ('reason' in content) {
      problems.error(`Could not open configuration file ${file}: ${content.reason}`, place);
      return true;
    }
    this.#includes.push({ file, at: place });
    this.inclusions.push({ file, at: place, depth: this.#includes.length });
    append(into, this.read(file, content.text));
    this.#includes.pop();
    return true;
  }

  /** Why a file cannot be included any more. */
  #excess(file: string): string | undefined {
    if (this.#includes.length >= MAX_INCLUDE_DEPTH) {
      return `Exceeded maximum include depth of ${MAX_INCLUDE_DEPTH}, There appears to be a recursion: ${this.#cycle(file)}`;
    }
    return this.files.length >= MAX_CONFIGURATION_FILES
      ? `more than ${MAX_CONFIGURATION_FILES} files are included; check for files that include each other`
      : undefined;
  }

  /** The files that include each other, as `a.conf:3 includes b.conf, b.conf:1 includes a.conf`. */
  #cycle(file: string): string {
    const last = this.#includes.findLastIndex((include) => include.file === file);
    const around = last < 0 ? this.#includes.slice(-3) : this.#includes.slice(last + 1);
    const steps = around.map(({ file: included, at }) => `${at.file}:${at.line} includes ${included}`);
    const from = this.#includes.at(-1)?.file ?? file;
    return [...steps, `${from} includes ${file}`].join(', ');
  }
}

/** What a section makes of the place within it. */
function contextOf(section: string | undefined): Context {
  if (section === undefined) return 'server';
  return section.toLowerCase() === 'virtualhost' ? 'virtual host' : 'directory';
}

/** A spread would put every node on the stack, and files may be long. */
function append(into: Node[], nodes: readonly Node[]): void {
  for (const node of nodes) into.push(node);
}
