import type { Argument, Directive, SectionDirective } from '../../config/directive.js';
import { Settings } from '../../config/settings.js';
import { displayText } from '../../http/byte-string.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { readText } from '../expressions.js';
import type { AuthnProvider } from './provider.js';
import { AUTHN, authTypeOf, findAuthnProvider, unknownAuthnProvider } from './settings.js';

/** Kinds of authentication that Apache has a module for and isapi-host has not. */
const FOREIGN_TYPES: Readonly<Record<string, string>> = {
  digest: 'mod_auth_digest',
  form: 'mod_auth_form',
};

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'AuthType',
    syntax: 'None|Basic|expression',
    default: 'None',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: [1, 1],
    help: 'How users show who they are: Basic, or None.',
    apply(context, argument) {
      const type = readText(context, argument, `Cannot parse expression '${argument.text}' in AuthType`);
      if (!type) return;
      const module = FOREIGN_TYPES[argument.text.toLowerCase()];
      if (module !== undefined) {
        const message = `AuthType ${argument.text} belongs to ${module}, which isapi-host does not have; Basic is available`;
        context.error(message, argument);
        return;
      }
      context.settings.set(AUTHN, 'type', type);
    },
  },
  {
    name: 'AuthName',
    syntax: 'realm',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: [1, 1],
    help: 'The name that browsers show when they ask for a user and a password; put it into quotes when it has blanks.',
    apply(context, argument) {
      const name = readText(context, argument, `Cannot parse expression '${argument.text}' in AuthName`);
      if (name) context.settings.set(AUTHN, 'name', name);
    },
  },
];

/**
 * mod_authn_core: what authentication is called, and other names for its providers.
 * @param providers what modules offer for AuthBasicProvider
 */
export function createAuthnCoreModule(providers: readonly AuthnProvider[]): Module {
  return {
    name: 'authn_core',
    directives: DIRECTIVES,
    sections: [aliasSection(providers)],
    hooks: { authenticate },
  };
}

/** The last resort: nobody else wanted to find out who the user is. */
function authenticate(request: HttpRequest): Outcome {
  const type = authTypeOf(request);
  if (type === undefined) return 'done';
  request.log('authTypeUnsupported', { type: displayText(type) });
  return 500;
}

function aliasSection(providers: readonly AuthnProvider[]): SectionDirective {
  return {
    name: 'AuthnProviderAlias',
    syntax: 'provider alias',
    contexts: ['server'],
    args: [2, Infinity],
    help: 'A name for AuthBasicProvider that stands for a provider with the settings within.',
    apply(context, base, alias, extra?: Argument) {
      if (extra) context.warning('<AuthnProviderAlias> takes two arguments; the others are ignored', extra);
      if (base.text.toLowerCase() === alias.text.toLowerCase()) {
        context.error('The alias provider name must be different from the base provider name.', alias);
        return;
      }
      if (findAuthnProvider(context, alias.text, providers)) {
        const message = `The alias provider ${alias.text} has already be registered previously as either a base provider or an alias provider.`;
        context.error(message, alias);
        return;
      }
      const settings = new Settings();
      if (!context.applyContent({ settings, only: 'AuthConfig', asDirectory: true })) return;
      const provider = findAuthnProvider(context, base.text, providers);
      if (!provider) {
        context.error(unknownAuthnProvider(base.text), base);
        return;
      }
      const made: AuthnProvider = {
        name: alias.text,
        checkPassword: (request, outer, user, password) =>
          provider.checkPassword(request, outer.merge(settings), user, password),
        realmHash: (request, outer, user, realm) =>
          provider.realmHash(request, outer.merge(settings), user, realm),
      };
      const aliases = new Map(context.main.made(AUTHN).aliases).set(alias.text, made);
      context.main.set(AUTHN, 'aliases', aliases);
    },
  };
}
