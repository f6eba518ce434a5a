import net from 'node:net';
import t, { type Test } from 'tap';
import type { Handler } from '../../lib/http/module.js';
import type { HttpRequest } from '../../lib/http/request.js';
import { exchange, parseResponse, serve, statuses, type TestServer, type TestSite } from './harness.js';

/** Answers with what a function says of a request. */
function say(what: (request: HttpRequest) => string): Handler {
  return (request) => {
    request.output.end(Buffer.from(what(request), 'latin1'));
    return 'done';
  };
}

const TREE = { www: { 'x.txt': 'main' }, a: { 'x.txt': 'a', sub: { 'y.txt': 'y' } }, b: { 'x.txt': 'b' } };

const HOSTS = `
<VirtualHost *>
  ServerName a.test:8001
  ServerAlias *.a.test
  DocumentRoot a
</VirtualHost>
<VirtualHost *>
  ServerName b.test
  ServerPath /bee
  DocumentRoot b
  KeepAlive Off
</VirtualHost>`;

/** One request in a connection of its own; without a host it has no Host header. */
async function ask(
  server: TestServer,
  target: string,
  host: string | undefined,
  ...lines: string[]
): Promise<ReturnType<typeof parseResponse>> {
  const head = [
    `GET ${target} HTTP/1.1`,
    ...(host === undefined ? [] : [`Host: ${host}`]),
    'Connection: close',
  ];
  return parseResponse(await server.send([...head, ...lines, '', ''].join('\r\n')));
}

async function old(server: TestServer, target: string): Promise<ReturnType<typeof parseResponse>> {
  return parseResponse(await server.send(`GET ${target} HTTP/1.0\r\n\r\n`));
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

const start = (t: Test, config: string, site: TestSite = {}): Promise<TestServer> =>
  serve(t, { files: TREE, ...site, config });

t.test('the Host header chooses among hosts of an address', async (t) => {
  const server = await start(t, HOSTS);
  t.equal((await ask(server, '/x.txt', 'a.test')).body, 'a');
  t.equal((await ask(server, '/x.txt', 'B.TEST.:99')).body, 'b');
  t.equal((await ask(server, '/x.txt', 'www.a.test')).body, 'a');
  t.equal(
    (await ask(server, '/x.txt', 'site.test')).body,
    'a',
    'the first one takes other names, not the main server',
  );
  t.equal((await ask(server, 'http://b.test/x.txt', 'a.test')).body, 'b', 'a whole URL counts more');
  t.equal((await old(server, '/x.txt')).body, 'a');
});

t.test('an address and port of its own chooses before any name', async (t) => {
  const port = await freePort();
  const server = await start(
    t,
    `Listen 127.0.0.1:${port}\n<VirtualHost 127.0.0.1:${port}>\nServerName a.test\nDocumentRoot a\n</VirtualHost>`,
  );
  t.equal((await ask(server, '/x.txt', 'a.test')).body, 'main', 'the other port has the main server alone');
  const answer = await exchange(port, 'GET /x.txt HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n');
  t.equal(parseResponse(answer).body, 'a');
});

t.test('ServerPath leads clients without a Host header to a host', async (t) => {
  const server = await start(t, HOSTS);
  t.equal((await old(server, '/bee/x.txt')).body, 'b');
  t.equal((await old(server, '/beetle/x.txt')).status, 404);
  t.equal((await ask(server, '/bee/x.txt', 'b.test')).body, 'b', 'and means the same with one');
  t.equal((await ask(server, '/bee/x.txt', 'a.test')).status, 404);
});

t.test('sections and settings of the main server hold in hosts, and their own come after them', async (t) => {
  const server = await start(
    t,
    `AddHandler app .app
    SetEnv FROM main
    <Location /x.app>
      SetEnv LOCATION main
    </Location>
    <VirtualHost *>
      ServerName a.test
      SetEnv FROM a
      <Location /x.app>
        SetEnv LOCATION a
      </Location>
    </VirtualHost>
    <VirtualHost *>
      ServerName b.test
      <Directory @ROOT@/www>
        AllowOverride All
      </Directory>
    </VirtualHost>`,
    {
      files: { www: { 'x.app': '', '.htaccess': 'SetEnv HTACCESS yes' } },
      handlers: {
        app: say(({ env }) => ['FROM', 'LOCATION', 'HTACCESS'].map((name) => env.get(name)).join(' ')),
      },
    },
  );
  t.equal((await ask(server, '/x.app', 'a.test')).body, 'a a ');
  t.equal((await ask(server, '/x.app', 'b.test')).body, 'main main yes');
});

t.test('URLs of the server have the name and port that UseCanonicalName says', async (t) => {
  const server = await start(
    t,
    `AddHandler app .app
    <VirtualHost *>
      ServerName https://Canon.test:8443
      <Location /on.app>
        UseCanonicalName On
      </Location>
      <Location /port.app>
        UseCanonicalPhysicalPort On
      </Location>
    </VirtualHost>
    <VirtualHost *>
      ServerName plain.test
      UseCanonicalPhysicalPort On
      <Location /on.app>
        UseCanonicalName On
      </Location>
    </VirtualHost>`,
    {
      files: { www: { 'x.app': '', 'on.app': '', 'port.app': '' } },
      handlers: { app: say((r) => `${r.urlScheme} ${r.serverName} ${r.serverPort}`) },
    },
  );
  const { port } = server;
  t.equal((await ask(server, '/x.app', 'other.test')).body, 'https other.test 8443');
  t.equal((await ask(server, '/x.app', 'other.test:81')).body, 'https other.test 81');
  t.equal((await ask(server, '/on.app', 'other.test:81')).body, 'https Canon.test 8443');
  t.equal((await ask(server, '/port.app', 'other.test')).body, `https other.test ${port}`);
  t.equal((await ask(server, '/x.app', '[::1]')).body, 'https [::1] 8443');
  t.equal((await old(server, '/x.app')).body, 'https Canon.test 8443');
  t.equal((await ask(server, '/x.app', 'plain.test')).body, `http plain.test ${port}`);
  t.equal((await ask(server, '/on.app', 'plain.test:81')).body, `http plain.test ${port}`);
});

t.test('the host of a whole URL takes the place of the Host header', async (t) => {
  const server = await start(t, 'AddHandler app .app', {
    files: { www: { 'x.app': '' } },
    handlers: { app: say((r) => `${r.header('host') ?? ''} ${r.serverName}`) },
  });
  t.equal((await ask(server, 'http://B.test:81/x.app', 'a.test')).body, 'B.test:81 b.test');
  t.equal(
    (await ask(server, 'https://b.test/x.app', 'a.test')).body,
    'a.test a.test',
    'not that of another scheme',
  );
  t.equal((await ask(server, 'http://b.test/x.app', undefined)).status, 400);
});

t.test('a Host header that names nothing is refused', async (t) => {
  const server = await start(t, HOSTS);
  for (const host of ['', '12345', 'a..b', 'a_b:0', '1.2.3', 'a.test, b.test']) {
    t.equal((await ask(server, '/x.txt', host)).status, 400, JSON.stringify(host));
  }
  t.match(await server.stop(), /IH0117: client sent a request with an empty Host header: GET \/x\.txt/);
});

t.test('StrictHostCheck refuses names that are no host', async (t) => {
  const server = await start(t, `StrictHostCheck On\n${HOSTS}`);
  t.equal((await ask(server, '/x.txt', 'b.test')).body, 'b');
  t.equal((await ask(server, '/x.txt', 'c.test')).status, 400);
  t.equal((await old(server, '/x.txt')).body, 'a');
  t.match(
    await server.stop(),
    /\[core:warn\].*IH0128: Requested hostname 'c\.test' did not match any ServerName\/ServerAlias in the matching virtual host \(default vhost for current connection is .*httpd\.conf:\d+\)/,
  );
});

t.test('StrictHostCheck holds for the main server as well', async (t) => {
  const server = await start(t, 'StrictHostCheck On');
  t.equal((await ask(server, '/x.txt', 'SITE.test')).body, 'main');
  t.equal((await ask(server, '/x.txt', 'c.test')).status, 400);
});

t.test('each host has its own keep-alive settings', async (t) => {
  const server = await start(
    t,
    `KeepAliveTimeout 7\n${HOSTS}\n<VirtualHost *>\nServerName c.test\nKeepAliveTimeout 30\n</VirtualHost>`,
  );
  const request = (host: string, more = ''): string => `GET /x.txt HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
  const two = await server.send(request('a.test') + request('b.test'));
  t.same(statuses(two), [200, 200]);
  t.match(two.slice(0, two.indexOf('\r\n\r\n')), /Keep-Alive: timeout=7/);
  t.match(two, /Connection: close/, 'the second host ends the connection');
  t.match(
    await server.send(request('c.test') + request('b.test')),
    /Connection: keep-alive\r\nKeep-Alive: timeout=30\r\n/,
  );
});

t.test('a connection is closed after the KeepAliveTimeout of the host that was asked last', async (t) => {
  const server = await start(
    t,
    `KeepAliveTimeout 60\n${HOSTS}\n<VirtualHost *>\nServerName c.test\nKeepAliveTimeout 50ms\n</VirtualHost>`,
  );
  const answer = await server.send('GET /x.txt HTTP/1.1\r\nHost: c.test\r\n\r\n');
  t.match(answer, /Keep-Alive: timeout=0\r\n/);
  t.match(answer, /main$/);
});

t.test('limits of a request head are those of the first host of the address', async (t) => {
  const server = await start(
    t,
    `<VirtualHost *>\nServerName a.test\nLimitRequestLine 100\nLimitRequestFields 5\n</VirtualHost>
    <VirtualHost *>\nServerName b.test\nLimitRequestLine 1000\nLimitRequestFields 50\nLimitRequestBody 3\n</VirtualHost>`,
  );
  t.equal((await ask(server, `/x.txt?${'q'.repeat(90)}`, 'b.test')).status, 414);
  t.equal((await ask(server, '/x.txt', 'b.test', 'A: 1', 'B: 1', 'C: 1', 'D: 1')).status, 431);
  t.equal((await ask(server, '/x.txt', 'b.test', 'A: 1', 'B: 1')).status, 200);
});

t.test('RegisteredMethods refuses methods that nobody registered', async (t) => {
  const server = await start(
    t,
    'HttpProtocolOptions RegisteredMethods\nRegisterHttpMethod KNOWN\nAddHandler app .app',
    {
      files: { www: { 'x.app': '' } },
      handlers: { app: say(({ method }) => method) },
    },
  );
  const send = (method: string): Promise<string> =>
    server.send(`${method} /x.app HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  t.same(statuses(await send('UNKNOWN')), [501]);
  t.same(statuses(await send('M-SEARCH')), [501], 'one that the parser knows');
  t.equal(parseResponse(await send('KNOWN')).body, 'KNOWN');
  t.equal(parseResponse(await send('PROPFIND')).body, 'PROPFIND');
  t.match(
    await server.stop(),
    /IH0129: Unrecognized HTTP method: 'UNKNOWN' \(disallowed by RegisteredMethods\)/,
  );
});

const DEVIATIONS: [what: string, request: string][] = [
  ['lines that end without a carriage return', 'GET /x.txt HTTP/1.1\nHost: a.test\nConnection: close\n\n'],
  [
    'a control character in a header',
    'GET /x.txt HTTP/1.1\r\nHost: a.test\r\nX: \x01\r\nConnection: close\r\n\r\n',
  ],
  [
    'a header that is folded',
    'GET /x.txt HTTP/1.1\r\nHost: a.test\r\nX: 1\r\n 2\r\nConnection: close\r\n\r\n',
  ],
  ['a host that is a number', 'GET /x.txt HTTP/1.1\r\nHost: 123\r\nConnection: close\r\n\r\n'],
  ['a fragment', 'GET /x.txt#y HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n'],
  ['a user in the URL', 'GET http://u:p@a.test/x.txt HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n'],
  ['two Host headers', 'GET /x.txt HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\nConnection: close\r\n\r\n'],
];
for (const [what, request] of DEVIATIONS) {
  t.test(`HttpProtocolOptions Unsafe lets ${what} through`, async (t) => {
    const strict = await start(t, '');
    t.equal(parseResponse(await strict.send(request)).status >= 400, true, 'and strict rules do not');
    const unsafe = await start(t, 'HttpProtocolOptions Unsafe');
    t.equal(parseResponse(await unsafe.send(request)).status, 200);
  });
}

t.test('a request with two lengths ends its connection when unsafe rules let it through', async (t) => {
  const server = await start(t, 'HttpProtocolOptions Unsafe\nAddHandler app .app', {
    files: { www: { 'x.app': '' } },
    handlers: { app: say(() => 'done') },
  });
  const smuggled = 'GET /x.txt HTTP/1.1\r\nHost: a.test\r\n\r\n';
  const answer = await server.send(
    `POST /x.app HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  );
  t.same(statuses(answer), [200]);
  t.match(answer, /Connection: close/);
});

t.test('HTTP/0.9 is refused', async (t) => {
  const server = await start(t, '');
  t.same(statuses(await server.send('GET /x.txt HTTP/0.9\r\nHost: a.test\r\n\r\n')), [400]);
  t.same(statuses(await server.send('GET /x.txt\r\n\r\n')), [400]);
});

t.test('QualifyRedirectURL makes a whole URL of REDIRECT_URL', async (t) => {
  const server = await start(
    t,
    `AddHandler app .app
    <VirtualHost *>
      ServerName a.test:8001
      ErrorDocument 404 /x.app
      <Location /x.app>
        QualifyRedirectURL On
      </Location>
    </VirtualHost>
    <VirtualHost *>
      ServerName b.test
      ErrorDocument 404 /x.app
    </VirtualHost>`,
    {
      files: { www: { 'x.app': '' } },
      handlers: { app: say(({ env }) => env.get('REDIRECT_URL') ?? '') },
    },
  );
  t.equal((await ask(server, '/none?q', 'a.test')).body, 'http://a.test:8001/none?q');
  t.equal((await ask(server, '/none?q', 'b.test')).body, '/none');
});
