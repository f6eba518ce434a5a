import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { changeRegexDefaults, currentRegexDefaults, type RegexDefaults } from '../../config/regex.js';

const NO_OPTIONS: RegexDefaults = { ignoreCase: false, dotAll: false, dollarEndOnly: false };

/** What RegexDefaultOptions may name. */
const REGEX_OPTIONS: Readonly<Record<string, keyof RegexDefaults>> = {
  icase: 'ignoreCase',
  dotall: 'dotAll',
  dollar_endonly: 'dollarEndOnly',
};

/** Directives that are about the configuration's own language. */
export const LANGUAGE_DIRECTIVES: readonly Directive[] = [
  {
    name: 'Error',
    syntax: 'message',
    contexts: ['server', 'virtual host', 'directory', '.htaccess'],
    args: 'raw',
    help: 'The configuration is wrong if this is reached, as in an <IfModule> or <IfVersion>, and this is said of it.',
    apply(context, { text }) {
      const quoted = /^(["'])([^]*)\1$/.exec(text);
      context.error(text === '' ? 'The Error directive was used with no message.' : (quoted?.[2] ?? text));
    },
  },
  {
    name: 'RegexDefaultOptions',
    syntax: '[none] [+|-]option ...',
    default: 'DOTALL DOLLAR_ENDONLY',
    contexts: ['server'],
    args: 'raw',
    help: 'How regular expressions after it are read: ICASE without regard to letter case, DOTALL with a dot for ends of lines too, DOLLAR_ENDONLY with a $ for the very end alone; + adds one, - takes it away.',
    apply: (context, _, ...options) => applyRegexOptions(context, options),
  },
];

function applyRegexOptions(context: DirectiveContext, options: readonly Argument[]): void {
  let result = currentRegexDefaults();
  for (const option of options) {
    const sign = /^[+-]/.exec(option.text)?.[0];
    const name = option.text.slice(sign?.length ?? 0);
    if (sign === undefined && /^none$/i.test(name)) {
      result = NO_OPTIONS;
      continue;
    }
    const lower = name.toLowerCase();
    const key = Object.hasOwn(REGEX_OPTIONS, lower) ? REGEX_OPTIONS[lower] : undefined;
    if (!key) {
      context.error(`RegexDefaultOptions: option '${name}' unknown`, option);
      return;
    }
    // One without a sign stands for itself alone, as in Apache.
    result = { ...(sign === undefined ? NO_OPTIONS : result), [key]: sign !== '-' };
  }
  changeRegexDefaults(result);
}
