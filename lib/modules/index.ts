import type { Module } from '../http/module.js';
import { aliasModule } from './alias/index.js';
import { authzModule } from './authz/index.js';
import { createCoreModule } from './core/index.js';
import { createDirModule } from './dir/index.js';
import { envModule } from './env/index.js';
import { createLogModule } from './log/index.js';
import { mimeModule } from './mime/index.js';

/**
 * The modules of a server, in the order in which their hooks run: what is particular before what is general, so that
 * an Alias comes before DocumentRoot and AddHandler before SetHandler, which overrides it.
 * @param handlers the modules that answer requests, such as mod_isapi
 */
export function builtInModules(handlers: readonly Module[]): Module[] {
  return [
    aliasModule,
    mimeModule,
    envModule,
    authzModule,
    ...handlers,
    createCoreModule(),
    createDirModule(),
    createLogModule(),
  ];
}
