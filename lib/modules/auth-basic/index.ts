import { createHash, timingSafeEqual } from 'node:crypto';
import { isOn } from '../../config/arguments.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { Slot, type Settings } from '../../config/settings.js';
import { displayText } from '../../http/byte-string.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import type { AuthnProvider, AuthnVerdict } from '../authn-core/provider.js';
import {
  authNameOf,
  authTypeOf,
  findAuthnProvider,
  noteAuthFailure,
  unknownAuthnProvider,
} from '../authn-core/settings.js';
import { readText } from '../expressions.js';
import { basicCredentials } from './credentials.js';
import { fakeAuthorization, type FakeUser } from './fake.js';

interface BasicSettings {
  /** undefined for the provider `file` */
  readonly providers: readonly AuthnProvider[] | undefined;
  readonly authoritative: boolean;
  readonly fake: FakeUser | undefined;
  readonly digest: boolean;
}

const BASIC = new Slot<BasicSettings>('auth_basic', {
  providers: undefined,
  authoritative: true,
  fake: undefined,
  digest: false,
});

/**
 * mod_auth_basic: user names and passwords as HTTP sends them.
 * @param providers where users and passwords may be kept; the first one is the default
 */
export function createAuthBasicModule(providers: readonly AuthnProvider[]): Module {
  return {
    name: 'auth_basic',
    directives: [providerDirective(providers), ...DIRECTIVES],
    providers: { authn: providers.map(({ name }) => name) },
    hooks: { authenticate: (request) => authenticate(request, providers), fixups },
  };
}

const PLACES = { contexts: ['directory', '.htaccess'], override: 'AuthConfig' } as const;

function providerDirective(providers: readonly AuthnProvider[]): Directive {
  return {
    name: 'AuthBasicProvider',
    syntax: 'provider [provider] ...',
    default: 'file',
    ...PLACES,
    args: [1, Infinity],
    help: 'Where users and passwords are looked up, one after the other: file, or names made by <AuthnProviderAlias>.',
    apply(context, ...names) {
      const found: AuthnProvider[] = [];
      for (const name of names) {
        const provider = findAuthnProvider(context, name.text, providers);
        if (provider) found.push(provider);
        else context.error(unknownAuthnProvider(name.text), name);
      }
      const before = context.settings.made(BASIC).providers ?? [];
      if (found.length === names.length) context.settings.set(BASIC, 'providers', [...before, ...found]);
    },
  };
}

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'AuthBasicAuthoritative',
    syntax: 'On|Off',
    default: 'On',
    ...PLACES,
    args: 'flag',
    help: 'Off leaves users that no provider knows to other modules.',
    apply(context, flag) {
      context.settings.set(BASIC, 'authoritative', isOn(flag));
    },
  },
  {
    name: 'AuthBasicFake',
    syntax: 'off|username [password]',
    default: 'off',
    ...PLACES,
    args: [1, 2],
    help: 'Expressions for a user name and a password ("password" by default) that extensions get in an Authorization header.',
    apply: applyFake,
  },
  {
    name: 'AuthBasicUseDigestAlgorithm',
    syntax: 'MD5|Off',
    default: 'Off',
    ...PLACES,
    args: [1, 1],
    help: 'MD5 compares with digests of user, realm and password, as they are kept for digest authentication.',
    apply(context, argument) {
      const word = argument.text.toLowerCase();
      if (word !== 'off' && word !== 'md5') {
        context.error(`Invalid algorithm in AuthBasicUseDigestAlgorithm: ${argument.text}`, argument);
      } else {
        context.settings.set(BASIC, 'digest', word === 'md5');
      }
    },
  },
];

function applyFake(context: DirectiveContext, user?: Argument, password?: Argument): void {
  if (user?.text.toLowerCase() === 'off') {
    context.settings.set(BASIC, 'fake', undefined);
    return;
  }
  const name = user && readText(context, user, `Could not parse fake username expression '${user.text}'`);
  const secret: Argument = password ?? { text: 'password', place: context.place };
  const wrong = `Could not parse fake password expression associated to user '${user?.text ?? ''}'`;
  const parsed = readText(context, secret, wrong);
  if (name && parsed) context.settings.set(BASIC, 'fake', { user: name, password: parsed });
}

async function authenticate(request: HttpRequest, known: readonly AuthnProvider[]): Promise<Outcome> {
  const type = authTypeOf(request);
  if (type?.toLowerCase() !== 'basic') return 'declined';
  const path = displayText(request.path);
  const realm = authNameOf(request);
  if (realm === undefined) {
    request.log('authNameMissing', { path });
    return 500;
  }
  request.authType = type;
  const credentials = basicCredentials(request.header('authorization'));
  if (credentials === undefined || credentials === 'other') {
    if (credentials === 'other') request.log('authSchemeWrong', { path });
    noteAuthFailure(request);
    return 401;
  }
  const { user, password } = credentials;
  // As in Apache the log shows who it was that could not be let in.
  request.user = user;
  const { settings } = request;
  const { providers = known.slice(0, 1), authoritative, digest } = settings.get(BASIC);
  const verdict = digest
    ? checkDigest(request, settings, providers, user, realm, password)
    : await checkPassword(request, settings, providers, user, password);
  if (verdict === 'granted') return 'done';
  if (!authoritative && verdict !== 'denied') return 'declined';
  if (verdict === 'error') return 500;
  request.log(verdict === 'denied' ? 'passwordMismatch' : 'userNotFound', { user: displayText(user), path });
  noteAuthFailure(request);
  return 401;
}

/** Asks one provider after the other until one knows the user. */
async function checkPassword(
  request: HttpRequest,
  settings: Settings,
  providers: readonly AuthnProvider[],
  user: string,
  password: string,
): Promise<AuthnVerdict> {
  for (const provider of providers) {
    const verdict = await provider.checkPassword(request, settings, user, password);
    if (verdict !== 'unknown') return verdict;
  }
  return 'unknown';
}

function checkDigest(
  request: HttpRequest,
  settings: Settings,
  providers: readonly AuthnProvider[],
  user: string,
  realm: string,
  password: string,
): AuthnVerdict {
  const digest = createHash('md5').update(`${user}:${realm}:${password}`, 'latin1').digest('hex');
  for (const provider of providers) {
    const found = provider.realmHash(request, settings, user, realm);
    if (typeof found === 'object') return sameText(digest, found.hash) ? 'granted' : 'denied';
    if (found !== 'unknown') return found;
  }
  return 'unknown';
}

/** Whether two secrets are the same; how long it takes does not say where they differ. */
function sameText(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash('sha256').update(text, 'latin1').digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}

function fixups(request: HttpRequest): Outcome {
  const { fake } = request.settings.get(BASIC);
  return fake === undefined ? 'declined' : fakeAuthorization(request, fake);
}
