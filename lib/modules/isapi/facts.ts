import { escapePath } from '../../http/byte-string.js';
import { CONTENT } from '../../http/content-settings.js';
import { NO_ADMIN, signature } from '../../http/error-document.js';
import type { ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { documentRoot } from '../../http/settings.js';
import type { TlsConnection } from '../../http/tls/tls-connection.js';
import { iisVariables } from '../../http/tls/variables.js';
import type { RequestFacts } from '../../isapi/facts.js';
import { basicCredentials } from '../auth-basic/credentials.js';

/** What a worker is told about a request. */
export function requestFacts(request: HttpRequest, server: ServerContext, pool: string): RequestFacts {
  const { script } = request;
  const pathInfo = script?.pathInfo ?? request.pathInfo;
  const { serverAdmin, cgiPassAuth, requestUri } = request.settings.get(CONTENT);
  const root = documentRoot(server.configuration, request.host.settings);
  const environment: string[] = [];
  for (const [name, value] of request.env) environment.push(name, value);
  // ISAPIExtension gives a URL space to the program itself: what an Alias would say of it is not the site's.
  const isSpace = script !== undefined && script.pathTranslated === undefined;
  return {
    method: request.method,
    target: request.target,
    protocol: request.protocol,
    scheme: request.scheme,
    query: request.query,
    scriptName: scriptName(request),
    scriptFilename: request.filename,
    pathInfo,
    pathTranslated:
      script?.pathTranslated ?? (pathInfo === '' ? '' : server.mapPath(request, pathInfo).filename),
    contentType: request.header('content-type') ?? '',
    contentLength: request.errorStatus === undefined ? (request.header('content-length') ?? '') : '',
    documentRoot: root,
    contextPrefix: isSpace ? '' : (request.aliasPrefix ?? ''),
    contextDocumentRoot: isSpace ? root : (request.aliasTarget ?? root),
    serverName: request.serverName,
    serverPort: String(request.serverPort),
    serverAdmin: serverAdmin ?? NO_ADMIN,
    serverSoftware: server.software,
    serverSignature: signature(request),
    remoteAddress: request.remoteAddress,
    remoteHost: request.remoteHost ?? '',
    remotePort: String(request.remotePort),
    localAddress: request.localAddress,
    user: request.user ?? '',
    authType: request.authType ?? '',
    password: passwordOf(request),
    pool,
    certificates: request.tls === undefined ? '' : certificateFacts(request.tls),
    requestUri: requestUri === 'current-uri' ? currentUri(request) : '',
    urlPath: script === undefined || isSpace ? '' : request.path,
    passAuth: cgiPassAuth ? '1' : '',
    headers: request.rawHeaders,
    environment,
  };
}

/** The password of a user who has shown who it is by one, as IIS gives it. */
function passwordOf(request: HttpRequest): string {
  if (request.user === undefined || request.authType?.toLowerCase() !== 'basic') return '';
  const credentials = basicCredentials(request.header('authorization'));
  return typeof credentials === 'object' ? credentials.password : '';
}

/** The URL that an internal redirect has led to; "" when there was none. */
function currentUri({ redirected, path, query }: HttpRequest): string {
  if (redirected === undefined) return '';
  return `${escapePath(path)}${query === '' ? '' : `?${query}`}`;
}

/** What is the same for all requests of a connection. */
const certificateTexts = new WeakMap<TlsConnection, string>();

/** IIS's variables about TLS, as a worker takes them. */
function certificateFacts(tls: TlsConnection): string {
  let text = certificateTexts.get(tls);
  if (text === undefined) {
    // The bytes that separate are no characters of names.
    const items = iisVariables(tls).flat();
    text = items.map((item) => `${item.replace(/[\0\x01]/g, ' ')}\x01`).join('');
    certificateTexts.set(tls, text);
  }
  return text;
}

/** The path of the URL without path info. */
export function scriptName({ path, pathInfo, script }: HttpRequest): string {
  return script?.name ?? path.slice(0, path.length - pathInfo.length);
}
