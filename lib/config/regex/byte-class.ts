/** The bytes that one position of a regular expression may be. */
export class ByteClass {
  readonly #members = new Uint8Array(256);

  static of(...ranges: readonly (readonly [first: number, last: number])[]): ByteClass {
    const result = new ByteClass();
    for (const [first, last] of ranges) result.addRange(first, last);
    return result;
  }

  static ofText(characters: string): ByteClass {
    const result = new ByteClass();
    for (const character of characters) result.add(character.charCodeAt(0));
    return result;
  }

  add(byte: number): void {
    this.#members[byte] = 1;
  }

  addRange(first: number, last: number): void {
    this.#members.fill(1, first, last + 1);
  }

  addAll(other: ByteClass): void {
    for (let byte = 0; byte < 256; byte++) if (other.has(byte)) this.add(byte);
  }

  has(byte: number): boolean {
    return this.#members[byte] === 1;
  }

  /** Adds the other letter case of every letter of ASCII, which are the only letters for PCRE in the C locale. */
  foldCase(): void {
    for (let upper = 0x41; upper <= 0x5a; upper++) {
      const lower = upper + 0x20;
      if (!this.has(upper) && !this.has(lower)) continue;
      this.add(upper);
      this.add(lower);
    }
  }

  negated(): ByteClass {
    const result = new ByteClass();
    for (let byte = 0; byte < 256; byte++) if (!this.has(byte)) result.add(byte);
    return result;
  }

  /** As JavaScript writes it. */
  get source(): string {
    let members = '';
    for (let first = 0; first < 256; first++) {
      if (!this.has(first)) continue;
      let last = first;
      while (last < 255 && this.has(last + 1)) last++;
      members += byteSource(first);
      if (last > first) members += (last > first + 1 ? '-' : '') + byteSource(last);
      first = last;
    }
    return `[${members}]`;
  }
}

/** A byte as JavaScript writes it in a regular expression, in a class or outside. */
export function byteSource(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9_]/.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
}

const DIGIT = ByteClass.of([0x30, 0x39]);
const WORD = ByteClass.of([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);
const SPACE = ByteClass.of([0x09, 0x0d], [0x20, 0x20]);
const HORIZONTAL = ByteClass.ofText('\t \xa0');
const VERTICAL = ByteClass.of([0x0a, 0x0d], [0x85, 0x85]);

/** What stands for several bytes after a backslash, in a class or outside. */
export const ESCAPED_CLASSES: Readonly<Record<string, ByteClass>> = {
  d: DIGIT,
  D: DIGIT.negated(),
  w: WORD,
  W: WORD.negated(),
  s: SPACE,
  S: SPACE.negated(),
  h: HORIZONTAL,
  H: HORIZONTAL.negated(),
  v: VERTICAL,
  V: VERTICAL.negated(),
};

/** The classes that PCRE takes from POSIX, as they are in the C locale. */
export const POSIX_CLASSES: Readonly<Record<string, ByteClass>> = {
  alnum: ByteClass.of([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a]),
  alpha: ByteClass.of([0x41, 0x5a], [0x61, 0x7a]),
  ascii: ByteClass.of([0, 0x7f]),
  blank: ByteClass.ofText('\t '),
  cntrl: ByteClass.of([0, 0x1f], [0x7f, 0x7f]),
  digit: DIGIT,
  graph: ByteClass.of([0x21, 0x7e]),
  lower: ByteClass.of([0x61, 0x7a]),
  print: ByteClass.of([0x20, 0x7e]),
  punct: ByteClass.of([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]),
  space: SPACE,
  upper: ByteClass.of([0x41, 0x5a]),
  word: WORD,
  xdigit: ByteClass.of([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]),
};
