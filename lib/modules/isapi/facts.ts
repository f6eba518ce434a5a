import type { ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { documentRoot } from '../../http/settings.js';
import type { RequestFacts } from '../../isapi/facts.js';

/** What a worker is told about a request. */
export function requestFacts(request: HttpRequest, server: ServerContext, pool: string): RequestFacts {
  const { pathInfo } = request;
  const root = documentRoot(server.configuration, request.host.settings);
  const environment: string[] = [];
  for (const [name, value] of request.env) environment.push(name, value);
  return {
    method: request.method,
    target: request.target,
    protocol: request.protocol,
    scheme: request.scheme,
    query: request.query,
    scriptName: scriptName(request),
    scriptFilename: request.filename,
    pathInfo,
    pathTranslated: pathInfo === '' ? '' : server.mapPath(request, pathInfo).filename,
    contentType: request.header('content-type') ?? '',
    contentLength: request.header('content-length') ?? '',
    documentRoot: root,
    contextPrefix: request.aliasPrefix ?? '',
    contextDocumentRoot: request.aliasTarget ?? root,
    serverName: request.serverName,
    serverPort: String(request.serverPort),
    serverAdmin: '',
    serverSoftware: server.software,
    serverSignature: '',
    remoteAddress: request.remoteAddress,
    remotePort: String(request.remotePort),
    localAddress: request.localAddress,
    user: request.user ?? '',
    authType: request.authType ?? '',
    password: '',
    pool,
    headers: request.rawHeaders,
    environment,
  };
}

/** The path of the URL without path info. */
export function scriptName({ path, pathInfo }: HttpRequest): string {
  return path.slice(0, path.length - pathInfo.length);
}
