import { byteSource, ByteClass, ESCAPED_CLASSES } from './byte-class.js';
import { readClass } from './class-reader.js';
import { readByteEscape } from './escapes.js';
import { readOptions, type PatternFlags } from './options.js';
import { assemble, countGroups, type Part, type Translation } from './parts.js';
import { PatternError } from './pattern-error.js';

/** Parentheses within each other, as in PCRE. */
const MAX_DEPTH = 250;

/** The largest number that a quantifier may have, as in PCRE. */
const MAX_REPEAT = 65_535;

interface Frame {
  readonly flags: PatternFlags;
  /** where its opening is among the parts */
  readonly start: number;
  readonly close: readonly Part[];
  readonly at: number;
}

/**
 * Translates a pattern of PCRE, a byte string, for JavaScript. Letter case, ends of lines and blanks are written out,
 * because JavaScript knows flags for the whole pattern alone; atomic groups become a look ahead and a reference.
 * @throws PatternError for what is wrong, or what JavaScript cannot do
 */
export function translate(source: string, flags: PatternFlags): Translation {
  return new Translator(source, flags).run();
}

class Translator {
  readonly #source: string;
  readonly #parts: Part[] = [];
  readonly #frames: Frame[] = [];
  readonly #names = new Map<string, number>();
  #flags: PatternFlags;
  #at = 0;
  #groups = 0;
  #hidden = 0;
  /** where what a quantifier would repeat begins among the parts */
  #atom: number | undefined = undefined;
  #hasFolded = false;
  #hasUnfolded = false;
  #foldsReferences = false;

  constructor(source: string, flags: PatternFlags) {
    this.#source = source;
    this.#flags = flags;
  }

  run(): Translation {
    while (this.#at < this.#source.length) this.#step();
    const open = this.#frames.at(-1);
    if (open) throw new PatternError('missing closing parenthesis', open.at);
    if (this.#foldsReferences && this.#hasUnfolded) {
      throw new PatternError(
        'a reference to a group without regard to letter case, where case counts elsewhere, is not supported',
        0,
      );
    }
    const groups = { count: this.#groups, names: this.#names };
    return {
      ...assemble(this.#parts, groups),
      foldsReferences: this.#foldsReferences && this.#hasFolded,
      groupCount: this.#groups,
      names: this.#names,
    };
  }

  #step(): void {
    const character = this.#source.charAt(this.#at);
    const at = this.#at;
    if (this.#flags.extended && this.#skipBlank(character)) return;
    if (character === '\\') this.#escape();
    else if (character === '[') {
      const { members, end } = readClass(this.#source, at, this.#flags.ignoreCase);
      this.#noteCase();
      this.#at = end;
      this.#emit(members.source);
    } else if (character === '(') this.#open();
    else if (character === ')') this.#close();
    else if (character === '|') {
      this.#at++;
      this.#parts.push('|');
      this.#atom = undefined;
    } else if (character === '.') {
      this.#at++;
      this.#emit(this.#flags.dotAll ? '[^]' : '[^\\n]');
    } else if (character === '^' || character === '$') {
      this.#at++;
      this.#parts.push(character === '^' ? this.#lineStart() : this.#lineEnd());
      this.#atom = undefined;
    } else if (!this.#quantifier()) {
      this.#at++;
      this.#literal(this.#source.charCodeAt(at));
    }
  }

  #skipBlank(character: string): boolean {
    if (/[ \t\n\v\f\r]/.test(character)) {
      this.#at++;
      return true;
    }
    if (character !== '#') return false;
    const end = this.#source.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#source.length : end + 1;
    return true;
  }

  #lineStart(): string {
    return this.#flags.multiline ? '(?:^|(?<=\\n)(?=[^]))' : '^';
  }

  #lineEnd(): string {
    if (this.#flags.multiline) return '(?=\\n|$)';
    return this.#flags.dollarEndOnly ? '$' : '(?=\\n?$)';
  }

  /** Adds something that a quantifier may follow. */
  #emit(...parts: readonly Part[]): void {
    this.#atom = this.#parts.length;
    this.#parts.push(...parts);
  }

  #literal(byte: number): void {
    const character = String.fromCharCode(byte);
    if (!/[A-Za-z]/.test(character)) {
      this.#emit(byteSource(byte));
      return;
    }
    this.#noteCase();
    this.#emit(this.#flags.ignoreCase ? `[${character.toUpperCase()}${character.toLowerCase()}]` : character);
  }

  #noteCase(): void {
    if (this.#flags.ignoreCase) this.#hasFolded = true;
    else this.#hasUnfolded = true;
  }

  #escape(): void {
    const at = this.#at;
    const letter = this.#source.charAt(at + 1);
    const set = Object.hasOwn(ESCAPED_CLASSES, letter) ? ESCAPED_CLASSES[letter] : undefined;
    if (set) {
      this.#at += 2;
      this.#emit(set.source);
      return;
    }
    const assertion = Object.hasOwn(ASSERTIONS, letter) ? ASSERTIONS[letter] : undefined;
    if (assertion !== undefined) {
      this.#at += 2;
      this.#parts.push(assertion);
      this.#atom = undefined;
      return;
    }
    if (letter === 'Q') this.#quoted();
    else if (letter === 'E') this.#at += 2;
    else if (letter === 'N' && !/^\{(?!\d+(?:,\d*)?\})/.test(this.#source.slice(at + 2, at + 24))) {
      this.#at += 2;
      this.#emit('[^\\n]');
    } else if (letter === 'R') {
      this.#at += 2;
      this.#emit(...this.#atomic(['\\x0d\\x0a|', ByteClass.of([0x0a, 0x0d], [0x85, 0x85]).source]));
    } else if (!this.#escapedReference()) {
      const { byte, end } = readByteEscape(this.#source, at, false);
      this.#at = end;
      this.#literal(byte);
    }
  }

  /** Everything between \Q and \E stands for itself. */
  #quoted(): void {
    const found = this.#source.indexOf('\\E', this.#at + 2);
    const end = found < 0 ? this.#source.length : found;
    for (let at = this.#at + 2; at < end; at++) this.#literal(this.#source.charCodeAt(at));
    this.#at = found < 0 ? end : end + 2;
  }

  /** `\1`, `\g{-1}`, `\k<name>` and their like. */
  #escapedReference(): boolean {
    const at = this.#at;
    const rest = this.#source.slice(at, at + 80);
    const named = /^\\(?:k(?:<(\w+)>|'(\w+)'|\{(\w+)\})|g\{([A-Za-z_]\w*)\})/.exec(rest);
    if (named) {
      const name = named.slice(1).find(Boolean) ?? '';
      this.#at += named[0].length;
      this.#refer(name, at);
      return true;
    }
    if (/^\\g[<']/.test(rest)) throw new PatternError('\\g<...> is not supported (recursion)', at);
    const numbered = /^\\g(?:\{([+-]?\d{1,5})\}|([+-]?\d{1,5}))/.exec(rest) ?? /^\\([1-9]\d{0,4})/.exec(rest);
    if (!numbered) {
      if (/^\\[gk]/.test(rest)) throw new PatternError(`this reference to a group is not complete`, at);
      return false;
    }
    const digits = numbered[1] ?? numbered[2] ?? '';
    const isShort = !rest.startsWith('\\g');
    // `\12` is a character by its octal number when there are not so many groups.
    if (isShort && digits.length > 1 && /^[0-7]/.test(digits) && Number(digits) > countGroups(this.#source))
      return false;
    this.#at += numbered[0].length;
    const number = Number(digits);
    this.#refer(
      digits.startsWith('-')
        ? this.#groups + 1 + number
        : digits.startsWith('+')
          ? this.#groups + number
          : number,
      at,
    );
    return true;
  }

  #refer(reference: number | string, at: number): void {
    if (this.#flags.ignoreCase) this.#foldsReferences = true;
    this.#emit('(?:', { reference, at }, ')');
  }

  /** A group that is not tried again once it has matched: what a look ahead has captured is matched as it is. */
  #atomic(content: readonly Part[]): Part[] {
    const id = -++this.#hidden;
    return ['(?:(?=', { open: id }, ...content, '))', { reference: id, at: this.#at }, ')'];
  }

  #open(): void {
    const at = this.#at;
    const rest = this.#source.slice(at, at + 80);
    if (this.#frames.length >= MAX_DEPTH) throw new PatternError('parentheses are too deeply nested', at);
    if (rest.startsWith('(*')) throw new PatternError('verbs such as (*UTF) are not supported', at);
    if (!rest.startsWith('(?')) {
      this.#push(1, [{ open: ++this.#groups }], [')']);
      return;
    }
    const name = /^\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest);
    if (name) {
      const text = name[1] ?? name[2] ?? '';
      if (this.#names.has(text)) throw new PatternError(`two named groups have the same name ${text}`, at);
      if (text.length > 32) throw new PatternError('subpattern name is too long (maximum 32 characters)', at);
      this.#names.set(text, ++this.#groups);
      this.#push(name[0].length, [{ open: this.#groups }], [')']);
      return;
    }
    const assertion = /^\(\?(?:=|!|<=|<!)/.exec(rest)?.[0];
    if (assertion !== undefined) this.#push(assertion.length, [`(?:${assertion}`], ['))']);
    else if (rest.startsWith('(?>')) {
      const id = -++this.#hidden;
      this.#push(3, ['(?:(?=', { open: id }], ['))', { reference: id, at }, ')']);
    } else if (rest.startsWith('(?#')) {
      this.#skipComment();
    } else if (rest.startsWith('(?P=')) {
      const found = /^\(\?P=(\w+)\)/.exec(rest);
      if (!found) throw new PatternError('this reference to a group is not complete', at);
      this.#at += found[0].length;
      this.#refer(found[1] ?? '', at);
    } else this.#options(rest, at);
  }

  /** What stands for nothing may come between a quantifier and its suffix. */
  #skipNothing(): void {
    for (;;) {
      if (this.#source.startsWith('\\E', this.#at)) this.#at += 2;
      else if (this.#source.startsWith('(?#', this.#at)) this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const end = this.#source.indexOf(')', this.#at);
    if (end < 0) throw new PatternError('missing ) after (?# comment', this.#at);
    this.#at = end + 1;
  }

  #push(length: number, opening: readonly Part[], close: readonly Part[], inner = this.#flags): void {
    this.#frames.push({ flags: this.#flags, start: this.#parts.length, close, at: this.#at });
    this.#at += length;
    this.#parts.push(...opening);
    this.#flags = inner;
    this.#atom = undefined;
  }

  #options(rest: string, at: number): void {
    const { flags, length, isGroup } = readOptions(rest, at, this.#flags);
    if (isGroup) this.#push(length, ['(?:'], [')'], flags);
    else {
      this.#flags = flags;
      this.#at += length;
      this.#atom = undefined;
    }
  }

  #close(): void {
    const frame = this.#frames.pop();
    if (!frame) throw new PatternError('unmatched closing parenthesis', this.#at);
    this.#at++;
    this.#parts.push(...frame.close);
    this.#flags = frame.flags;
    this.#atom = frame.start;
  }

  #quantifier(): boolean {
    const at = this.#at;
    const found = /^(?:[*+?]|\{(\d{1,9})(?:,(\d{0,9}))?\})/.exec(this.#source.slice(at, at + 24));
    if (!found) return false;
    if (this.#atom === undefined) throw new PatternError('quantifier does not follow a repeatable item', at);
    const [text, least, most] = found;
    if (Number(least ?? 0) > MAX_REPEAT || Number(most ?? 0) > MAX_REPEAT) {
      throw new PatternError('number too big in {} quantifier', at);
    }
    if (most !== undefined && most !== '' && Number(most) < Number(least)) {
      throw new PatternError('numbers out of order in {} quantifier', at);
    }
    this.#at += text.length;
    this.#skipNothing();
    const suffix = this.#source[this.#at];
    if (suffix === '+') {
      this.#at++;
      const content = this.#parts.splice(this.#atom);
      this.#parts.push(...this.#atomic([...content, text]));
    } else {
      const isMarked = suffix === '?';
      if (isMarked) this.#at++;
      this.#parts.push(isMarked === this.#flags.ungreedy ? text : `${text}?`);
    }
    this.#atom = undefined;
    return true;
  }
}

/** Escapes that match no character. */
const ASSERTIONS: Readonly<Record<string, string>> = {
  A: '^',
  G: '^',
  z: '$',
  Z: '(?=\\n?$)',
  b: '\\b',
  B: '\\B',
};
