import { escapePath } from '../../http/byte-string.js';
import type { Module, Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { CORE, documentRoot } from '../../http/settings.js';
import { CORE_DIRECTIVES } from './directives.js';

/**
 * Apache's core: what every server has. Its hooks come after those of other modules: DocumentRoot takes the URLs that
 * no Alias took, and SetHandler counts more than AddHandler.
 */
export function createCoreModule(): Module {
  let server: ServerContext | undefined;
  return {
    name: 'core',
    directives: CORE_DIRECTIVES,
    hooks: {
      start(context) {
        server = context;
      },
      translate(request): Outcome {
        if (server === undefined || !request.path.startsWith('/')) return 'declined';
        request.filename = documentRoot(server.configuration, request.host.settings) + request.path;
        return 'done';
      },
      fixups(request): Outcome {
        const { handler } = request.settings.get(CORE);
        if (handler !== undefined) request.handler = handler === '' ? undefined : handler;
        return 'declined';
      },
    },
  };
}

/** The URL of another path on the server that a request came to, as its client would write it. */
export function absoluteUrl(request: HttpRequest, path: string, query: string): string {
  const isUsual = request.serverPort === (request.scheme === 'https' ? 443 : 80);
  const port = isUsual ? '' : `:${request.serverPort}`;
  return `${request.scheme}://${request.serverName}${port}${escapePath(path)}${query === '' ? '' : `?${query}`}`;
}
