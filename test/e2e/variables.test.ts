import { readFileSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';

import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { root } from '../helpers/root.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget, lastErrors, pathFor } from '../helpers/targets.js';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const EXTENSION = '/isapi/scenario.dll';
const PATH_INFO = '/some%20where/x.txt';

const HEADERS: OutgoingHttpHeaders = {
  Accept: 'text/x-kit',
  'X-Kit': ['one', 'two'],
  X_Under: 'hidden',
  Proxy: 'hidden',
  Authorization: 'Basic aGlkZGVu',
  'Content-Type': 'text/x-body',
};

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: [
      'SetEnv KIT_VALUE "from SetEnv"',
      'SetEnv SERVER_NAME replaced',
      'Alias /other "@ROOT@/www/isapi"',
      `<Location "${EXTENSION}/known">`,
      'AuthType Basic',
      'AuthName kit',
      'AuthUserFile "@ROOT@/users"',
      'Require valid-user',
      '</Location>',
      `<Location "${EXTENSION}/known/passed">`,
      'CGIPassAuth On',
      '</Location>',
    ].join('\n'),
    prepare: ({ root, isapi }) => {
      buildExtension('scenario', target, isapi);
      // ada: secret
      writeFileSync(join(root, 'users'), 'ada:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n');
    },
  });
  const { invalidIndex, insufficientBuffer } = lastErrors(target);

  const ask = async (scenario: string, name: string): Promise<Record<string, string>> =>
    report(
      await host.get(`${EXTENSION}${PATH_INFO}?${scenario}=${name}`, {
        headers: { ...HEADERS, Host: `site.test:${host.port}` },
        body: 'four',
      }),
    );
  const path = (file: string): string => pathFor(target, file);
  const file = `${host.isapi}/scenario.dll`;
  const url = `${EXTENSION}${PATH_INFO}`;

  t.test('every variable of CGI and IIS has its value', async (t) => {
    const port = String(host.port);
    const wanted: Record<string, string> = {
      ALL_HTTP: `HTTP_HOST:site.test:${port}\r\nHTTP_ACCEPT:text/x-kit\r\nHTTP_X_KIT:one, two\r\nHTTP_CONNECTION:close\r\n`,
      ALL_RAW:
        `Host: site.test:${port}\r\nContent-Length: 4\r\nAccept: text/x-kit\r\nX-Kit: one, two\r\nX_Under: hidden\r\n` +
        'Authorization: Basic aGlkZGVu\r\nContent-Type: text/x-body\r\nConnection: close\r\n',
      APP_POOL_ID: 'default',
      APPL_MD_PATH: '/LM/W3SVC/1/ROOT',
      APPL_PHYSICAL_PATH: path(`${host.www}/`),
      AUTH_PASSWORD: '',
      AUTH_USER: '',
      CACHE_URL: `http://site.test:${port}${EXTENSION}/some where/x.txt`,
      CERT_COOKIE: '',
      CERT_FLAGS: '0',
      CERT_ISSUER: '',
      CERT_KEYSIZE: '',
      CERT_SECRETKEYSIZE: '',
      CERT_SERIALNUMBER: '',
      CERT_SERVER_ISSUER: '',
      CERT_SERVER_SUBJECT: '',
      CERT_SUBJECT: '',
      CONTENT_LENGTH: '4',
      CONTENT_TYPE: 'text/x-body',
      DOCUMENT_ROOT: path(host.www),
      GATEWAY_INTERFACE: 'CGI/1.1',
      HEADER_X_Under: 'hidden',
      'HEADER_X-Kit': 'one, two',
      HTTP_ACCEPT: 'text/x-kit',
      HTTP_HOST: `site.test:${port}`,
      HTTP_METHOD: 'POST',
      HTTP_X_KIT: 'one, two',
      HTTPS: 'off',
      HTTPS_KEYSIZE: '',
      HTTPS_SECRETKEYSIZE: '',
      HTTPS_SERVER_ISSUER: '',
      HTTPS_SERVER_SUBJECT: '',
      HTTP_VERSION: 'HTTP/1.1',
      INSTANCE_ID: '1',
      INSTANCE_META_PATH: '/LM/W3SVC/1',
      KIT_VALUE: 'from SetEnv',
      LOCAL_ADDR: '127.0.0.1',
      LOGON_USER: '',
      PATH_INFO: '/some where/x.txt',
      PATH_TRANSLATED: path(`${host.www}/some where/x.txt`),
      REMOTE_ADDR: '127.0.0.1',
      REMOTE_HOST: '127.0.0.1',
      REQUEST_METHOD: 'POST',
      SCRIPT_FILENAME: path(file),
      SCRIPT_NAME: EXTENSION,
      SCRIPT_TRANSLATED: path(file),
      SERVER_NAME: 'site.test',
      SERVER_PORT: port,
      SERVER_PORT_SECURE: '0',
      SERVER_PROTOCOL: 'HTTP/1.1',
      SERVER_SOFTWARE: `isapi-host/${manifest.version} (Unix)`,
      SSI_EXEC_DISABLED: '1',
      UNMAPPED_REMOTE_USER: '',
      URL: EXTENSION,
      URL_PATH_INFO: `${EXTENSION}/some where/x.txt`,
    };
    for (const [name, value] of Object.entries(wanted)) {
      const size = String(value.length + 1);
      t.same(await ask('variable', name), { ret: '1', error: '12345', size, value }, name);
    }
  });

  t.test('variables that hold the request as it came', async (t) => {
    for (const name of ['HTTP_URL', 'REQUEST_URI', 'UNENCODED_URL']) {
      t.equal((await ask('variable', name))['value'], `${url}?variable=${name}`);
    }
    t.equal((await ask('variable', 'QUERY_STRING'))['value'], 'variable=QUERY_STRING');
    t.match((await ask('variable', 'REMOTE_PORT'))['value'], /^\d+$/);
  });

  t.test('a user who has shown a password is known, and the password too', async (t) => {
    const credentials = 'Basic YWRhOnNlY3JldA==';
    const value = async (name: string, place = 'known'): Promise<string | undefined> =>
      report(
        await host.get(`${EXTENSION}/${place}?variable=${name}`, { headers: { Authorization: credentials } }),
      )['value'];
    const users = ['AUTH_USER', 'LOGON_USER', 'REMOTE_USER', 'UNMAPPED_REMOTE_USER'];
    for (const name of users) t.equal(await value(name), 'ada', name);
    t.equal(await value('AUTH_TYPE'), 'Basic');
    t.equal(await value('AUTH_PASSWORD'), 'secret');
    t.not(await value('HTTP_AUTHORIZATION'), credentials, 'the header is hidden');
    t.notMatch(await value('ALL_HTTP'), /AUTHORIZATION/);
    t.equal(await value('HTTP_AUTHORIZATION', 'known/passed'), credentials, 'but with CGIPassAuth');
    t.match(await value('ALL_HTTP', 'known/passed'), `HTTP_AUTHORIZATION:${credentials}\r\n`);
  });

  t.test('names are looked up without regard to case, but for ALL_HTTP and ALL_RAW', async (t) => {
    t.equal((await ask('variable', 'Request_Method'))['value'], 'POST');
    t.equal((await ask('variable', 'http_x_kit'))['value'], 'one, two');
    t.equal((await ask('variable', 'kit_value'))['value'], 'from SetEnv');
    for (const name of ['all_http', 'All_Raw']) t.equal((await ask('variable', name))['ret'], '0', name);
  });

  t.test('UNICODE_ gives UTF-16 with two bytes of terminator', async (t) => {
    const { ret, size, value } = await ask('variable', 'UNICODE_REQUEST_METHOD');
    t.equal(ret, '1');
    t.equal(size, '10');
    // The report leaves out the last byte of what it was given.
    t.equal(value, 'P\0O\0S\0T\0\0');
  });

  t.test('what there is not fails with ERROR_INVALID_INDEX and leaves the size', async (t) => {
    const absent = [
      ...['NO_SUCH_VARIABLE', 'HTTP_X_NONE', 'HEADER_X-None', 'UNICODE_HTTP_ACCEPT', 'HTTP_', '', 'toString'],
      ...['AUTH_TYPE', 'REMOTE_USER', 'HTTP_PROXY', 'HTTP_X_UNDER', 'HTTP_AUTHORIZATION', 'HEADER_Proxy'],
    ];
    for (const name of absent) {
      const wanted = { ret: '0', error: String(invalidIndex), size: '65536' };
      t.same(await ask('variable', name), wanted, name);
    }
  });

  t.test('a buffer that is too small is left alone, and the size says what is needed', async (t) => {
    for (const [name, length] of [
      ['SERVER_NAME', 9],
      ['SCRIPT_TRANSLATED', path(file).length],
      ['UNICODE_REQUEST_METHOD', 9],
    ] as const) {
      const needed = String(length + 1);
      t.same(
        await ask('variable_small', name),
        {
          first_ret: '0',
          needed,
          ret: '0',
          error: String(insufficientBuffer),
          size: needed,
          untouched: '1',
        },
        name,
      );
    }
  });

  t.test('an alias is what APPL_PHYSICAL_PATH and the paths are made of', async (t) => {
    const value = async (name: string): Promise<string | undefined> =>
      report(await host.get(`/other/scenario.dll/extra?variable=${name}`))['value'];
    t.equal(await value('APPL_PHYSICAL_PATH'), path(`${host.isapi}/`));
    t.equal(await value('SCRIPT_TRANSLATED'), path(file));
    t.equal(await value('SCRIPT_NAME'), '/other/scenario.dll');
    t.equal(await value('PATH_TRANSLATED'), path(`${host.www}/extra`));
  });
});
