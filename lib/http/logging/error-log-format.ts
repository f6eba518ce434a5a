import { LOG_LEVELS } from '../../messages.js';
import { ERROR_ITEMS, type ErrorItem } from './error-items.js';
import { escapeBytes, escapeControls, type ErrorRecord } from './error-record.js';
import { errorTime } from './error-time.js';

/** Makes a line of the error log, without a line end; "" when there is none to be written. */
export type ErrorLine = (record: ErrorRecord) => string;

/** A part of a format. A field ends where the next part that begins one does. */
interface Part {
  readonly item: ErrorItem | 'message';
  beginsField: boolean;
  /** without it there is no line */
  required: boolean;
  hyphen: boolean;
  /** the level that a message has at least, as a position in LOG_LEVELS; 0 for any */
  level: number;
}

/** Which lines a format is for: those of messages, or those that tell of a connection or a request once. */
export type ErrorFormatKind = 'message' | 'once';

/** Compiles an ErrorLogFormat. Text that is returned says what is wrong with it, in Apache's words. */
export function compileErrorFormat(format: string, kind: ErrorFormatKind): ErrorLine | string {
  const parts: Part[] = [];
  let at = 0;
  while (at < format.length) {
    const found = format[at] === '%' ? directiveAt(format, at) : textAt(format, at);
    if (typeof found === 'string') return found;
    const wrong = misplaced(found.part, kind);
    if (wrong !== undefined) return wrong;
    parts.push(found.part);
    at = found.end;
  }
  if (kind === 'message' && !parts.some(({ item }) => item === 'message')) {
    return "main ErrorLogFormat must contain message format string '%M'";
  }
  return (record) => lineOf(parts, record);
}

interface Found {
  readonly part: Part;
  readonly end: number;
}

function newPart(item: Part['item'], beginsField = false): Part {
  return { item, beginsField, required: false, hyphen: false, level: 0 };
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t' };

/** Text up to the next item or the next blank, which begins another field unless it has a backslash before it. */
function textAt(format: string, start: number): Found {
  let text = '';
  let at = start;
  let blanksOnly = true;
  for (; at < format.length; at++) {
    let character = format[at] ?? '';
    if (character === '%' || (character === ' ' && !blanksOnly)) break;
    if (character === '\\') {
      character = format[++at] ?? '\\';
      character = ESCAPES[character] ?? character;
    } else if (character !== ' ') {
      blanksOnly = false;
    }
    text += character;
  }
  return { part: newPart(() => text, format[start] === ' '), end: at };
}

function directiveAt(format: string, start: number): Found | string {
  let at = start + 1;
  // A percent sign with a blank behind it begins a field and leaves nothing in the line.
  if (format[at] === ' ') {
    const next = format[at + 1] === '%' ? directiveAt(format, at + 1) : textAt(format, at + 1);
    if (typeof next !== 'string') next.part.beginsField = true;
    return next;
  }
  if (format[at] === '%') return { part: newPart(() => '%'), end: at + 1 };
  const part = newPart('message');
  let argument = '';
  while (at < format.length) {
    const character = format[at] ?? '';
    if (character === '{') {
      const close = format.indexOf('}', at);
      const end = close < 0 ? format.length : close;
      argument = format.slice(at + 1, end);
      at = end + 1;
    } else if (character === '+' || character === '-') {
      if (character === '+') part.required = true;
      else part.hyphen = true;
      at++;
    } else if (/\d/.test(character)) {
      const digits = /^\d+/.exec(format.slice(at))?.[0] ?? '';
      part.level = Number(digits);
      at += digits.length;
    } else if (character === 'M') {
      return { part, end: at + 1 };
    } else {
      const row = Object.hasOwn(ERROR_ITEMS, character) ? ERROR_ITEMS[character] : undefined;
      if (row === undefined) return `Unrecognized error log format directive %${character}`;
      const item = row(argument);
      return typeof item === 'string' ? item : { part: { ...part, item }, end: at + 1 };
    }
  }
  return 'Ran off end of error log format parsing args to some directive';
}

function misplaced(part: Part, kind: ErrorFormatKind): string | undefined {
  if (kind === 'once' && part.item === 'message') {
    return '%M cannot be used in once-per-request or once-per-connection formats';
  }
  if (kind === 'message' && part.required) {
    return "The '+' flag cannot be used in the main error log format";
  }
  if (kind === 'once' && part.level > 0) {
    return 'The loglevel cannot be used as a condition in once-per-request or once-per-connection formats';
  }
  return part.level >= LOG_LEVELS.length ? 'The specified loglevel modifier is out of range' : undefined;
}

/** A part that has nothing to say takes the whole field with it, unless a hyphen was asked for. */
function lineOf(parts: readonly Part[], record: ErrorRecord): string {
  let line = '';
  let fieldStart = 0;
  let skipping = false;
  for (const { item, beginsField, required, hyphen, level } of parts) {
    if (beginsField) {
      if (skipping) skipping = false;
      else fieldStart = line.length;
    }
    if (item === 'message') {
      line += messageText(record);
      continue;
    }
    if (skipping) continue;
    const tooMild = record.message !== undefined && level > record.message.severity;
    const text = tooMild ? '' : item(record);
    if (text !== '') {
      line += text;
    } else if (!tooMild && required) {
      return '';
    } else if (!tooMild && hyphen) {
      line += '-';
    } else {
      line = line.slice(0, fieldStart);
      skipping = true;
    }
  }
  return line;
}

/** The number and the text of a message. */
export function messageText({ message }: ErrorRecord): string {
  return message === undefined ? '' : `${message.number}: ${escapeControls(message.text)}`;
}

/** The default: Apache's, with the pool and the request where a message has them. */
export function defaultErrorLine(record: ErrorRecord, withTime: boolean): string {
  const { message, context, request } = record;
  let line = withTime ? `[${errorTime(record.time, 'u')}] ` : '';
  line += `[${message?.module ?? ''}:${message?.level ?? ''}] [pid ${context.pid ?? process.pid}]`;
  if (context.client !== undefined) line += ` [client ${escapeControls(context.client)}]`;
  if (context.pool !== undefined) line += ` [pool ${escapeControls(context.pool)}]`;
  if (context.request !== undefined) line += ` [request ${context.request}]`;
  line += ` ${messageText(record)}`;
  const referer = request?.header('referer');
  return referer === undefined || referer === '' ? line : `${line}, referer: ${escapeBytes(referer)}`;
}
