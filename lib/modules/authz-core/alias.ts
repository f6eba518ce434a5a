import type { Argument, DirectiveContext, SectionDirective } from '../../config/directive.js';
import { Settings } from '../../config/settings.js';
import { splitWords } from '../../config/words.js';
import type { AuthzProvider } from './provider.js';
import { unknownProvider, type FindProvider } from './require.js';
import { AUTHZ } from './settings.js';

/** The row of `<AuthzProviderAlias>`: another name for a provider with arguments and settings of its own. */
export function aliasSection(providers: readonly AuthzProvider[], find: FindProvider): SectionDirective {
  return {
    name: 'AuthzProviderAlias',
    syntax: 'provider alias [arguments]',
    contexts: ['server'],
    args: [2, Infinity],
    help: 'A name for Require that stands for a provider, its arguments (in quotes when there are several), and the settings within.',
    apply(context, base, alias, given?: Argument, extra?: Argument) {
      if (extra) {
        context.warning(
          `When several arguments (${given?.text ?? ''} ${extra.text}...) are passed to a <AuthzProviderAlias directive, ` +
            'they must be enclosed in quotation marks.  Otherwise, only the first one is taken into account',
          extra,
        );
      }
      const settings = new Settings();
      if (!context.applyContent({ settings, only: 'AuthConfig', asDirectory: true })) return;
      const provider = find(context, base.text);
      if (!provider) {
        context.error(
          unknownProvider(
            base.text,
            providers.map(({ name }) => name),
          ),
          base,
        );
        return;
      }
      const text = given?.text ?? '';
      const words = splitWords(text).map((word) => ({
        text: word.text,
        place: given?.place ?? context.place,
      }));
      const check = provider.parse({ text, words, context: withPrefix(context, base.text, text) });
      if (!check) return;
      const made: AuthzProvider = {
        name: alias.text,
        parse: () => (request, outer) => check(request, outer.merge(settings)),
      };
      const aliases = new Map(context.main.made(AUTHZ).aliases).set(alias.text, made);
      context.main.set(AUTHZ, 'aliases', aliases);
    },
  };
}

/** Errors in the arguments say which line they are errors of. */
function withPrefix(context: DirectiveContext, name: string, text: string): DirectiveContext {
  return {
    ...context,
    error: (message, at) => context.error(`Can't parse 'Require ${name} ${text}': ${message}`, at),
  };
}
