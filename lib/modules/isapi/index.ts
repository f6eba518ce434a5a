import type { PoolSettings } from '../../config/pool-settings.js';
import type { Outcome, Module } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { displayText } from '../../http/byte-string.js';
import { LATE_DETAIL } from '../../isapi/refusal-text.js';
import type { PoolStatistics } from '../../pool/pool-statistics.js';
import { checkIdentities, Pools } from '../../pool/pools.js';
import { RuntimeChooser } from '../../pool/runtime-choice.js';
import { isapiActions } from './actions.js';
import { loadCacheFiles } from './cache-files.js';
import { serverAccount } from '../unixd/settings.js';
import type { Tracing } from '../trace/tracing.js';
import { FailureLog } from './failure-log.js';
import type { Journal } from '../journal/entry.js';
import { handleIsapi, type HandlerContext } from './handler.js';
import { LateBytes } from './late-bytes.js';
import { checkFolders } from './extension-folders.js';
import { handleIndex } from './index-page.js';
import { mapScript, mapWalked, translateMapped } from './mapping.js';
import { isapiDirectives } from './settings.js';

/** What mod_isapi reports to. */
export interface IsapiServices {
  /** the numbers of pools and extensions, those of earlier configurations included */
  readonly statistics: PoolStatistics;
  readonly journal: Journal;
  /** traces requests that are to be traced */
  readonly tracing: Tracing;
}

/**
 * mod_isapi: its directives, the handlers `isapi-handler` and `isapi-isa`, and `isapi-index`, which lists extensions.
 * @param settings the application pools by name
 * @param services what its numbers, and what extensions are refused, and traces are handed to
 */
export function createIsapiModule(
  settings: ReadonlyMap<string, PoolSettings>,
  { statistics, journal, tracing }: IsapiServices,
): Module {
  const chooser = new RuntimeChooser();
  const lateBytes = new LateBytes();
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
    check: (configuration) => [
      ...checkIdentities(settings, serverAccount(configuration)).problems,
      ...checkFolders(configuration),
    ],
    hooks: {
      translate: translateMapped,
      walked: mapWalked,
      fixups: mapScript,
      start: (server) => {
        const { identities } = checkIdentities(settings, serverAccount(server.configuration));
        const { log } = server;
        const pools = new Pools(settings, identities, log, (file, { call, fakeAsync, error }, pool) => {
          if (file === undefined) return;
          const detail = fakeAsync ? LATE_DETAIL.on : LATE_DETAIL.off;
          journal.record({
            kind: 'late-call',
            extension: displayText(file),
            pool,
            name: call,
            detail,
            error,
          });
        });
        const places = { pools, chooser, statistics, log, journal };
        const cached = loadCacheFiles(server.configuration, places);
        statistics.opened(pools);
        const failures = new FailureLog();
        context = { server, pools, chooser, cached, failures, statistics, journal, tracing, lateBytes };
      },
      log: (request) => lateBytes.ended(request),
      stop: async () => {
        if (context === undefined) return;
        await context.pools.stop();
        statistics.closed(context.pools);
      },
    },
  };
}
