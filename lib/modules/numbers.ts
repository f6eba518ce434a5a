import type { Argument, DirectiveContext } from '../config/directive.js';

/** What a numeric argument may be. */
export interface NumberRule {
  readonly min: number;
  readonly max: number;
  /** what the number counts, for the error message */
  readonly unit: string;
}

/** The number that an argument stands for; reports an error and returns undefined when it is none or out of range. */
export function wholeNumber(
  context: DirectiveContext,
  directive: string,
  argument: Argument | undefined,
  { min, max, unit }: NumberRule,
): number | undefined {
  const text = argument?.text ?? '';
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  context.error(`${directive} must be a number of ${unit} from ${min} to ${max}`, argument);
  return undefined;
}
