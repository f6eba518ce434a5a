import { systemNames } from '../http/host-names.js';
import type { Module } from '../http/module.js';
import { createAccessCompatModule } from './access-compat/index.js';
import { createAuthBasicModule } from './auth-basic/index.js';
import { createAuthnCoreModule } from './authn-core/index.js';
import { createAuthnFile } from './authn-file/index.js';
import { createAuthzCoreModule } from './authz-core/index.js';
import { authzGroupfileModule, groupProvider } from './authz-groupfile/index.js';
import { authzHostModule, hostProviders } from './authz-host/index.js';
import { authzUserModule, userProviders } from './authz-user/index.js';
import { sslProviders } from './ssl/index.js';

/**
 * The modules that say who may have what, in the order in which they find out who a user is: mod_authn_core comes
 * last, for what no other one can do.
 */
export function createAuthModules(): Module[] {
  const names = systemNames;
  const file = createAuthnFile();
  const authn = [file.provider];
  return [
    createAccessCompatModule(names),
    createAuthzCoreModule([...hostProviders(names), ...userProviders, groupProvider(), ...sslProviders]),
    authzHostModule,
    authzUserModule,
    authzGroupfileModule,
    createAuthBasicModule(authn),
    file.module,
    createAuthnCoreModule(authn),
  ];
}
