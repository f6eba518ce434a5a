import type { ResponseHead } from './module.js';
import type { HttpRequest } from './request.js';

/**
 * Heeds the variables by which httpd's core makes allowance for clients, as SetEnvIf and BrowserMatch set them.
 * `nokeepalive` closes the connection after the response; `downgrade-1.0` answers as if the request were of HTTP/1.0;
 * `force-response-1.0` closes the connection of a client of HTTP/1.0; `force-no-vary` takes Vary away and does what the
 * two others do. The version in the status line is HTTP/1.1 all the same: Node writes no other.
 */
export function workAround(request: HttpRequest, head: ResponseHead): void {
  const { env, output } = request;
  const noVary = env.has('force-no-vary');
  if (noVary) {
    const others = head.headers.filter(([name]) => name.toLowerCase() !== 'vary');
    head.headers.splice(0, Infinity, ...others);
  }
  if (noVary || env.has('downgrade-1.0')) output.downgrade?.();
  else if (env.has('nokeepalive')) output.closeAfter();
  else if (request.protocol === 'HTTP/1.0' && env.has('force-response-1.0')) output.closeAfter();
}
