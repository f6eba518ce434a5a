import { displayText } from '../../http/byte-string.js';
import type { Module } from '../../http/module.js';
import { parseNames } from '../authz-core/names.js';
import type { AuthzProvider } from '../authz-core/provider.js';

/** mod_authz_user has no directives of its own. */
export const authzUserModule: Module = { name: 'authz_user', directives: [] };

/** `Require user`, `Require valid-user`. */
export const userProviders: readonly AuthzProvider[] = [
  {
    name: 'user',
    parse(line) {
      const users = parseNames('user', line);
      return (
        users &&
        ((request) => {
          const { user } = request;
          if (user === undefined) return 'no-user';
          if (users(request)?.includes(user)) return 'granted';
          request.log('userNotNamed', { user: displayText(user), path: displayText(request.path) });
          return 'denied';
        })
      );
    },
  },
  {
    name: 'valid-user',
    parse: () => (request) => (request.user === undefined ? 'no-user' : 'granted'),
  },
];
