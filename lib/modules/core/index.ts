import { messageOf } from '../../errors.js';
import { escapePath } from '../../http/byte-string.js';
import { CONTENT } from '../../http/content-settings.js';
import { workAround } from '../../http/client-workarounds.js';
import { expressionScope } from '../../http/expression-scope.js';
import { checkHosts } from '../../http/host-report.js';
import { HOST } from '../../http/host-settings.js';
import { pathBelow } from '../../http/host-set.js';
import type { Module, Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { documentRoot } from '../../http/settings.js';
import { addVary, varyOf } from '../../http/vary.js';
import { CORE_DIRECTIVES } from './directives.js';
import { limitSections, registerMethodDirective } from './limit.js';
import { STATUS_DIRECTIVES } from './status-directives.js';

/**
 * Apache's core: what every server has. Its hooks come after those of other modules: DocumentRoot takes the URLs that
 * no Alias took, and SetHandler counts more than AddHandler.
 */
export function createCoreModule(): Module {
  let server: ServerContext | undefined;
  return {
    name: 'core',
    directives: [...CORE_DIRECTIVES, ...STATUS_DIRECTIVES, registerMethodDirective],
    sections: limitSections,
    check: checkHosts,
    hooks: {
      start(context) {
        server = context;
      },
      translate(request): Outcome {
        if (server === undefined || !request.path.startsWith('/')) return 'declined';
        const { own, settings } = request.host;
        const below = pathBelow(request.path, own.made(HOST).serverPath);
        const path = below === undefined ? request.path : `/${below}`;
        request.filename = documentRoot(server.configuration, settings) + path;
        return 'done';
      },
      fixups(request): Outcome {
        qualifyRedirect(request);
        return overrideType(request);
      },
      responds: (request) => request.env.size > 0 || varyOf(request) !== undefined,
      respond(request, head) {
        const names = varyOf(request);
        if (names && !head.isError) addVary(head.headers, names);
        if (request.env.size > 0) workAround(request, head);
      },
    },
  };
}

/** QualifyRedirectURL: extensions see the whole URL that the request was turned away from. */
function qualifyRedirect(request: HttpRequest): void {
  const { redirected, settings } = request;
  if (redirected === undefined || !settings.get(HOST).qualifyRedirectUrl) return;
  request.env.set('REDIRECT_URL', absoluteUrl(request, redirected.path, redirected.query));
}

/** ForceType and SetHandler count more than what the name of a file says. */
function overrideType(request: HttpRequest): Outcome {
  const { forceType, handler } = request.settings.get(CONTENT);
  if (forceType !== '') request.contentType = forceType;
  if (handler === undefined) return 'declined';
  let name = handler;
  if (typeof name !== 'string') {
    try {
      name = name.text(expressionScope(request)).toLowerCase();
    } catch (error) {
      request.log('handlerExpressionFailed', { reason: messageOf(error) });
      return 500;
    }
  }
  if (name !== 'none') request.handler = name;
  return 'declined';
}

/** The URL of another path on the server that a request came to, as its client would write it. */
export function absoluteUrl(request: HttpRequest, path: string, query: string): string {
  const isUsual = request.serverPort === (request.urlScheme === 'https' ? 443 : 80);
  const port = isUsual ? '' : `:${request.serverPort}`;
  return `${request.urlScheme}://${request.serverName}${port}${escapePath(path)}${query === '' ? '' : `?${query}`}`;
}
