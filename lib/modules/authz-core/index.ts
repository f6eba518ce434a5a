import { isOn } from '../../config/arguments.js';
import type { Directive, DirectiveContext } from '../../config/directive.js';
import { displayText } from '../../http/byte-string.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { authTypeOf, noteAuthFailure } from '../authn-core/settings.js';
import { aliasSection } from './alias.js';
import type { AuthzProvider, Verdict } from './provider.js';
import { coreProviders } from './providers.js';
import { requireDirective, requireSections, type FindProvider } from './require.js';
import { evaluate } from './rules.js';
import { AUTHZ, NO_RULES, type Merging } from './settings.js';

const MERGING: Readonly<Record<string, Merging>> = { off: 'off', and: 'and', or: 'or' };

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'AuthMerging',
    syntax: 'Off|And|Or',
    default: 'Off',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: [1, 1],
    help: 'Whether the rules of this section replace those of the section before it, have to be met as well, or are another way in.',
    apply(context, argument) {
      const merging = MERGING[argument.text.toLowerCase()];
      if (merging === undefined) {
        context.error('AuthMerging must be one of: Off | And | Or', argument);
        return;
      }
      const before = context.settings.made(AUTHZ).rules ?? NO_RULES;
      context.settings.set(AUTHZ, 'rules', { ...before, merging });
    },
  },
  {
    name: 'AuthzSendForbiddenOnFailure',
    syntax: 'On|Off',
    default: 'Off',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: 'flag',
    help: 'Whether a known user who may not have something is answered with 403 instead of being asked for another user with 401.',
    apply(context, flag) {
      context.settings.set(AUTHZ, 'forbidden', isOn(flag));
    },
  },
];

/**
 * mod_authz_core: who may have what.
 * @param providers what modules offer for `Require`, besides its own
 */
export function createAuthzCoreModule(providers: readonly AuthzProvider[]): Module {
  const all = [...coreProviders, ...providers];
  const byName = new Map(all.map((provider) => [provider.name, provider]));
  const find: FindProvider = (context: DirectiveContext, name) =>
    context.main.get(AUTHZ).aliases.get(name) ?? byName.get(name);
  return {
    name: 'authz_core',
    directives: [requireDirective(all, find), ...DIRECTIVES],
    sections: [...requireSections, aliasSection(all, find)],
    providers: { authz: all.map(({ name }) => name) },
    hooks: { authorize },
  };
}

function authorize(request: HttpRequest, authenticated: boolean): Outcome | Promise<Outcome> {
  const { settings } = request;
  const { section } = settings.get(AUTHZ).rules;
  if (!section) {
    if (authTypeOf(request) === undefined) return 'done';
    request.log('authTypeWithoutRequire');
    return 500;
  }
  const verdict = evaluate(section, request, settings);
  return verdict instanceof Promise
    ? verdict.then((settled) => decide(request, settled, authenticated))
    : decide(request, verdict, authenticated);
}

function decide(request: HttpRequest, verdict: Verdict, authenticated: boolean): Outcome {
  const path = displayText(request.path);
  if (verdict === 'granted') return 'done';
  if (verdict === 'error') return 500;
  if (verdict === 'no-user') {
    if (!authenticated) return 'declined';
    request.log('authorizationWithoutUser', { path });
  } else if (!authenticated || authTypeOf(request) === undefined) {
    const file = displayText(request.filename);
    request.log('accessDenied', { file: file === '' ? `uri ${path}` : file });
    return 403;
  } else {
    request.log('authorizationFailed', { user: displayText(request.user ?? ''), path });
    if (request.settings.get(AUTHZ).forbidden) return 403;
  }
  if (request.user !== undefined) noteAuthFailure(request);
  return 401;
}
