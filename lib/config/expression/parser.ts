import { toByteString } from '../bytes.js';
import { compileRegex, groupsOf, RegexError } from '../regex.js';
import { Cursor } from './cursor.js';
import { LIST_FUNCTIONS, STRING_FUNCTIONS } from './functions.js';
import { BINARY_OPERATORS, COMPARISONS, UNARY_OPERATORS } from './operators.js';
import { ExpressionError, type Evaluation, type Test, type Word } from './scope.js';
import { isVariable } from './variables.js';

/** Delimiters that a regular expression may have after an `m`. */
const REGEX_DELIMITERS = '/#$%^,;:_?|-!.\'"';

/** Operators between two words; those before others that they begin with. */
const OPERATOR = /(?:==|=~|=|!=|!~|<=|<|>=|>|-[A-Za-z_][A-Za-z0-9_]+|[A-Za-z][A-Za-z0-9_]*)/y;

export interface ParserOptions {
  /** functions that read files are refused, as in .htaccess */
  readonly isRestricted?: boolean;
  /** the response does not depend on what a condition looks at, as with the condition of a log */
  readonly isUnvarying?: boolean;
}

type ListTest = (needle: string, evaluation: Evaluation) => boolean;

/**
 * Reads an expression and makes functions of it, by the grammar of Apache's `util_expr_parse.y` and the tokens of
 * `util_expr_scan.l`.
 */
export class ExpressionParser extends Cursor {
  readonly #isRestricted: boolean;

  constructor(text: string, options: ParserOptions) {
    super(text);
    this.#isRestricted = options.isRestricted === true;
  }

  /** @throws ExpressionError */
  condition(): Test {
    const test = this.#or();
    this.skipBlanks();
    if (this.at < this.text.length) throw this.unexpected('an operator or the end');
    return test;
  }

  /** @throws ExpressionError */
  wholeText(): Word {
    return this.#string('');
  }

  #or(): Test {
    const tests = [this.#and()];
    while (this.takeOperator('||', 'or')) tests.push(this.#and());
    const [only] = tests;
    return tests.length === 1 && only ? only : (evaluation) => tests.some((test) => test(evaluation));
  }

  #and(): Test {
    const tests = [this.#not()];
    while (this.takeOperator('&&', 'and')) tests.push(this.#not());
    const [only] = tests;
    return tests.length === 1 && only ? only : (evaluation) => tests.every((test) => test(evaluation));
  }

  #not(): Test {
    let isNegated = false;
    while (this.takeOperator('!', 'not')) isNegated = !isNegated;
    const test = this.#primary();
    return isNegated ? (evaluation) => !test(evaluation) : test;
  }

  #primary(): Test {
    this.skipBlanks();
    if (this.text[this.at] === '(') {
      return this.nested(() => {
        this.at++;
        const test = this.#or();
        this.expect(')');
        return test;
      });
    }
    const keyword = this.match(/(?:true|false)(?![A-Za-z0-9_])/y);
    if (keyword !== undefined) return () => keyword === 'true';
    const start = this.at;
    const unary = this.match(/-[A-Za-z_](?![A-Za-z0-9_])/y)?.slice(1);
    if (unary !== undefined) {
      const row = UNARY_OPERATORS.find(({ name }) => name === unary);
      if (!row) throw new ExpressionError(`Unary operator '-${unary}' does not exist`, start);
      const operandAt = this.nextPart();
      return row.test(this.#word(), operandAt);
    }
    return this.#comparison();
  }

  #comparison(): Test {
    const left = this.#word();
    const start = this.nextPart();
    const operator = this.match(OPERATOR);
    if (operator === undefined) throw this.unexpected('an operator');
    if (operator === '=~' || operator === '!~') return this.#regexTest(left, operator === '=~');
    if (operator === '-in' || operator === 'in') {
      const isIn = this.#list();
      return (evaluation) => isIn(left.text(evaluation), evaluation);
    }
    const name = /^-?(?:eq|ne|lt|le|gt|ge)$/.test(operator) ? operator.replace('-', '') : operator;
    const compare = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
    if (compare) {
      const right = this.#word();
      return (evaluation) => compare(left.text(evaluation), right.text(evaluation));
    }
    if (!operator.startsWith('-')) {
      this.at = start;
      throw this.unexpected('an operator');
    }
    const row = BINARY_OPERATORS.find((each) => each.name === operator.slice(1).toLowerCase());
    if (!row) throw new ExpressionError(`Binary operator '${operator}' does not exist`, start);
    const rightAt = this.nextPart();
    return row.test(left, this.#word(), rightAt);
  }

  #regexTest(left: Word, wanted: boolean): Test {
    const start = this.nextPart();
    const open = this.text[start] === 'm' ? start + 1 : start;
    const delimiter = this.text[open] ?? '';
    const isRegex =
      open > start ? REGEX_DELIMITERS.includes(delimiter) && delimiter !== '' : delimiter === '/';
    if (!isRegex) throw this.unexpected('a regular expression such as /.../ or m#...#');
    const close = this.text.indexOf(delimiter, open + 1);
    if (close < 0) throw new ExpressionError(`this regular expression has no ${delimiter} at its end`, start);
    const ignoreCase = this.text[close + 1] === 'i';
    this.at = close + (ignoreCase ? 2 : 1);
    const regex = compile(this.text.slice(open + 1, close), ignoreCase, open + 1);
    const captures = groupsOf(regex).count > 0;
    return (evaluation) => {
      const found = regex.exec(left.text(evaluation));
      // A regular expression without groups leaves what an earlier one has captured.
      if (captures) evaluation.captures = found ?? undefined;
      return (found !== null) === wanted;
    };
  }

  /** `{word, word}` or a function that makes a list. */
  #list(): ListTest {
    const start = this.nextPart();
    if (this.text[start] === '{') {
      this.at++;
      const words: Word[] = [];
      do words.push(this.#word());
      while (this.take(','));
      this.expect('}');
      return (needle, evaluation) => words.some((word) => word.text(evaluation) === needle);
    }
    const name = this.match(/[A-Za-z][A-Za-z0-9_]*/y);
    if (name === undefined) throw this.unexpected('{ or a function that makes a list');
    const argument = this.#parenthesized();
    const row = LIST_FUNCTIONS.find((each) => each.name === name.toLowerCase());
    if (!row) throw new ExpressionError(`List-returning function '${name}' does not exist`, start);
    return (needle, evaluation) => row.values(argument.text(evaluation), evaluation).includes(needle);
  }

  #word(): Word {
    const parts = [this.#wordPart()];
    while (this.take('.')) parts.push(this.#wordPart());
    // What a `.` makes is no constant for -ipmatch, as in Apache.
    return join(parts, false);
  }

  #wordPart(): Word {
    const start = this.nextPart();
    const digits = this.match(/-?[0-9]+/y);
    if (digits !== undefined) return { text: () => digits };
    const reference = this.#reference();
    if (reference) return reference;
    const quote = this.text[start];
    if (quote === '"' || quote === "'") {
      this.at++;
      return this.#string(quote);
    }
    const name = this.match(/[A-Za-z][A-Za-z0-9_]*/y);
    if (name !== undefined) {
      if (this.text[this.nextPart()] === '(') return this.#call(name, start, () => this.#parenthesized());
      this.at = start;
    }
    throw this.unexpected('a word: a text in quotes, a number, %{...} or a function');
  }

  /** `%{...}` or `$1`. */
  #reference(): Word | undefined {
    const start = this.at;
    if (this.text.startsWith('%{', start)) return this.nested(() => this.#variable());
    const digit = /\$([0-9])/y.exec(this.text.slice(start, start + 2))?.[1];
    if (digit === undefined) return undefined;
    this.at += 2;
    return { text: ({ captures }) => captures?.[Number(digit)] ?? '' };
  }

  #variable(): Word {
    const start = this.at;
    this.at += 2;
    const name = this.match(/[A-Za-z][A-Za-z0-9_]*/y, true);
    const next = this.text[this.at];
    if (name === undefined || (next !== '}' && next !== ':')) {
      if (next === undefined) throw new ExpressionError('Unterminated string or variable', start);
      if (name === undefined && (next === '}' || next === ':'))
        throw this.unexpected('the name of a variable');
      throw new ExpressionError(`Invalid character in variable name '${this.character()}'`, this.at);
    }
    this.at++;
    if (next === ':') return this.#call(name, start, () => this.#string('}'));
    const upper = name.toUpperCase();
    if (!isVariable(upper)) throw new ExpressionError(`Variable '${name}' does not exist`, start);
    const header = HEADER_VARIABLES[upper];
    if (header === undefined) return { text: ({ scope }) => scope.variable(upper) };
    return {
      text({ scope, varies }) {
        if (varies) scope.varyBy(header);
        return scope.variable(upper);
      },
    };
  }

  #call(name: string, start: number, argument: () => Word): Word {
    const row = STRING_FUNCTIONS.find((each) => each.name === name.toLowerCase());
    if (!row) throw new ExpressionError(`Function '${name}' does not exist`, start);
    if (row.isRestricted && this.#isRestricted) {
      throw new ExpressionError(`${row.name} not available in restricted context`, start);
    }
    const operand = argument();
    return { text: (evaluation) => row.value(operand.text(evaluation), evaluation, start) };
  }

  #parenthesized(): Word {
    return this.nested(() => {
      this.expect('(');
      const word = this.#word();
      this.expect(')');
      return word;
    });
  }

  /**
   * A text up to a character, which is taken as well, or with "" up to the end; what `%{` and `$1` stand for is put in,
   * and backslashes protect the next character or write one by its number.
   */
  #string(end: string): Word {
    const start = this.at;
    const parts: Word[] = [];
    let literal = '';
    const finish = (): void => {
      const bytes = literal;
      if (bytes !== '') parts.push({ text: () => bytes, constant: bytes });
      literal = '';
    };
    for (;;) {
      const character = this.text.charAt(this.at);
      if (character === '') {
        if (end === '') break;
        throw new ExpressionError('Unterminated string or variable', start - 1);
      }
      if (character === end) {
        this.at++;
        break;
      }
      if (character === '\n') throw new ExpressionError('Unterminated string or variable', this.at);
      if (character === '\\') {
        literal += this.escape();
        continue;
      }
      const reference = character === '%' || character === '$' ? this.#reference() : undefined;
      if (reference) {
        finish();
        parts.push(reference);
        continue;
      }
      const plain = /[^\\\n"'%}$]+|[^]/y;
      plain.lastIndex = this.at;
      const found = plain.exec(this.text)?.[0] ?? character;
      literal += toByteString(found);
      this.at += found.length;
    }
    finish();
    if (end === '}' && parts.length === 0) {
      this.at--;
      throw this.unexpected('what the function is called with');
    }
    return join(parts, true);
  }
}

/** Variables that are headers of the request, which a response then depends on; Host is in every request. */
const HEADER_VARIABLES: Readonly<Record<string, string>> = {
  HTTP_USER_AGENT: 'User-Agent',
  HTTP_PROXY_CONNECTION: 'Proxy-Connection',
  HTTP_REFERER: 'Referer',
  HTTP_COOKIE: 'Cookie',
  HTTP_FORWARDED: 'Forwarded',
  HTTP_ACCEPT: 'Accept',
};

function join(parts: readonly Word[], isConstant: boolean): Word {
  const [only] = parts;
  if (only === undefined) return { text: () => '', constant: '' };
  if (parts.length === 1) return only;
  const constants = parts.map(({ constant }) => constant);
  if (isConstant && constants.every((constant) => constant !== undefined)) {
    const whole = constants.join('');
    return { text: () => whole, constant: whole };
  }
  return { text: (evaluation) => parts.map((part) => part.text(evaluation)).join('') };
}

function compile(pattern: string, ignoreCase: boolean, offset: number): RegExp {
  try {
    return ignoreCase ? compileRegex(pattern, { ignoreCase }) : compileRegex(pattern);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new ExpressionError(`Failed to compile regular expression: ${error.reason}`, offset + error.offset);
  }
}
