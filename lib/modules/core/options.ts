import type { Argument, DirectiveContext } from '../../config/directive.js';
import {
  CORE,
  mergeOptions,
  OPTION_BITS,
  OPTIONS_ALL,
  OPTIONS_NONE,
  type OptionsSetting,
} from '../../http/settings.js';

const BITS_BY_NAME: ReadonlyMap<string, number> = new Map(
  Object.entries(OPTION_BITS).map(([name, bit]) => [name.toLowerCase(), bit]),
);

/** Options that permit something which no module here does. They are accepted, as in Apache without that module. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  indexes: 'mod_autoindex',
  includes: 'mod_include',
  includesnoexec: 'mod_include',
  multiviews: 'mod_negotiation',
};

/** Applies an Options directive; several in one section add up as in Apache. */
export function applyOptions(context: DirectiveContext, args: readonly Argument[]): void {
  let setting: OptionsSetting = { set: undefined, add: 0, remove: 0 };
  for (const [index, argument] of args.entries()) {
    const problem = problemOf(args, index);
    if (problem !== undefined) {
      context.error(problem, argument);
      return;
    }
    setting = withOption(context, setting, argument);
  }
  const before = context.settings.made(CORE).options;
  const made = before === undefined ? setting : mergeOptions(before, setting);
  context.settings.set(CORE, 'options', made);
  if (restrictsLinks(made)) context.server.set(CORE, 'linksRestricted', true);
}

/** Options that name all others or none: they begin the list, without a sign, and signs may follow them. */
const WHOLE: ReadonlyMap<string, OptionsSetting> = new Map([
  ['all', OPTIONS_ALL],
  ['none', OPTIONS_NONE],
]);

/** What is wrong with an option where it stands, in Apache's words. */
function problemOf(args: readonly Argument[], index: number): string | undefined {
  const text = args[index]?.text ?? '';
  const name = nameOf(text);
  if (!WHOLE.has(name) && !BITS_BY_NAME.has(name)) return `Illegal option ${text}`;
  const afterSigns = args.slice(0, index).some((each) => hasSign(each.text));
  const mayBegin = index === 0 || afterSigns || WHOLE.has(args[0]?.text.toLowerCase() ?? '');
  if (hasSign(text) ? !mayBegin : afterSigns) {
    return 'Either all Options must start with + or -, or no Option may.';
  }
  if (!WHOLE.has(name)) return undefined;
  const shown = name === 'all' ? 'All' : 'None';
  if (index > 0) return `'Options ${shown}' must be the first option given.`;
  return hasSign(text) ? `You may not use 'Options +${shown}' or 'Options -${shown}'.` : undefined;
}

function hasSign(text: string): boolean {
  return text.startsWith('+') || text.startsWith('-');
}

function nameOf(text: string): string {
  return text.slice(hasSign(text) ? 1 : 0).toLowerCase();
}

/** A setting with one more option. */
function withOption(context: DirectiveContext, before: OptionsSetting, argument: Argument): OptionsSetting {
  const { text } = argument;
  const name = nameOf(text);
  const owner = WITHOUT_EFFECT[name];
  if (owner !== undefined && !text.startsWith('-')) {
    context.warning(`Options ${text} permits what ${owner} does, and isapi-host does not have it`, argument);
  }
  return WHOLE.get(name) ?? withBit(before, hasSign(text) ? text.charAt(0) : '', BITS_BY_NAME.get(name) ?? 0);
}

/** Behind All and None a sign changes what they have set; by itself it changes what holds further out. */
function withBit({ set, add, remove }: OptionsSetting, sign: string, bit: number): OptionsSetting {
  if (sign === '') return { set: (set ?? 0) | bit, add, remove };
  if (set !== undefined) return { set: sign === '+' ? set | bit : set & ~bit, add, remove };
  return sign === '+'
    ? { set, add: add | bit, remove: remove & ~bit }
    : { set, add: add & ~bit, remove: remove | bit };
}

function restrictsLinks({ set, remove }: OptionsSetting): boolean {
  return (
    (remove & OPTION_BITS.FollowSymLinks) !== 0 ||
    (set !== undefined && (set & OPTION_BITS.FollowSymLinks) === 0)
  );
}
