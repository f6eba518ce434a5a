import { toByteString } from './bytes.js';

/**
 * Letters after a backslash that mean the same in PCRE and in JavaScript. One that is in neither table means
 * something in PCRE that JavaScript would silently take for the letter itself.
 */
const SAME_ESCAPES = new Set('dDwWSbBnrtfvxck0123456789');
const TRANSLATED_ESCAPES: Readonly<Record<string, string>> = {
  A: '^',
  Z: '$',
  z: '$',
  a: '\\x07',
  e: '\\x1b',
};
/** The same where a class is open or not: JavaScript's `\s` would match bytes over 0x7f. */
const SETS: Readonly<Record<string, string>> = { s: ' \\t\\n\\v\\f\\r', h: ' \\t' };

/** The classes that PCRE takes from POSIX, as they are in the C locale. */
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: ' \\t\\n\\v\\f\\r',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

/** A regular expression that cannot be used; its message says why, for the place of the expression. */
export class RegexError extends Error {}

/**
 * A regular expression of the configuration, in PCRE's syntax, for byte strings. It is not anchored. `(?i)`, `(?s)`
 * and `(?m)` at the beginning become flags; forms that JavaScript writes otherwise are translated.
 * @throws RegexError for what does not compile or what JavaScript cannot express
 */
export function compileRegex(pattern: string): RegExp {
  let flags = '';
  let source = toByteString(pattern);
  for (let found = /^\(\?([ims]+)\)/.exec(source); found; found = /^\(\?([ims]+)\)/.exec(source)) {
    flags += found[1] ?? '';
    source = source.slice(found[0].length);
  }
  try {
    return new RegExp(translate(source), [...new Set(flags)].join(''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RegexError(
      `Regex could not be compiled: ${reason.replace(/^Invalid regular expression: .*: /s, '')}`,
      { cause: error },
    );
  }
}

function translate(source: string): string {
  let result = '';
  let inClass = false;
  let at = 0;
  while (at < source.length) {
    const character = source.charAt(at);
    if (character === '\\') {
      const [text, length] = translateEscape(source, at, inClass);
      result += text;
      at += length;
    } else if (inClass && character === '[') {
      const [text, length] = translatePosix(source, at);
      result += text;
      at += length;
    } else if (!inClass && character === '[') {
      // A `]` that comes first is a member of the class in PCRE, and its end in JavaScript.
      const opening = /^\[\^?\]?/.exec(source.slice(at, at + 3))?.[0] ?? '[';
      result += opening.replace(']', '\\]');
      inClass = true;
      at += opening.length;
    } else if (!inClass && source.startsWith('(?P<', at)) {
      result += '(?<';
      at += 4;
    } else {
      if (inClass && character === ']') inClass = false;
      result += character;
      at++;
    }
  }
  return result;
}

function translateEscape(source: string, at: number, inClass: boolean): [text: string, length: number] {
  const letter = source.charAt(at + 1);
  if (!/[A-Za-z0-9]/.test(letter)) return [source.slice(at, at + 2), 2];
  const set = SETS[letter];
  if (set !== undefined) return [inClass ? set : `[${set}]`, 2];
  const long = /^\\x\{([0-9A-Fa-f]{1,2})\}/.exec(source.slice(at, at + 6));
  if (long) return [`\\x${(long[1] ?? '').padStart(2, '0')}`, long[0].length];
  const translated = TRANSLATED_ESCAPES[letter];
  if (translated !== undefined && !(inClass && /[AZz]/.test(letter))) return [translated, 2];
  if (!SAME_ESCAPES.has(letter) || source.startsWith('\\x{', at)) {
    throw new Error(`\\${letter} is not supported; write it another way`);
  }
  return [source.slice(at, at + 2), 2];
}

function translatePosix(source: string, at: number): [text: string, length: number] {
  const found = /^\[:(\^?)([a-z]+):\]/.exec(source.slice(at, at + 12));
  if (!found) return ['\\[', 1];
  const members = POSIX_CLASSES[found[2] ?? ''];
  if (members === undefined || found[1] !== '')
    throw new Error(`${found[0]} is not supported; list its members`);
  return [members, found[0].length];
}
