import { parseDuration } from '../config/units.js';
import { nearestName } from '../config/nearest.js';
import { HostError } from '../errors.js';
import { isRefusalKind, REFUSALS } from '../isapi/refusals.js';
import { supportFunction } from '../isapi/support-functions.js';
import type { JournalEntry } from '../modules/journal/entry.js';
import type { Arguments, Option } from './command.js';
import { count } from './text-table.js';

/** The options that choose of what a journal has. */
export const FILTER_OPTIONS: readonly Option[] = [
  {
    name: 'extension',
    value: 'NAME',
    multiple: true,
    help: 'only this extension: its file, or the end of its path, with or without .dll',
  },
  {
    name: 'kind',
    value: 'KIND',
    multiple: true,
    help: `only this kind: ${Object.keys(REFUSALS).join(', ')}`,
  },
  {
    name: 'function',
    value: 'NAME',
    multiple: true,
    help: 'only this function, by number or name (1014, HSE_REQ_ABORTIVE_CLOSE), or this variable or header',
  },
  { name: 'since', value: 'TIME', help: 'only what was seen since: a date, or a duration such as 2h or 7d' },
  { name: 'url', value: 'TEXT', help: 'only requests with this in method and URL' },
];

type Accepts = (entry: JournalEntry) => boolean;

/** Names of an extension or of a function in a message, at most. */
const MAX_NAMES = 8;

/** What a command line wants to see of a journal. */
export class CallsFilter {
  readonly #conditions: readonly Accepts[];
  /** the options as they were given, each with its value */
  readonly #given: readonly string[];
  readonly #extensions: readonly string[];
  readonly #functions: readonly string[];

  /** Throws HostError USAGE. */
  constructor({ values }: Arguments, now: number) {
    const list = (name: string): readonly string[] => values.get(name) ?? [];
    this.#given = FILTER_OPTIONS.flatMap(({ name }) => list(name).map((value) => `--${name} ${value}`));
    this.#extensions = list('extension');
    this.#functions = list('function');
    const conditions: Accepts[] = [];
    const kinds = new Set(list('kind'));
    for (const kind of kinds) if (!isRefusalKind(kind)) throw noSuchKind(kind);
    if (kinds.size > 0) conditions.push(({ kind }) => kinds.has(kind));
    if (this.#extensions.length > 0)
      conditions.push(({ extension }) => this.#extensions.some((each) => isExtension(extension, each)));
    if (this.#functions.length > 0)
      conditions.push((entry) => this.#functions.some((each) => isFunction(entry, each)));
    const since = values.get('since')?.[0];
    if (since !== undefined) {
      const time = timeOf(since, now);
      conditions.push(({ last }) => last >= time);
    }
    const url = values.get('url')?.[0];
    if (url !== undefined) conditions.push((entry) => entry.url?.includes(url) === true);
    this.#conditions = conditions;
  }

  /** the options as they were given; "" for none */
  get text(): string {
    return this.#given.join(' ');
  }

  accepts(entry: JournalEntry): boolean {
    return this.#conditions.every((condition) => condition(entry));
  }

  /** The extensions and functions that were asked for and of which a journal has nothing, each as a sentence. */
  unknownIn(entries: readonly JournalEntry[]): string[] {
    const extensions = [...new Set(entries.map(({ extension }) => extension))];
    const unknownExtensions = this.#extensions
      .filter((each) => !extensions.some((extension) => isExtension(extension, each)))
      .map((each) => {
        const names = extensions.map((extension) => baseName(extension));
        return `It has nothing of an extension ${each}${hint(baseName(each), names)}`;
      });
    const unknownFunctions = this.#functions
      .filter((each) => !entries.some((entry) => isFunction(entry, each)))
      .map((each) => {
        const names = entries.flatMap(({ code, name }) => functionNames(code, name));
        return `It has nothing of a function, variable or header ${each}${hint(each, names)}`;
      });
    return [...unknownExtensions, ...unknownFunctions];
  }
}

/** What a journal has, in a few words: its calls, and of which extensions. */
export function contentsOf(entries: readonly JournalEntry[]): string {
  const counts = new Map<string, number>();
  for (const { extension, count: calls } of entries)
    counts.set(extension, (counts.get(extension) ?? 0) + calls);
  const names = [...counts].sort(([, a], [, b]) => b - a).map(([extension]) => baseName(extension));
  const total = [...counts.values()].reduce((sum, calls) => sum + calls, 0);
  return `${count(total, 'call')} of ${count(counts.size, 'extension')}: ${listed(names)}`;
}

/** Whether a file is meant: by its path, or by the end of it, which may lack what follows the last dot. */
export function isExtension(file: string, given: string): boolean {
  const end = `/${given.replace(/^\.?\//, '')}`;
  return file === given || file.endsWith(end) || file.replace(/\.[^./]*$/, '').endsWith(end);
}

/** A name that was perhaps meant; else those that there are. */
function hint(given: string, names: readonly string[]): string {
  const nearest = nearestName(given, names);
  if (nearest !== undefined) return `; perhaps ${nearest} is meant.`;
  const known = [...new Set(names)];
  return known.length === 0 ? '.' : `; there are ${listed(known)}.`;
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? `, and ${String(more)} more` : ''}`;
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/** What `--function` finds an entry by. */
function functionNames(code: number | undefined, name: string | undefined): string[] {
  if (code === undefined) return name === undefined ? [] : [/^\w+/.exec(name)?.[0] ?? name];
  return [supportFunction(code)?.name ?? String(code)];
}

function isFunction({ code, name }: JournalEntry, given: string): boolean {
  const wanted = given.toUpperCase();
  if (code !== undefined && (String(code) === wanted || supportFunction(code)?.name === wanted)) return true;
  const upper = name?.toUpperCase() ?? '';
  return upper === wanted || upper.startsWith(`${wanted}:`) || upper.startsWith(`${wanted} `);
}

function noSuchKind(kind: string): HostError {
  const kinds = Object.keys(REFUSALS);
  const nearest = nearestName(kind, kinds);
  const perhaps = nearest === undefined ? '' : `; perhaps ${nearest} is meant`;
  return new HostError('USAGE', `there is no kind ${kind}${perhaps}; there are ${kinds.join(', ')}`);
}

function timeOf(text: string, now: number): number {
  const duration = /[a-z]$/.test(text) ? parseDuration(text) : undefined;
  const time = duration === undefined ? Date.parse(text) : now - duration;
  if (!Number.isNaN(time)) return time;
  throw new HostError(
    'USAGE',
    `--since takes a date such as 2026-01-31, or a duration such as 2h or 7d; not ${text}`,
  );
}
