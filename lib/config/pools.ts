import ini from 'ini';
import { nearestName } from './nearest.js';
import type { Place, Problem } from './place.js';
import {
  POOL_SETTINGS,
  type ChoiceRow,
  type NumberRow,
  type PoolSettingRow,
  type PoolSettings,
  type PoolValues,
} from './pool-settings.js';
import { Problems } from './problems.js';
import { readText } from './source-file.js';
import { formatDuration, formatSize, parseDuration, parseInteger, parseSize } from './units.js';

/** The pool of every extension that no ISAPIApplicationPool assigns to another. */
export const DEFAULT_POOL = 'default';

/** Pools in a file; each may have several worker processes. */
const MAX_POOLS = 1000;

export interface PoolsResult {
  /** by name; `default` is always among them */
  readonly pools: ReadonlyMap<string, PoolSettings>;
  /** empty when the file may be used */
  readonly problems: readonly Problem[];
}

/** A section while it is read. */
interface Draft {
  readonly name: string;
  readonly place: Place | undefined;
  readonly values: Map<keyof PoolValues, string | number>;
  readonly env: Map<string, string>;
  readonly places: Map<string, Place>;
}

/** Reads the pools file; without one there is the pool `default` alone. */
export function loadPools(file: string | undefined): PoolsResult {
  if (file === undefined) return parsePools('', '');
  const content = readText(file);
  if ('text' in content) return parsePools(content.text, file);
  const problems = new Problems();
  problems.error(`Could not open pools file ${file}: ${content.reason}`);
  return { ...parsePools('', file), problems: problems.all() };
}

/**
 * Reads the text of a pools file: a section for each pool, `name = value` lines in it, comments with `;` or `#`.
 * What a section leaves out has its built-in default, whatever `[default]` says.
 * @param file its name, for the places of problems
 */
export function parsePools(text: string, file: string): PoolsResult {
  const problems = new Problems();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  problems.addSource(file, lines);
  const drafts = new Map<string, Draft>();
  let current: Draft | undefined;
  for (const [index, line] of lines.entries()) {
    const place = (column: number): Place => ({ file, line: index + 1, column: column + 1 });
    const start = line.search(/\S/);
    if (start < 0 || line[start] === ';' || line[start] === '#') continue;
    const nul = line.indexOf('\0');
    if (nul >= 0) {
      problems.error('the line has a NUL byte; save the file as plain text in UTF-8', place(nul));
    } else if (line[start] === '[') {
      current = openSection(line, start, place, drafts, problems);
      if (drafts.size > MAX_POOLS) {
        problems.error(`there are more than ${MAX_POOLS} pools`, place(start));
        break;
      }
    } else if (current) {
      readSetting(line, start, place, current, problems);
    } else {
      problems.error('a setting must follow the name of a pool, such as [default]', place(start));
    }
  }
  if (!drafts.has(DEFAULT_POOL)) drafts.set(DEFAULT_POOL, newDraft(DEFAULT_POOL, undefined));
  const pools = new Map<string, PoolSettings>();
  for (const draft of drafts.values()) pools.set(draft.name, finish(draft, problems));
  return { pools, problems: problems.all() };
}

type PlaceOf = (column: number) => Place;

function newDraft(name: string, place: Place | undefined): Draft {
  return { name, place, values: new Map(), env: new Map(), places: new Map() };
}

/** `[name]`. A section that cannot be used is still read, so that what is wrong in it is told too. */
function openSection(
  line: string,
  start: number,
  place: PlaceOf,
  drafts: Map<string, Draft>,
  problems: Problems,
): Draft {
  const found = /^\[([^\]]*)\]\s*(?:[;#].*)?$/.exec(line.slice(start));
  const name = (found?.[1] ?? '').trim();
  const draft = newDraft(name, place(start));
  if (!found) {
    problems.error('the name of a pool must stand in brackets, alone on its line: [name]', place(start));
  } else if (!/^[\w.-]{1,64}$/.test(name)) {
    problems.error(
      'the name of a pool has 1 to 64 letters, digits, dots, hyphens or underscores',
      place(start + 1),
    );
  } else if (drafts.has(name)) {
    const first = drafts.get(name)?.place?.line ?? 0;
    problems.error(`the pool [${name}] is already in line ${first}; put its settings together`, place(start));
  } else {
    drafts.set(name, draft);
  }
  return draft;
}

function readSetting(line: string, start: number, place: PlaceOf, draft: Draft, problems: Problems): void {
  const equals = line.indexOf('=', start);
  if (equals < 0) {
    problems.error('a setting is written name = value', place(start));
    return;
  }
  const name = line.slice(start, equals).trim();
  const after = line.slice(equals + 1);
  const column = equals + 1 + (after.length - after.trimStart().length);
  const value = readValue(line.slice(column), place(column), problems);
  if (value === undefined) return;
  const variable = /^env\[(.*)\]$/.exec(name);
  const row = POOL_SETTINGS.find((each) => each.name === name);
  if (!variable && !row) {
    const nearest = nearestName(name, [...POOL_SETTINGS.map((each) => each.name), 'env[NAME]']);
    const hint = nearest === undefined ? 'see conf/pools.ini for all of them' : `did you mean ${nearest}?`;
    problems.error(`unknown setting '${name}', ${hint}`, place(start));
    return;
  }
  const earlier = draft.places.get(name);
  if (earlier) {
    problems.error(`${name} is already set in line ${earlier.line}`, place(start));
    return;
  }
  draft.places.set(name, place(column));
  if (row) readRow(row, value, place(column), draft, problems);
  else readVariable(variable?.[1] ?? '', value, place(start), draft, problems);
}

/**
 * The value behind the `=` as the ini package reads it: blanks around it removed, quotes with their escapes taken
 * off, a comment after it left out.
 */
function readValue(text: string, place: Place, problems: Problems): string | undefined {
  const quote = text.charAt(0);
  let source = text;
  if (quote === '"' || quote === "'") {
    const quoted = quote === '"' ? /^"(?:[^"\\]|\\.)*"/.exec(text) : /^'[^']*'/.exec(text);
    if (!quoted) {
      problems.error('this quote is not closed', place);
      return undefined;
    }
    if (!/^\s*(?:[;#].*)?$/.test(text.slice(quoted[0].length))) {
      problems.error('only a comment may follow the closing quote', place);
      return undefined;
    }
    if (quote === "'") return quoted[0].slice(1, -1);
    source = quoted[0];
  }
  const value = ini.parse(`value=${source}`)['value'] as unknown;
  if (quote === '"' && value === source) {
    problems.error(
      'this is no text in JSON, which "..." must be; write \\\\ for a backslash, or use single quotes',
      place,
    );
    return undefined;
  }
  return String(value);
}

function readVariable(name: string, value: string, place: Place, draft: Draft, problems: Problems): void {
  if (/^[A-Za-z_][\w()]*$/.test(name)) draft.env.set(name, value);
  else
    problems.error(
      'the name of an environment variable has letters, digits and underscores: env[NAME]',
      place,
    );
}

function readRow(row: PoolSettingRow, value: string, place: Place, draft: Draft, problems: Problems): void {
  const result =
    row.type === 'text' ? value : row.type === 'choice' ? choice(row, value) : number(row, value);
  if (typeof result === 'object') problems.error(result.error, place);
  else draft.values.set(row.key, result);
}

interface Failed {
  readonly error: string;
}

function choice(row: ChoiceRow, value: string): string | Failed {
  const wanted = value.toLowerCase();
  if (row.choices.includes(wanted)) return wanted;
  const refused = row.refused && Object.hasOwn(row.refused, wanted) ? row.refused[wanted] : undefined;
  if (refused !== undefined) return { error: `${row.name} = ${wanted} is ${refused}` };
  const nearest = nearestName(value, row.choices);
  const hint = nearest === undefined ? '' : `, did you mean ${nearest}?`;
  return { error: `${row.name} must be ${row.choices.join(', ')}, not '${value}'${hint}` };
}

const NUMBER_TYPES = {
  integer: { parse: parseInteger, format: String, words: 'a whole number' },
  duration: {
    parse: parseDuration,
    format: formatDuration,
    words: 'seconds, or a number with ms, s, m, h or d,',
  },
  size: { parse: parseSize, format: formatSize, words: 'bytes, or a number with K, M or G,' },
};

function number(row: NumberRow, value: string): number | Failed {
  const { parse, format, words } = NUMBER_TYPES[row.type];
  const result = parse(value);
  if (result === 0 && row.zero !== undefined) return 0;
  if (result !== undefined && result >= row.min && result <= row.max) return result;
  const zero = row.zero === undefined ? '' : `, or 0 (${row.zero})`;
  return {
    error: `${row.name} must be ${words} from ${format(row.min)} to ${format(row.max)}${zero}, not '${value}'`,
  };
}

function finish(draft: Draft, problems: Problems): PoolSettings {
  const { name, place, places } = draft;
  const env = Object.fromEntries(draft.env);
  const values = Object.fromEntries(
    POOL_SETTINGS.map((row) => [row.key, draft.values.get(row.key) ?? row.default]),
  );
  // The rows have every key of PoolValues with a value of its type; a test holds them to it.
  const settings: PoolSettings = { ...(values as unknown as PoolValues), name, place, places, env };
  if (settings.threadsMin > settings.threadsMax) {
    problems.error(
      `threads.min (${settings.threadsMin}) is more than threads.max (${settings.threadsMax})`,
      places.get('threads.min') ?? places.get('threads.max'),
    );
  }
  return settings;
}
