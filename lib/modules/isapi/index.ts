import type { PoolSettings } from '../../config/pool-settings.js';
import type { Outcome, Module } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { displayText } from '../../http/byte-string.js';
import { checkIdentities, Pools } from '../../pool/pools.js';
import { RuntimeChooser } from '../../pool/runtime-choice.js';
import { isapiActions } from './actions.js';
import { loadCacheFiles } from './cache-files.js';
import { serverAccount } from '../unixd/settings.js';
import { FailureLog } from './failure-log.js';
import type { Journal } from '../journal/entry.js';
import { handleIsapi, type HandlerContext } from './handler.js';
import { handleIndex } from './index-page.js';
import { mapScript, mapWalked, translateMapped } from './mapping.js';
import { isapiDirectives } from './settings.js';

/**
 * mod_isapi: its directives, the handlers `isapi-handler` and `isapi-isa`, and `isapi-index`, which lists extensions.
 * @param settings the application pools by name
 * @param journal what extensions are refused goes there
 */
export function createIsapiModule(settings: ReadonlyMap<string, PoolSettings>, journal: Journal): Module {
  const chooser = new RuntimeChooser();
  let context: HandlerContext | undefined;
  const started = (): HandlerContext => {
    if (!context) throw new Error('a request came before the server had started');
    return context;
  };
  const isapi = (request: HttpRequest): Outcome | Promise<Outcome> => handleIsapi(started(), request);
  return {
    name: 'isapi',
    directives: isapiDirectives(new Set(settings.keys())),
    handlers: {
      'isapi-handler': isapi,
      'isapi-isa': isapi,
      'isapi-index': (request) => handleIndex(started().server, chooser, request),
    },
    actions: isapiActions(started),
    check: (configuration) => checkIdentities(settings, serverAccount(configuration)).problems,
    hooks: {
      translate: translateMapped,
      walked: mapWalked,
      fixups: mapScript,
      start: (server) => {
        const { identities } = checkIdentities(settings, serverAccount(server.configuration));
        const pools = new Pools(settings, identities, server.log, (file, { call, error }, pool) => {
          if (file === undefined) return;
          journal.record({ kind: 'late-call', extension: displayText(file), pool, name: call, error });
        });
        const cached = loadCacheFiles(server.configuration, pools, chooser, server.log, journal);
        context = { server, pools, chooser, cached, failures: new FailureLog(), journal };
      },
      stop: async () => {
        await context?.pools.stop();
      },
    },
  };
}
