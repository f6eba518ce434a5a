import { toByteString } from '../bytes.js';
import { ExpressionError } from './scope.js';

/** Parentheses, functions and variables within each other; a bound for the stack. */
const MAX_DEPTH = 100;

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** The text of an expression and the place that is read, with what all parts of the grammar need. */
export class Cursor {
  protected readonly text: string;
  protected at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  protected escape(): string {
    const start = this.at;
    const digits = /^\\([0-9]+)/.exec(this.text.slice(start, start + 9))?.[1];
    if (digits !== undefined) {
      const octal = /^[0-7]{1,3}/.exec(digits)?.[0];
      // The longer match counts: 12 of \129 is not taken for itself.
      if (octal === undefined || digits.length > octal.length) {
        throw new ExpressionError('Bad escape sequence', start);
      }
      const code = parseInt(octal, 8);
      if (code > 0xff) throw new ExpressionError('Escape sequence out of bound', start);
      this.at += 1 + octal.length;
      return String.fromCharCode(code);
    }
    this.at++;
    const character = this.character();
    if (character === '') throw new ExpressionError('there is nothing after this backslash', start);
    this.at += character.length;
    return CONTROL_ESCAPES[character] ?? toByteString(character);
  }

  protected nested<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) {
      throw new ExpressionError(
        `more than ${MAX_DEPTH} parentheses and variables within each other`,
        this.at,
      );
    }
    const result = read();
    this.depth--;
    return result;
  }

  /** Takes an operator by its sign or its word. */
  protected takeOperator(sign: string, word: string): boolean {
    this.skipBlanks();
    if (this.text.startsWith(sign, this.at)) {
      // `!=` and `!~` are operators of their own.
      if (sign === '!' && /[=~]/.test(this.text.charAt(this.at + 1))) return false;
      this.at += sign.length;
      return true;
    }
    if (!this.text.startsWith(word, this.at)) return false;
    if (/[A-Za-z0-9_]/.test(this.text.charAt(this.at + word.length))) return false;
    this.at += word.length;
    return true;
  }

  protected take(character: string): boolean {
    this.skipBlanks();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  protected expect(character: string): void {
    if (!this.take(character)) throw this.unexpected(character);
  }

  /** Where the next part begins, after blanks. */
  protected nextPart(): number {
    this.skipBlanks();
    return this.at;
  }

  protected skipBlanks(): void {
    this.match(/[ \t\n]+/y, true);
  }

  protected match(regex: RegExp, here = false): string | undefined {
    if (!here) this.skipBlanks();
    regex.lastIndex = this.at;
    const found = regex.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** The character at the place that is read, a pair of surrogates as one. */
  protected character(): string {
    const code = this.text.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  protected unexpected(wanted: string): ExpressionError {
    this.skipBlanks();
    const found = this.at < this.text.length ? `'${this.character()}'` : 'end';
    return new ExpressionError(`syntax error, unexpected ${found}, expecting ${wanted}`, this.at);
  }
}
