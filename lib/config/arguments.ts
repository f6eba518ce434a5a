import type { Argument, Directive } from './directive.js';

const COUNT_WORDS = ['no', 'one', 'two', 'three'];

/** What a directive's row says of its arguments. */
type ArgumentRule = Pick<Directive, 'name' | 'args' | 'help'>;

/** What is wrong with a directive's arguments, in Apache's words, and at which of them. */
export interface ArgumentProblem {
  readonly message: string;
  readonly at?: Argument;
}

/**
 * Checks the number of arguments, and On or Off. An argument that is required must not be empty, as in Apache.
 * Returns undefined when all is well.
 */
export function checkArguments(rule: ArgumentRule, args: readonly Argument[]): ArgumentProblem | undefined {
  if (rule.args === 'raw') return undefined;
  if (rule.args === 'flag') {
    const [flag, extra] = args;
    const wrong = flag && !/^(?:on|off)$/i.test(flag.text) ? flag : extra;
    return flag && !wrong ? undefined : problem(`${rule.name} must be On or Off`, wrong);
  }
  const [min, max] = rule.args;
  const empty = args.slice(0, min).find((argument) => argument.text === '');
  if (args.length >= min && args.length <= max && !empty) return undefined;
  return problem(countMessage(rule, min, max), empty ?? args[max]);
}

function problem(message: string, at: Argument | undefined): ArgumentProblem {
  return { message, ...(at && { at }) };
}

function countMessage(rule: ArgumentRule, min: number, max: number): string {
  if (max === 0) return `${rule.name} takes no arguments`;
  // No table has a directive of so many arguments: it means any number.
  const unbounded = max >= 1000;
  const least = COUNT_WORDS[min] ?? String(min);
  const most = COUNT_WORDS[max] ?? String(max);
  let count: string;
  if (unbounded) count = `requires at least ${least} argument${min === 1 ? '' : 's'}`;
  else if (min === max) count = `takes ${least} argument${min === 1 ? '' : 's'}`;
  else if (min === 0) count = `takes at most ${most} argument${max === 1 ? '' : 's'}`;
  else count = `takes ${min}-${max} arguments`;
  return `${rule.name} ${count}, ${rule.help}`;
}

/** Whether the argument of a directive whose row says `flag`, which makes it On or Off, is On. */
export function isOn(flag: Argument | undefined): boolean {
  return flag?.text.toLowerCase() === 'on';
}
