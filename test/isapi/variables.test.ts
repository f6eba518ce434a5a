import t from 'tap';

import type { RequestFacts } from '../../lib/isapi/facts.js';
import { posixNotation, windowsNotation } from '../../lib/isapi/paths.js';
import { ServerVariables, VARIABLE_NAMES } from '../../lib/isapi/variables.js';
import { sampleFacts } from '../helpers/facts.js';

function variables(changes: Partial<RequestFacts> = {}): ServerVariables {
  return new ServerVariables(sampleFacts(changes), posixNotation);
}

/** The values for the sample request; those that are paths have their Windows form second. */
const VALUES: Readonly<Record<string, string | readonly [elf: string, windows: string]>> = {
  APP_POOL_ID: 'kits',
  APPL_MD_PATH: '/LM/W3SVC/1/ROOT',
  APPL_PHYSICAL_PATH: ['/srv/www/isapi/', 'Z:\\srv\\www\\isapi\\'],
  AUTH_PASSWORD: 'lovelace',
  AUTH_TYPE: 'Basic',
  AUTH_USER: 'ada',
  CACHE_URL: 'http://site.test:8080/isapi/kit.dll/more path',
  CERT_COOKIE: '',
  CERT_FLAGS: '0',
  CERT_ISSUER: '',
  CERT_KEYSIZE: '',
  CERT_SECRETKEYSIZE: '',
  CERT_SERIALNUMBER: '',
  CERT_SERVER_ISSUER: '',
  CERT_SERVER_SUBJECT: '',
  CERT_SUBJECT: '',
  CONTENT_LENGTH: '12',
  CONTENT_TYPE: 'text/x-kit',
  CONTEXT_DOCUMENT_ROOT: ['/srv/www/isapi', 'Z:\\srv\\www\\isapi'],
  CONTEXT_PREFIX: '/isapi',
  DOCUMENT_ROOT: ['/srv/www', 'Z:\\srv\\www'],
  GATEWAY_INTERFACE: 'CGI/1.1',
  HTTP_METHOD: 'REPORT',
  HTTP_URL: '/isapi/kit.dll/more%20path?a=%41+b',
  HTTP_VERSION: 'HTTP/1.1',
  HTTPS: 'off',
  HTTPS_KEYSIZE: '',
  HTTPS_SECRETKEYSIZE: '',
  HTTPS_SERVER_ISSUER: '',
  HTTPS_SERVER_SUBJECT: '',
  INSTANCE_ID: '1',
  INSTANCE_META_PATH: '/LM/W3SVC/1',
  LOCAL_ADDR: '192.0.2.1',
  LOGON_USER: 'ada',
  PATH: process.env['PATH'] ?? '',
  PATH_INFO: '/more path',
  PATH_TRANSLATED: ['/srv/www/more path', 'Z:\\srv\\www\\more path'],
  QUERY_STRING: 'a=%41+b',
  REMOTE_ADDR: '192.0.2.7',
  REMOTE_HOST: '192.0.2.7',
  REMOTE_PORT: '51515',
  REMOTE_USER: 'ada',
  REQUEST_METHOD: 'REPORT',
  REQUEST_SCHEME: 'http',
  REQUEST_URI: '/isapi/kit.dll/more%20path?a=%41+b',
  SCRIPT_FILENAME: ['/srv/www/isapi/kit.dll', 'Z:\\srv\\www\\isapi\\kit.dll'],
  SCRIPT_NAME: '/isapi/kit.dll',
  SCRIPT_TRANSLATED: ['/srv/www/isapi/kit.dll', 'Z:\\srv\\www\\isapi\\kit.dll'],
  SERVER_ADDR: '192.0.2.1',
  SERVER_ADMIN: 'you@site.test',
  SERVER_NAME: 'site.test',
  SERVER_PORT: '8080',
  SERVER_PORT_SECURE: '0',
  SERVER_PROTOCOL: 'HTTP/1.1',
  SERVER_SIGNATURE: '<address>us</address>',
  SERVER_SOFTWARE: 'isapi-host/1.0',
  SSI_EXEC_DISABLED: '1',
  UNENCODED_URL: '/isapi/kit.dll/more%20path?a=%41+b',
  UNMAPPED_REMOTE_USER: 'ada',
  URL: '/isapi/kit.dll',
  URL_PATH_INFO: '/isapi/kit.dll/more path',
};

t.test('each variable has its value, paths in the notation of the extension', async (t) => {
  const facts = sampleFacts();
  const elf = new ServerVariables(facts, posixNotation);
  const windows = new ServerVariables(facts, windowsNotation);
  for (const [name, value] of Object.entries(VALUES)) {
    const [plain, turned] = typeof value === 'string' ? [value, value] : value;
    t.equal(elf.text(name), plain, name);
    t.equal(windows.text(name), turned, `${name} on Windows`);
  }
});

t.test('the list of names is the list of what has a value', async (t) => {
  t.same([...VARIABLE_NAMES].sort(), ['ALL_HTTP', 'ALL_RAW', ...Object.keys(VALUES)].sort());
});

/** The variables of IIS as they are documented. */
const IIS_NAMES =
  'ALL_HTTP ALL_RAW APP_POOL_ID APPL_MD_PATH APPL_PHYSICAL_PATH AUTH_PASSWORD AUTH_TYPE AUTH_USER CACHE_URL ' +
  'CERT_COOKIE CERT_FLAGS CERT_ISSUER CERT_KEYSIZE CERT_SECRETKEYSIZE CERT_SERIALNUMBER CERT_SERVER_ISSUER ' +
  'CERT_SERVER_SUBJECT CERT_SUBJECT CONTENT_LENGTH CONTENT_TYPE GATEWAY_INTERFACE HTTP_METHOD HTTP_URL ' +
  'HTTP_VERSION HTTPS HTTPS_KEYSIZE HTTPS_SECRETKEYSIZE HTTPS_SERVER_ISSUER HTTPS_SERVER_SUBJECT INSTANCE_ID ' +
  'INSTANCE_META_PATH LOCAL_ADDR LOGON_USER PATH_INFO PATH_TRANSLATED QUERY_STRING REMOTE_ADDR REMOTE_HOST ' +
  'REMOTE_PORT REMOTE_USER REQUEST_METHOD SCRIPT_NAME SCRIPT_TRANSLATED SERVER_NAME SERVER_PORT ' +
  'SERVER_PORT_SECURE SERVER_PROTOCOL SERVER_SOFTWARE SSI_EXEC_DISABLED UNENCODED_URL UNMAPPED_REMOTE_USER URL ' +
  'URL_PATH_INFO';

t.test('every variable of IIS is known', async (t) => {
  const names = IIS_NAMES.split(' ');
  t.equal(names.length, 53);
  t.same(
    names.filter((name) => variables().text(name) === undefined),
    [],
  );
});

t.test('a plain request: what Apache does not have is absent, what IIS has empty is empty', async (t) => {
  const plain = variables({
    pathInfo: '',
    pathTranslated: '',
    contentType: '',
    contentLength: '',
    user: '',
    authType: '',
    password: '',
    certificates: '',
    query: '',
    headers: [],
    environment: [],
  });
  for (const name of 'PATH_INFO PATH_TRANSLATED CONTENT_TYPE CONTENT_LENGTH REMOTE_USER AUTH_TYPE'.split(
    ' ',
  )) {
    t.equal(plain.text(name), undefined, name);
  }
  for (const name of 'QUERY_STRING AUTH_USER AUTH_PASSWORD LOGON_USER UNMAPPED_REMOTE_USER'.split(' ')) {
    t.equal(plain.text(name), '', name);
  }
  t.equal(plain.text('URL_PATH_INFO'), '/isapi/kit.dll');
  t.equal(plain.text('ALL_HTTP'), '');
  t.equal(plain.text('ALL_RAW'), '');
});

t.test('a request over TLS', async (t) => {
  const secure = variables({ scheme: 'https', serverPort: '443' });
  t.equal(secure.text('HTTPS'), 'on');
  t.equal(secure.text('SERVER_PORT_SECURE'), '1');
  t.equal(secure.text('CACHE_URL'), 'https://site.test:443/isapi/kit.dll/more path');
});

t.test('names have any letter case, but for ALL_HTTP and ALL_RAW', async (t) => {
  t.equal(variables().text('Server_Name'), 'site.test');
  t.equal(variables().text('query_string'), 'a=%41+b');
  t.equal(variables().text('http_host'), 'site.test:8080');
  t.equal(variables().text('all_http'), undefined);
  t.equal(variables().text('All_Raw'), undefined);
});

t.test('names that nothing stands for', async (t) => {
  for (const name of [
    '',
    'NO_SUCH',
    'HTTP_',
    'HEADER_',
    'UNICODE_',
    'constructor',
    '__proto__',
    'toString',
  ]) {
    t.equal(variables().get(name), undefined, name);
  }
});

t.test('SetEnv adds variables and does not replace those of the server', async (t) => {
  t.equal(variables().text('KIT_COLOR'), 'green');
  t.equal(variables().text('kit_color'), 'green');
  t.equal(variables().text('KIT_SMALL'), 'x');
  t.equal(variables().text('SERVER_NAME'), 'site.test');
  t.equal(variables({ environment: ['EMPTY', ''] }).text('EMPTY'), '');
});

const HEADERS = [
  ['X-Kit', 'one'],
  ['Accept', '*/*'],
  ['x-kit', 'two'],
  ['Cookie', 'a=1; b=2'],
  ['X_Under', 'under'],
  ['X.Dot', 'dot'],
  ['Authorization', 'Basic secret'],
  ['Proxy-Authorization', 'Basic secret'],
  ['Proxy', 'http://evil.test'],
  ['Content-Type', 'text/x-kit'],
  ['Content-Length', '12'],
  ['X-Empty', ''],
].flat();

t.test('HTTP_ gives the headers, those of one name joined; some are hidden', async (t) => {
  const some = variables({ headers: HEADERS });
  t.equal(some.text('HTTP_X_KIT'), 'one, two');
  t.equal(some.text('HTTP_ACCEPT'), '*/*');
  t.equal(some.text('HTTP_COOKIE'), 'a=1; b=2');
  t.equal(some.text('HTTP_X_EMPTY'), '');
  for (const name of [
    'HTTP_X-KIT',
    'HTTP_X_UNDER',
    'HTTP_X_DOT',
    'HTTP_X.DOT',
    'HTTP_AUTHORIZATION',
    'HTTP_PROXY_AUTHORIZATION',
    'HTTP_PROXY',
    'HTTP_CONTENT_TYPE',
    'HTTP_CONTENT_LENGTH',
    'HTTP_NONE',
  ]) {
    t.equal(some.text(name), undefined, name);
  }
});

t.test('HEADER_ gives a header by its own name, Proxy excepted', async (t) => {
  const some = variables({ headers: HEADERS });
  t.equal(some.text('HEADER_X-Kit'), 'one, two');
  t.equal(some.text('HEADER_x-kit'), 'one, two');
  t.equal(some.text('HEADER_X_Under'), 'under');
  t.equal(some.text('HEADER_Content-Type'), 'text/x-kit');
  t.equal(some.text('HEADER_X_Kit'), undefined);
  t.equal(some.text('HEADER_Proxy'), undefined);
  t.equal(some.text('HEADER_None'), undefined);
});

t.test('ALL_HTTP and ALL_RAW list the headers in order', async (t) => {
  const some = variables({ headers: HEADERS });
  t.equal(
    some.text('ALL_HTTP'),
    'HTTP_X_KIT:one, two\r\nHTTP_ACCEPT:*/*\r\nHTTP_COOKIE:a=1; b=2\r\nHTTP_X_EMPTY:\r\n',
  );
  t.equal(
    some.text('ALL_RAW'),
    'X-Kit: one, two\r\nAccept: */*\r\nCookie: a=1; b=2\r\nX_Under: under\r\nX.Dot: dot\r\n' +
      'Authorization: Basic secret\r\nProxy-Authorization: Basic secret\r\nContent-Type: text/x-kit\r\n' +
      'Content-Length: 12\r\nX-Empty: \r\n',
  );
});

t.test('a value is bytes, one for each character, with a terminator of one byte', async (t) => {
  const value = variables({ query: 'caf\xe9\xff' }).get('QUERY_STRING');
  t.same(value?.bytes, Buffer.from([0x63, 0x61, 0x66, 0xe9, 0xff]));
  t.equal(value?.terminator, 1);
});

t.test('UNICODE_ gives a variable in UTF-16 with a terminator of two bytes', async (t) => {
  const unicode = (changes: Partial<RequestFacts>, name: string): string | undefined => {
    const value = variables(changes).get(name);
    if (value) t.equal(value.terminator, 2);
    return value?.bytes.toString('utf16le');
  };
  t.equal(unicode({}, 'UNICODE_SERVER_NAME'), 'site.test');
  t.equal(unicode({}, 'unicode_server_name'), 'site.test');
  t.equal(unicode({}, 'UNICODE_KIT_COLOR'), 'green');
  t.equal(unicode({ pathInfo: '/caf\xc3\xa9' }, 'UNICODE_PATH_INFO'), '/caf\u00e9', 'UTF-8 is decoded');
  t.equal(unicode({ pathInfo: '/caf\xe9' }, 'UNICODE_PATH_INFO'), '/caf\u00e9', 'other bytes are characters');
  t.equal(unicode({ pathInfo: '/\xf0\x9f\x8d\xb5' }, 'UNICODE_PATH_INFO'), '/\ud83c\udf75');
  t.equal(unicode({}, 'UNICODE_HTTP_HOST'), undefined);
  t.equal(unicode({}, 'UNICODE_HEADER_Host'), undefined);
  t.equal(unicode({}, 'UNICODE_UNICODE_URL'), undefined);
  t.equal(unicode({}, 'UNICODE_NO_SUCH'), undefined);
});
