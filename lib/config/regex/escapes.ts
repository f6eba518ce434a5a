import { PatternError } from './pattern-error.js';

/** A byte that an escape stands for, and the place after it. */
export interface ByteEscape {
  readonly byte: number;
  readonly end: number;
}

const CONTROLS: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };

/** Escapes that PCRE has and JavaScript cannot do, with what they are. */
const REFUSED: Readonly<Record<string, string>> = {
  p: 'Unicode properties',
  P: 'Unicode properties',
  X: 'Unicode graphemes',
  K: 'the start of a match that is moved',
  C: 'single code units',
};

/**
 * Reads an escape that stands for one byte.
 * @param at that of the backslash
 * @param isInClass digits are no reference to a group there
 * @throws PatternError for an escape that stands for none
 */
export function readByteEscape(source: string, at: number, isInClass: boolean): ByteEscape {
  const letter = source.charAt(at + 1);
  if (letter === '') throw new PatternError('\\ at end of pattern', at);
  if (!/[A-Za-z0-9]/.test(letter)) return { byte: letter.charCodeAt(0), end: at + 2 };
  const control = Object.hasOwn(CONTROLS, letter) ? CONTROLS[letter] : undefined;
  if (control !== undefined) return { byte: control, end: at + 2 };
  const rest = source.slice(at + 1, at + 20);
  if (letter === 'c') return controlByte(source, at);
  if (letter === 'x') {
    const braced = /^x\{([0-9A-Fa-f]*)\}/.exec(rest);
    if (braced) return byteOf(braced[1] ?? '', 16, at, at + 1 + braced[0].length);
    const plain = /^x([0-9A-Fa-f]{0,2})/.exec(rest)?.[1] ?? '';
    return { byte: parseInt(plain || '0', 16), end: at + 2 + plain.length };
  }
  if (letter === 'o') {
    const braced = /^o\{([0-7]*)\}/.exec(rest);
    if (!braced) throw new PatternError('missing opening brace or octal digits after \\o', at);
    return byteOf(braced[1] ?? '', 8, at, at + 1 + braced[0].length);
  }
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined && (isInClass || letter === '0' || octal.length > 1)) {
    return byteOf(octal, 8, at, at + 1 + octal.length);
  }
  const refused = Object.hasOwn(REFUSED, letter) ? REFUSED[letter] : undefined;
  if (refused !== undefined) throw new PatternError(`\\${letter} is not supported (${refused})`, at);
  if (isInClass && /[BNRX]/.test(letter))
    throw new PatternError(`\\${letter} is not supported in a class`, at);
  throw new PatternError(`unrecognized character follows \\`, at);
}

function controlByte(source: string, at: number): ByteEscape {
  const code = source.charCodeAt(at + 2);
  if (Number.isNaN(code)) throw new PatternError('\\c at end of pattern', at);
  if (code < 0x20 || code > 0x7e) {
    throw new PatternError('\\c must be followed by a printable ASCII character', at);
  }
  const upper = code >= 0x61 && code <= 0x7a ? code - 0x20 : code;
  return { byte: upper ^ 0x40, end: at + 3 };
}

function byteOf(digits: string, base: 8 | 16, at: number, end: number): ByteEscape {
  if (digits === '') throw new PatternError('digits missing in \\x{} or \\o{}', at);
  const byte = parseInt(digits, base);
  if (byte > 0xff) {
    throw new PatternError('character code point value in \\x{} or \\o{} is too large; names are bytes', at);
  }
  return { byte, end };
}
