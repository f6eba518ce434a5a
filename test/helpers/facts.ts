import { FACT_NAMES, type RequestFacts } from '../../lib/isapi/facts.js';

/** What a worker is told about a request with everything: path info, query, body, several headers, a user. */
export function sampleFacts(changes: Partial<RequestFacts> = {}): RequestFacts {
  return {
    method: 'REPORT',
    target: '/isapi/kit.dll/more%20path?a=%41+b',
    protocol: 'HTTP/1.1',
    scheme: 'http',
    query: 'a=%41+b',
    scriptName: '/isapi/kit.dll',
    scriptFilename: '/srv/www/isapi/kit.dll',
    pathInfo: '/more path',
    pathTranslated: '/srv/www/more path',
    contentType: 'text/x-kit',
    contentLength: '12',
    documentRoot: '/srv/www',
    contextPrefix: '/isapi',
    contextDocumentRoot: '/srv/www/isapi',
    serverName: 'site.test',
    serverPort: '8080',
    serverAdmin: 'you@site.test',
    serverSoftware: 'isapi-host/1.0',
    serverSignature: '<address>us</address>',
    remoteAddress: '192.0.2.7',
    remoteHost: '',
    remotePort: '51515',
    localAddress: '192.0.2.1',
    user: 'ada',
    authType: 'Basic',
    password: 'lovelace',
    requestUri: '',
    urlPath: '',
    passAuth: '',
    pool: 'kits',
    certificates: '',
    headers: ['Host', 'site.test:8080', 'Content-Type', 'text/x-kit', 'Content-Length', '12'],
    environment: ['KIT_COLOR', 'green', 'SERVER_NAME', 'not this', 'kit_small', 'x'],
    ...changes,
  };
}

/** Facts that are read when they are asked for, as an object that has them all. */
export function plainFacts(facts: RequestFacts): RequestFacts {
  const named = Object.fromEntries(FACT_NAMES.map((name) => [name, facts[name]]));
  return { ...named, headers: facts.headers, environment: facts.environment } as unknown as RequestFacts;
}
