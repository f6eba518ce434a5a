import type { HttpRequest } from '../../http/request.js';
import { FOREIGN_ITEMS, ITEMS, type Item } from './items.js';

/** Makes the line of a log for a request, without a line end. */
export type LineFormat = (request: HttpRequest) => string;

/** `%`, statuses that the item is for, whose value (first or last of internal redirects), argument, letter. */
const DIRECTIVE = /%(!?)((?:\d{3},)*\d{3})?([<>]?)(?:\{([^}]*)\})?([<>]?)(\^?[A-Za-z]{1,2}|%|.|$)/gs;

/** Compiles a log format. Text that is returned says what is wrong with it. */
export function compileFormat(format: string): LineFormat | string {
  const parts: (string | Item)[] = [];
  let from = 0;
  for (const match of format.matchAll(DIRECTIVE)) {
    parts.push(unescape(format.slice(from, match.index)));
    const [whole, negated, statuses, , argument, , letters = ''] = match;
    // Only names after a caret have two letters.
    const letter = letters.startsWith('^') ? letters : letters.slice(0, 1);
    from = match.index + whole.length - (letters.length - letter.length);
    if (letter === '%') {
      parts.push('%');
      continue;
    }
    const item = itemOf(letter, argument ?? '');
    if (typeof item === 'string') return `%${argument === undefined ? '' : `{${argument}}`}${letter} ${item}`;
    parts.push(statuses === undefined ? item : forStatuses(item, statuses, negated === '!'));
  }
  parts.push(unescape(format.slice(from)));
  return (request) => {
    let line = '';
    for (const part of parts) line += typeof part === 'string' ? part : textOf(part(request));
    return line;
  };
}

function itemOf(letter: string, argument: string): Item | string {
  const owner = FOREIGN_ITEMS[letter];
  if (owner !== undefined) return `belongs to ${owner}, which isapi-host does not have`;
  const row = ITEMS[letter];
  return row === undefined
    ? `is no item of a log format (${Object.keys(ITEMS).join(' ')} are)`
    : row(argument);
}

function forStatuses(item: Item, statuses: string, negated: boolean): Item {
  const wanted = new Set(statuses.split(',').map(Number));
  return (request) => (wanted.has(request.output.status) === negated ? undefined : item(request));
}

/** In the text of a format, `\n` and `\t` stand for those characters. */
function unescape(text: string): string {
  return text.replace(/\\([nt"\\])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' };

function textOf(value: string | number | undefined): string {
  if (typeof value === 'number') return String(value);
  return value === undefined ? '-' : escapeItem(value);
}

/**
 * A value as Apache writes it: quotes and backslashes escaped, bytes that are not printable ASCII as \xhh, so that
 * a client can end neither a field nor a line.
 */
export function escapeItem(text: string): string {
  let escaped = '';
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c) continue;
    escaped += text.slice(from, index) + (NAMED[code] ?? `\\x${code.toString(16).padStart(2, '0')}`);
    from = index + 1;
  }
  return from === 0 ? text : escaped + text.slice(from);
}

const NAMED: Readonly<Record<number, string>> = {
  0x08: '\\b',
  0x09: '\\t',
  0x0a: '\\n',
  0x0b: '\\v',
  0x0d: '\\r',
  0x22: '\\"',
  0x5c: '\\\\',
};
