/** A word of a line: its text without quotes and escapes, and where it stands. */
export interface Word {
  readonly text: string;
  readonly start: number;
  /** offset of the first character after it */
  readonly end: number;
  /** its closing quote is missing */
  readonly unclosed: boolean;
}

const SPACE = /[ \t\n\v\f\r]/;

/** Whether a character parts words, as C's `isspace`. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && SPACE.test(character);
}

/**
 * The next word at or after an offset, or undefined at the end, as Apache's `ap_getword_conf` reads it: up to a
 * blank, or quoted with `"` or `'`. A backslash escapes a backslash, and within quotes that quote; before any
 * other character it stands for itself, so that `"C:\www"` is what it looks like. What follows a closing quote
 * without a blank is a word of its own; a quote that is never closed reaches to the end.
 */
export function nextWord(text: string, from: number): Word | undefined {
  let start = from;
  while (start < text.length && isSpace(text[start])) start++;
  if (start >= text.length) return undefined;
  const first = text[start];
  const quote = first === '"' || first === "'" ? first : undefined;
  let result = '';
  let at = quote ? start + 1 : start;
  while (at < text.length) {
    const character = text[at];
    if (quote ? character === quote : isSpace(character)) break;
    const next = text[at + 1];
    if (character === '\\' && (next === '\\' || (quote !== undefined && next === quote))) at++;
    result += text.charAt(at);
    at++;
  }
  const closed = quote !== undefined && text[at] === quote;
  return { text: result, start, end: closed ? at + 1 : at, unclosed: quote !== undefined && !closed };
}

/** All words from an offset on. */
export function splitWords(text: string, from = 0): Word[] {
  const words: Word[] = [];
  for (let word = nextWord(text, from); word; word = nextWord(text, word.end)) words.push(word);
  return words;
}

/** Where the character at an offset of a word's text stands in the line that the word was read from. */
export function offsetInLine(line: string, word: Word, offset: number): number {
  const first = line[word.start];
  const quote = first === '"' || first === "'" ? first : undefined;
  let at = quote ? word.start + 1 : word.start;
  for (let left = Math.min(offset, word.text.length); left > 0; left--) {
    const next = line[at + 1];
    if (line[at] === '\\' && (next === '\\' || (quote !== undefined && next === quote))) at++;
    at++;
  }
  return at;
}
