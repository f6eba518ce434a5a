import type { Argument } from './directive.js';
import type { Line } from './lines.js';
import type { Place } from './place.js';
import type { Problems } from './problems.js';
import type { DirectiveNode } from './tree.js';
import { isSpace, nextWord, offsetInLine, splitWords } from './words.js';

/** `<Name args>` */
export interface Opening {
  readonly kind: 'opening';
  readonly name: string;
  readonly place: Place;
  readonly args: readonly Argument[];
  readonly raw: Argument;
  readonly unclosedQuote?: Place;
}

/** `</Name>` */
export interface Closing {
  readonly kind: 'closing';
  readonly name: string;
  readonly place: Place;
}

export type Statement = DirectiveNode | Opening | Closing;

/**
 * What a line says. A section that is not written right is reported and still counts as one, so that what follows
 * is read as it was meant. Undefined for a line that says nothing.
 * @param problems undefined where problems do not count, in what is skipped
 */
export function parseStatement(line: Line, problems: Problems | undefined): Statement | undefined {
  const { text } = line;
  let start = 0;
  while (isSpace(text[start])) start++;
  if (start >= text.length) return undefined;
  const place = line.place(start);
  if (text.startsWith('</', start)) return parseClosing(line, start, problems);
  if (text[start] === '<') return parseOpening(line, start, problems);
  const word = nextWord(text, start);
  if (!word) return undefined;
  return { kind: 'directive', name: word.text, place, ...parseArguments(line, word.end, text.length) };
}

function parseOpening(line: Line, start: number, problems: Problems | undefined): Opening {
  const { text } = line;
  const place = line.place(start);
  let end = start + 1;
  while (end < text.length && !isSpace(text[end]) && text[end] !== '>') end++;
  const name = text.slice(start + 1, end);
  const bracket = text.lastIndexOf('>');
  if (bracket < end) {
    problems?.error(`<${name}> directive missing closing '>'`, place);
    return { kind: 'opening', name, place, ...parseArguments(line, end, text.length) };
  }
  const rest = nextWord(text, bracket + 1);
  if (rest) problems?.warning("text after '>' is ignored", line.place(rest.start));
  return { kind: 'opening', name, place, ...parseArguments(line, end, bracket) };
}

function parseClosing(line: Line, start: number, problems: Problems | undefined): Closing {
  const { text } = line;
  const place = line.place(start);
  let end = start + 2;
  while (end < text.length && !isSpace(text[end]) && text[end] !== '>') end++;
  const name = text.slice(start + 2, end);
  if (text[end] !== '>') problems?.error(`</${name}> directive missing closing '>'`, place);
  const rest = text[end] === '>' ? nextWord(text, end + 1) : undefined;
  if (rest) problems?.warning("text after '>' is ignored", line.place(rest.start));
  return { kind: 'closing', name, place };
}

function parseArguments(
  line: Line,
  from: number,
  to: number,
): { args: Argument[]; raw: Argument; unclosedQuote?: Place } {
  let start = from;
  let end = to;
  while (start < end && isSpace(line.text[start])) start++;
  while (end > start && isSpace(line.text[end - 1])) end--;
  const text = line.text.slice(0, end);
  const words = splitWords(text, start);
  const unclosed = words.find((word) => word.unclosed);
  return {
    args: words.map((word) => ({
      text: word.text,
      place: line.place(word.start),
      at: (offset) => line.place(offsetInLine(text, word, offset)),
    })),
    raw: {
      text: text.slice(start),
      place: line.place(start),
      at: (offset) => line.place(start + offset),
    },
    ...(unclosed && { unclosedQuote: line.place(unclosed.start) }),
  };
}
