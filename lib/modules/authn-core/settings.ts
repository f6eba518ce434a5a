import type { TextExpression } from '../../config/expression/index.js';
import type { DirectiveContext } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';
import { messageOf } from '../../errors.js';
import { expressionScope } from '../../http/expression-scope.js';
import type { HttpRequest } from '../../http/request.js';
import type { AuthnProvider } from './provider.js';

interface AuthnSettings {
  readonly type: TextExpression | undefined;
  readonly name: TextExpression | undefined;
  /** what `<AuthnProviderAlias>` has made, by name; of the main server alone */
  readonly aliases: ReadonlyMap<string, AuthnProvider>;
}

export const AUTHN = new Slot<AuthnSettings>(
  'authn_core',
  { type: undefined, name: undefined, aliases: new Map() },
  { aliases: (outer, inner) => new Map([...outer, ...inner]) },
);

/** AuthType for a request, or undefined without one and for None. */
export function authTypeOf(request: HttpRequest): string | undefined {
  const { type } = request.settings.get(AUTHN);
  const value = type && evaluated(request, type, 'AuthType');
  return value?.toLowerCase() === 'none' ? undefined : value;
}

/** AuthName for a request, fit to stand between quotes; undefined without one. */
export function authNameOf(request: HttpRequest): string | undefined {
  const { name } = request.settings.get(AUTHN);
  const value = name && evaluated(request, name, 'AuthName');
  return value?.replace(/\\[^]|"/g, (found) => (found === '"' ? '\\"' : found));
}

function evaluated(request: HttpRequest, expression: TextExpression, what: string): string | undefined {
  try {
    return expression.text(expressionScope(request));
  } catch (error) {
    request.log('authExpressionFailed', { what, reason: messageOf(error) });
    return undefined;
  }
}

/** Has the client asked for a user, if AuthType is one that this server knows. */
export function noteAuthFailure(request: HttpRequest): void {
  if (authTypeOf(request)?.toLowerCase() !== 'basic') return;
  const { errorHeaders } = request;
  const before = errorHeaders.findIndex(([name]) => name === 'WWW-Authenticate');
  if (before >= 0) errorHeaders.splice(before, 1);
  errorHeaders.push(['WWW-Authenticate', `Basic realm="${authNameOf(request) ?? ''}"`]);
}

/** Providers of modules that isapi-host does not have. */
const FOREIGN: Readonly<Record<string, string>> = {
  anon: 'mod_authn_anon',
  dbd: 'mod_authn_dbd',
  dbm: 'mod_authn_dbm',
  ldap: 'mod_authnz_ldap',
  socache: 'mod_authn_socache',
};

/** What to say about a name that is no provider. */
export function unknownAuthnProvider(name: string): string {
  const module = FOREIGN[name];
  const reason = module === undefined ? '' : `; it belongs to ${module}, which isapi-host does not have`;
  return `Unknown Authn provider: ${name}${reason}`;
}

/** A provider, or an alias, by its name in this configuration. */
export function findAuthnProvider(
  context: DirectiveContext,
  name: string,
  providers: readonly AuthnProvider[],
): AuthnProvider | undefined {
  return context.main.get(AUTHN).aliases.get(name) ?? providers.find((provider) => provider.name === name);
}
