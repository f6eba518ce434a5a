import type { Module, ServerContext } from '../../http/module.js';
import { HTML_TYPE, refuseMethod, sendPage } from '../send-page.js';
import { INFO_SECURITY_POLICY, infoPage } from './page.js';

/**
 * mod_info: the handler `server-info`, which shows the configuration at work.
 * @param modules all modules of the server, this one included
 */
export function createInfoModule(modules: () => readonly Module[]): Module {
  let server: ServerContext | undefined;
  return {
    name: 'info',
    directives: [],
    handlers: {
      'server-info': (request) => {
        if (server === undefined) throw new Error('a request came before the server had started');
        const refused = refuseMethod(request);
        if (refused !== undefined) return refused;
        const parts = { name: request.serverName, server, modules: modules() };
        const text = infoPage(parts, request.query);
        if (text === undefined) return 404;
        return sendPage(request, { type: HTML_TYPE, text, policy: INFO_SECURITY_POLICY });
      },
    },
    hooks: {
      start: (context) => {
        server = context;
      },
    },
  };
}
