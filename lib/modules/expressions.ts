import {
  ExpressionError,
  parseCondition,
  parseText,
  type Condition,
  type Finding,
  type TextExpression,
} from '../config/expression/index.js';
import type { Argument, DirectiveContext } from '../config/directive.js';
import { placeIn } from '../config/place.js';
import { PendingAnswer } from '../http/access-question.js';
import { expressionScope } from '../http/expression-scope.js';
import type { HttpRequest } from '../http/request.js';

/**
 * The condition that an argument of a directive holds, from `offset` characters on; undefined, and an error at the
 * argument, when it cannot be read.
 * @param message what the error begins with
 */
export function readCondition(
  context: DirectiveContext,
  argument: Argument,
  message: string,
  offset = 0,
): Condition | undefined {
  return read(context, argument, message, offset, parseCondition);
}

/** The same for a text with `%{...}` in it. */
export function readText(
  context: DirectiveContext,
  argument: Argument,
  message: string,
  offset = 0,
): TextExpression | undefined {
  return read(context, argument, message, offset, parseText);
}

function read<T>(
  context: DirectiveContext,
  argument: Argument,
  message: string,
  offset: number,
  parse: (text: string, options: { readonly isRestricted: boolean }) => T,
): T | undefined {
  try {
    return parse(argument.text.slice(offset), { isRestricted: context.isHtaccess });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const at = { text: argument.text, place: placeIn(argument, offset + error.offset) };
    context.error(`${message}: ${error.message}`, at);
    return undefined;
  }
}

/** The text that an expression gives for a request; undefined, and a line in the log, when it cannot be evaluated. */
export function textFor(
  request: HttpRequest,
  expression: TextExpression,
  directive: string,
  scope = expressionScope(request),
): string | undefined {
  try {
    return expression.text(scope);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    request.log('expressionFailed', { directive, reason: error.message });
    return undefined;
  }
}

/**
 * What a condition finds out about a request; undefined, and a line in the log, when it cannot be evaluated.
 * @param canWait in a hook that runs again once the condition has its answer
 * @throws PendingAnswer when `canWait` and the condition asks for what takes time
 */
export function findingFor(
  request: HttpRequest,
  condition: Condition,
  directive: string,
  scope = expressionScope(request),
  canWait = false,
): Finding | undefined {
  try {
    return condition.evaluate(scope);
  } catch (error) {
    if (!(error instanceof ExpressionError) || (canWait && error instanceof PendingAnswer)) throw error;
    request.log('expressionFailed', { directive, reason: error.message });
    return undefined;
  }
}
