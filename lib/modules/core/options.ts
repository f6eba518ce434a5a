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
  const signed = args.filter(({ text }) => /^[+-]/.test(text));
  if (signed.length > 0 && signed.length < args.length) {
    const odd = args.find((argument) => !signed.includes(argument));
    context.error('Either all Options must start with + or -, or no Option may.', odd);
    return;
  }
  let setting: OptionsSetting = signed.length > 0 ? { set: undefined, add: 0, remove: 0 } : OPTIONS_NONE;
  for (const argument of args) {
    const next = withOption(context, setting, argument);
    if (next === undefined) return;
    setting = next;
  }
  const before = context.settings.made(CORE).options;
  const made = before === undefined ? setting : mergeOptions(before, setting);
  context.settings.set(CORE, 'options', made);
  if (restrictsLinks(made)) context.server.set(CORE, 'linksRestricted', true);
}

function withOption(
  context: DirectiveContext,
  setting: OptionsSetting,
  argument: Argument,
): OptionsSetting | undefined {
  const sign = /^[+-]/.exec(argument.text)?.[0];
  const name = argument.text.slice(sign === undefined ? 0 : 1).toLowerCase();
  if (name === 'all' && sign === undefined) return OPTIONS_ALL;
  if (name === 'none' && sign === undefined) return OPTIONS_NONE;
  // With a sign, Apache takes All for every option and None for no option.
  const bit = name === 'all' ? (OPTIONS_ALL.set ?? 0) : name === 'none' ? 0 : BITS_BY_NAME.get(name);
  if (bit === undefined) {
    context.error(`Illegal option ${argument.text}`, argument);
    return undefined;
  }
  const owner = WITHOUT_EFFECT[name];
  if (owner !== undefined && sign !== '-') {
    context.warning(
      `Options ${argument.text} permits what ${owner} does, and isapi-host does not have it`,
      argument,
    );
  }
  if (sign === undefined) return { set: (setting.set ?? 0) | bit, add: 0, remove: 0 };
  return sign === '+'
    ? { set: undefined, add: setting.add | bit, remove: setting.remove & ~bit }
    : { set: undefined, add: setting.add & ~bit, remove: setting.remove | bit };
}

function restrictsLinks({ set, remove }: OptionsSetting): boolean {
  return (
    (remove & OPTION_BITS.FollowSymLinks) !== 0 ||
    (set !== undefined && (set & OPTION_BITS.FollowSymLinks) === 0)
  );
}
