import { CONTENT } from './content-settings.js';
import { ServerRequest, type RequestParts } from './server-request.js';
import { parseTarget } from './url-path.js';

/**
 * A request that the parser has refused, for its answer and for the logs: it is known by its first line alone, and by
 * the path in it where that can be made out.
 */
export function unparsedRequest(
  line: string,
  parts: Omit<RequestParts, 'method' | 'target' | 'protocol' | 'rawHeaders' | 'contentLength'>,
): ServerRequest {
  const [method = '', target = '', protocol = ''] = line.split(' ');
  const request = new ServerRequest({ ...parts, method, target, protocol, rawHeaders: [], contentLength: 0 });
  const parsed = parseTarget(target, parts.host.settings.get(CONTENT));
  if (!('status' in parsed)) {
    request.path = parsed.path;
    request.query = parsed.query;
  }
  return request;
}
