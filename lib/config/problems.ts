import type { Place, Problem } from './place.js';

/** So many problems are kept; a configuration that has more is not a configuration. */
const MAX_PROBLEMS = 500;

/** Collects what is wrong with a configuration, with the line of the file that each problem stands on. */
export class Problems {
  readonly #list: Problem[] = [];
  readonly #sources = new Map<string, readonly string[]>();
  #dropped = 0;

  /** Makes the lines of a file known, so that problems in it can show theirs. */
  addSource(file: string, lines: readonly string[]): void {
    this.#sources.set(file, lines);
  }

  error(message: string, place?: Place): void {
    this.#add('error', message, place);
  }

  warning(message: string, place?: Place): void {
    this.#add('warning', message, place);
  }

  get hasErrors(): boolean {
    return this.errorCount > 0;
  }

  /** How many errors there are so far. */
  get errorCount(): number {
    return this.#list.filter((problem) => problem.severity === 'error').length + this.#dropped;
  }

  get warnings(): readonly Problem[] {
    return this.all().filter((problem) => problem.severity === 'warning');
  }

  get errors(): readonly Problem[] {
    return this.all().filter((problem) => problem.severity === 'error');
  }

  /** Every problem, in the order in which the files were read and of the lines in them. */
  all(): readonly Problem[] {
    const order = new Map([...this.#sources.keys()].map((file, index) => [file, index]));
    const sorted = this.#list.toSorted((a, b) => {
      const files = rank(order, a) - rank(order, b);
      return (
        files ||
        (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
        (a.place?.column ?? 0) - (b.place?.column ?? 0)
      );
    });
    if (this.#dropped > 0) {
      sorted.push({ severity: 'error', message: `${this.#dropped} more problems are not shown` });
    }
    return sorted;
  }

  #add(severity: Problem['severity'], message: string, place: Place | undefined): void {
    if (this.#list.length >= MAX_PROBLEMS) {
      // A dropped warning must not turn into an error.
      if (severity === 'error' || this.#dropped > 0) this.#dropped++;
      return;
    }
    const source = place && this.#sources.get(place.file)?.[place.line - 1];
    this.#list.push({
      severity,
      message,
      ...(place && { place }),
      ...(source !== undefined && { source }),
    });
  }
}

function rank(order: ReadonlyMap<string, number>, problem: Problem): number {
  return (problem.place && order.get(problem.place.file)) ?? -1;
}

/**
 * A problem as text for people: `file:line:column: error: message`, then the line of the file as it stands and a
 * caret under the column. Tabs before the caret are kept, other control characters of the line are shown as `?`.
 */
export function formatProblem(problem: Problem): string {
  const { place, severity, message, source } = problem;
  const text = `${severity}: ${printable(message)}`;
  if (!place) return text;
  const head = `${place.file}:${place.line}:${place.column}: ${text}`;
  if (source === undefined) return head;
  const before = Array.from(printable(source).slice(0, place.column - 1));
  const indent = before.map((character) => (character === '\t' ? '\t' : ' ')).join('');
  return `${head}\n${printable(source)}\n${indent}^`;
}

function printable(text: string): string {
  // eslint's no-control-regex would have control characters written otherwise; a class by property needs none.
  return text.replace(/[^\P{Cc}\t]/gu, '?');
}
