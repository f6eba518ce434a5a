import type { LogEntry } from './entry.js';
import { ITEMS, type Item } from './items.js';

/** A format of an access log. */
export interface LogFormat {
  /** it shows the traffic of the connection, which then is noted for each request */
  readonly usesTraffic: boolean;
  /** Makes the line for a request, without a line end. */
  line(entry: LogEntry): string;
}

/** A part of a format: text, or an item that is left out for some statuses. */
type Part =
  string | { readonly item: Item; readonly original: boolean; readonly statuses: Statuses | undefined };

interface Statuses {
  readonly listed: ReadonlySet<number>;
  /** the item is for those that are not listed */
  readonly negated: boolean;
}

/** Statuses, whose value, and the argument: in any order, as Apache takes them. */
const MODIFIER = /[!<>,]|\{([^}]*)\}?|\d+/y;

/** Compiles a log format. Text that is returned says what is wrong with it, in Apache's words. */
export function compileFormat(format: string): LogFormat | string {
  const parts: Part[] = [];
  let usesTraffic = false;
  let at = 0;
  while (at < format.length) {
    const next = format.indexOf('%', at);
    if (next !== at) {
      const end = next < 0 ? format.length : next;
      parts.push(unescape(format.slice(at, end)));
      at = end;
    } else if (format[at + 1] === '%') {
      parts.push('%');
      at += 2;
    } else {
      const found = directiveAt(format, at + 1);
      if (typeof found === 'string') return found;
      parts.push(found.part);
      usesTraffic ||= found.usesTraffic;
      at = found.end;
    }
  }
  return { usesTraffic, line: (entry) => lineOf(parts, entry) };
}

interface Found {
  readonly part: Part;
  readonly usesTraffic: boolean;
  readonly end: number;
}

function directiveAt(format: string, start: number): Found | string {
  let at = start;
  let argument = '';
  let negated = false;
  let original: boolean | undefined;
  const listed = new Set<number>();
  for (;;) {
    MODIFIER.lastIndex = at;
    const [text, braces] = MODIFIER.exec(format) ?? [];
    if (text === undefined) break;
    at += text.length;
    if (text === '!') negated = !negated;
    else if (text === '<' || text === '>') original = text === '<';
    else if (braces !== undefined) argument = braces;
    else if (text !== ',') listed.add(Number(text));
  }
  if (at >= format.length) return 'Ran off end of LogFormat parsing args to some directive';
  const long = format.slice(at, at + 3);
  const name = Object.hasOwn(ITEMS, long) ? long : (format[at] ?? '');
  const row = Object.hasOwn(ITEMS, name) ? ITEMS[name] : undefined;
  if (row === undefined) return `Unrecognized LogFormat directive %${name}`;
  const statuses = listed.size === 0 ? undefined : { listed, negated };
  return {
    part: { item: row.make(argument), original: original ?? row.original === true, statuses },
    usesTraffic: row.traffic === true,
    end: at + name.length,
  };
}

function lineOf(parts: readonly Part[], entry: LogEntry): string {
  const status = entry.request.output.status;
  const final = entry.state(false);
  const first = entry.request.redirected === undefined ? final : entry.state(true);
  let line = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      line += part;
    } else if (part.statuses !== undefined && part.statuses.listed.has(status) === part.statuses.negated) {
      line += '-';
    } else {
      line += String(part.item(entry, part.original ? first : final) ?? '-');
    }
  }
  return line;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', r: '\r', n: '\n', t: '\t' };

/** In the text of a format `\n`, `\r` and `\t` stand for those characters; other backslashes stay. */
function unescape(text: string): string {
  return text.replace(/\\([\\rnt])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}
