import { ExpressionParser, type ParserOptions } from './parser.js';
import type { Evaluation, ExpressionScope } from './scope.js';

export { ExpressionError, type ExpressionScope } from './scope.js';
export type { RequestVariable, TimeVariable } from './variables.js';

/** What an expression has found out: whether it is true, and what its last regular expression has captured. */
export interface Finding {
  readonly holds: boolean;
  /** the whole match and its groups; undefined when no regular expression with groups has matched */
  readonly captures: ArrayLike<string | undefined> | undefined;
}

/** An expression that is true or false for a request. */
export interface Condition {
  /** @throws ExpressionError when it cannot be evaluated, as when a file that it reads is not there */
  holds(scope: ExpressionScope): boolean;
  /** The same, with what regular expressions have captured. */
  evaluate(scope: ExpressionScope): Finding;
}

/** A text with `%{...}` in it. */
export interface TextExpression {
  /**
   * The text for a request, a byte string.
   * @throws ExpressionError when it cannot be evaluated, as when a file that it reads is not there
   */
  text(scope: ExpressionScope): string;
  /** what it is for every request, when it has no variables; a byte string */
  readonly constant: string | undefined;
}

/**
 * Reads a condition in Apache's expression language.
 * @throws ExpressionError that says what is wrong and where
 */
export function parseCondition(text: string, options: ParserOptions = {}): Condition {
  const test = new ExpressionParser(text, options).condition();
  const varies = options.isUnvarying !== true;
  return {
    holds: (scope) => test({ scope, varies, captures: undefined }),
    evaluate(scope) {
      const evaluation: Evaluation = { scope, varies, captures: undefined };
      return { holds: test(evaluation), captures: evaluation.captures };
    },
  };
}

/**
 * Reads a text that may have variables and functions in it, as `%{NAME}` and `%{function:argument}`.
 * @throws ExpressionError that says what is wrong and where
 */
export function parseText(text: string, options: ParserOptions = {}): TextExpression {
  const word = new ExpressionParser(text, options).wholeText();
  return {
    constant: word.constant,
    // Only conditions say in Vary what they have looked at.
    text: (scope) => word.text({ scope, varies: false, captures: undefined }),
  };
}
