import type { Settings } from '../../config/settings.js';
import type { HttpRequest } from '../../http/request.js';

/** What is known of a user and a password; `error` is logged already and answered with 500. */
export type AuthnVerdict = 'granted' | 'denied' | 'unknown' | 'error';

/** Where users and passwords are kept: what AuthBasicProvider names. Texts are byte strings. */
export interface AuthnProvider {
  readonly name: string;
  /** @param settings those that the provider goes by, which an alias may have changed */
  checkPassword(
    request: HttpRequest,
    settings: Settings,
    user: string,
    password: string,
  ): AuthnVerdict | Promise<AuthnVerdict>;
  /** The MD5 of `user:realm:password` in hexadecimal digits, as it is kept. */
  realmHash(
    request: HttpRequest,
    settings: Settings,
    user: string,
    realm: string,
  ): { readonly hash: string } | AuthnVerdict;
}
