import type { Module } from '../http/module.js';
import { createAliasModule } from './alias/index.js';
import { createAuthModules } from './auth.js';
import { createCoreModule } from './core/index.js';
import { createDirModule } from './dir/index.js';
import { envModule } from './env/index.js';
import { headersModule } from './headers/index.js';
import { http2Module } from './http2/index.js';
import { createInfoModule } from './info/index.js';
import { createLogModule } from './log/index.js';
import { createLogioModule } from './logio/index.js';
import { mimeModule } from './mime/index.js';
import { mpmModule } from './mpm/index.js';
import { remoteipModule } from './remoteip/index.js';
import { reqtimeoutModule } from './reqtimeout/index.js';
import { createSslModule } from './ssl/index.js';
import { spelingModule } from './speling/index.js';
import { unixdModule } from './unixd/index.js';
import { setenvifModule } from './setenvif/index.js';
import { versionModule } from './version/index.js';

/**
 * The modules of a server, in the order in which their hooks run: what is particular before what is general, so that
 * an Alias comes before DocumentRoot and AddHandler before SetHandler, which overrides it.
 * @param handlers the modules that answer requests, such as mod_isapi
 */
export function builtInModules(handlers: readonly Module[]): Module[] {
  const modules: Module[] = [
    createAliasModule(),
    mimeModule,
    setenvifModule,
    envModule,
    createSslModule(),
    ...createAuthModules(),
    ...handlers,
    createCoreModule(),
    createDirModule(),
    spelingModule,
    // What others have set is known to it: in httpd it comes last.
    headersModule,
    createLogModule(),
    createLogioModule(),
    mpmModule,
    unixdModule,
    versionModule,
    http2Module,
    remoteipModule,
    reqtimeoutModule,
    createInfoModule(() => modules),
  ];
  return modules;
}
