import { ByteClass, ESCAPED_CLASSES, POSIX_CLASSES } from './byte-class.js';
import { readByteEscape } from './escapes.js';
import { PatternError } from './pattern-error.js';

/** A class such as `[a-z]` as it was read: its members, and the place after it. */
export interface ReadClass {
  readonly members: ByteClass;
  readonly end: number;
}

/** One thing between the brackets: a byte, which may begin or end a range, or a set. */
type Member = { readonly byte: number } | { readonly set: ByteClass } | { readonly nothing: true };

/**
 * Reads the class that begins at an offset, as PCRE does.
 * @throws PatternError
 */
export function readClass(source: string, start: number, ignoreCase: boolean): ReadClass {
  const reader = new ClassReader(source, start);
  const isNegated = source[start + 1] === '^';
  const members = reader.read(start + (isNegated ? 2 : 1));
  if (ignoreCase) members.foldCase();
  return { members: isNegated ? members.negated() : members, end: reader.at };
}

class ClassReader {
  readonly #source: string;
  readonly #start: number;
  at = 0;
  /** between \Q and \E everything stands for itself */
  #isQuoted = false;

  constructor(source: string, start: number) {
    this.#source = source;
    this.#start = start;
  }

  read(from: number): ByteClass {
    const members = new ByteClass();
    this.at = from;
    let isFirst = true;
    for (;;) {
      // A bracket that comes first is a member.
      if (!isFirst && !this.#isQuoted && this.#source[this.at] === ']') break;
      const begin = this.at;
      const member = this.#member();
      if ('nothing' in member) continue;
      isFirst = false;
      const isRange =
        !this.#isQuoted &&
        this.#source[this.at] === '-' &&
        this.#source[this.at + 1] !== ']' &&
        this.at + 1 < this.#source.length;
      if (!isRange) {
        if ('byte' in member) members.add(member.byte);
        else members.addAll(member.set);
        continue;
      }
      this.at++;
      let last = this.#member();
      while ('nothing' in last) last = this.#member();
      if (!('byte' in member) || !('byte' in last))
        throw new PatternError('invalid range in character class', begin);
      if (last.byte < member.byte) throw new PatternError('range out of order in character class', begin);
      members.addRange(member.byte, last.byte);
    }
    this.at++;
    return members;
  }

  #member(): Member {
    const source = this.#source;
    const { at } = this;
    const character = source[at];
    if (character === undefined) {
      throw new PatternError('missing terminating ] for character class', this.#start);
    }
    if (this.#isQuoted) {
      if (source.startsWith('\\E', at)) {
        this.#isQuoted = false;
        this.at += 2;
        return { nothing: true };
      }
      this.at++;
      return { byte: source.charCodeAt(at) };
    }
    if (character === '[') return this.#posix();
    this.at++;
    return character === '\\' ? this.#escape(at) : { byte: source.charCodeAt(at) };
  }

  #posix(): Member {
    const { at } = this;
    const found = /^\[([:.=])(\^?)([^\]]*?)\1\]/.exec(this.#source.slice(at, at + 40));
    this.at++;
    if (!found) return { byte: 0x5b };
    const [whole, kind, negation, name = ''] = found;
    if (kind !== ':') throw new PatternError('POSIX collating elements are not supported', at);
    const set = Object.hasOwn(POSIX_CLASSES, name) ? POSIX_CLASSES[name] : undefined;
    if (!set) throw new PatternError(`unknown POSIX class name ${whole}`, at);
    this.at = at + whole.length;
    return { set: negation === '' ? set : set.negated() };
  }

  #escape(at: number): Member {
    const letter = this.#source.charAt(this.at);
    if (letter === 'Q' || letter === 'E') {
      this.#isQuoted = letter === 'Q';
      this.at++;
      return { nothing: true };
    }
    const set = Object.hasOwn(ESCAPED_CLASSES, letter) ? ESCAPED_CLASSES[letter] : undefined;
    if (set) {
      this.at++;
      return { set };
    }
    if (letter === 'b') {
      this.at++;
      return { byte: 8 };
    }
    const found = readByteEscape(this.#source, at, true);
    this.at = found.end;
    return found;
  }
}
