import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget, lastErrors, pathFor } from '../helpers/targets.js';

const EXTENSION = '/isapi/scenario.dll';

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    prepare: ({ isapi }) => {
      buildExtension('scenario', target, isapi);
    },
  });
  const { invalidParameter, insufficientBuffer } = lastErrors(target);

  t.test('the control block of a request without a body', async (t) => {
    const reply = await host.get(`${EXTENSION}?block`);
    t.equal(reply.status, 200);
    t.same(report(reply), {
      cbSize: target === 'win32' ? '144' : '192',
      dwVersion: '0x60000',
      connIsBlock: '1',
      dwHttpStatusCode: '0',
      lpszLogData: '',
      lpszMethod: 'GET',
      lpszQueryString: 'block',
      lpszPathInfo: '',
      lpszPathTranslated: '',
      cbTotalBytes: '0',
      cbAvailable: '0',
      lpbDataIsNull: '0',
      lpbDataTerminated: '1',
      lpbData: '',
      lpszContentType: '',
      functions: '1',
    });
  });

  t.test('the control block of a request with path info, query and body', async (t) => {
    const reply = await host.get(`${EXTENSION}/some/where.txt?block&a=%41+b`, {
      method: 'REPORT',
      headers: { 'Content-Type': 'text/x-kit; charset=utf-8', 'Content-Length': 9 },
      body: 'some\0body',
    });
    t.match(report(reply), {
      lpszMethod: 'REPORT',
      lpszQueryString: 'block&a=%41+b',
      lpszPathInfo: '/some/where.txt',
      lpszPathTranslated: pathFor(target, `${host.www}/some/where.txt`),
      cbTotalBytes: '9',
      cbAvailable: '9',
      lpbData: 'some\0body',
      lpbDataTerminated: '1',
      lpszContentType: 'text/x-kit; charset=utf-8',
    });
  });

  t.test('a method that HTTP does not know reaches the extension as it is', async (t) => {
    for (const method of ['FrobniCate', 'get', 'DESCRIBE', 'PLAY', 'PLAYED', 'X']) {
      const wire = await host.connect();
      wire.send(`${method} ${EXTENSION}?block HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      t.match(await wire.closed(), `\nlpszMethod=${method}\n`);
    }
  });

  t.test('the address of the block serves as ConnID', async (t) => {
    t.match(report(await host.get(`${EXTENSION}?conn=block`)), { ret: '1', value: 'GET' });
  });

  t.test('many small writes arrive whole and in order', async (t) => {
    const { body, complete } = await host.get(`${EXTENSION}?write=1000&size=77`);
    t.ok(complete);
    t.equal(body, 'abcdefghijklmnopqrstuvwxyz'.repeat(3000).slice(0, 77_000));
  });

  t.test('large writes arrive whole and in order', async (t) => {
    const { body, complete } = await host.get(`${EXTENSION}?write=3&size=2000000`);
    t.ok(complete);
    t.equal(body.length, 6_000_000);
    t.ok(body === 'abcdefghijklmnopqrstuvwxyz'.repeat(230_770).slice(0, 6_000_000));
  });

  t.test('a write reaches the client while the extension still runs', async (t) => {
    const wire = await host.connect();
    wire.send(`GET ${EXTENSION}?meet=2&begin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    t.match(await wire.until(/begun\n/), /begun\n/);
    t.match(report(await host.get(`${EXTENSION}?meet=2`)), { met: '1' });
    t.match(await wire.closed(), /\nmet=1\n/);
  });

  t.test(
    'WriteClient takes the flags 0 and HSE_IO_SYNC, and HSE_IO_ASYNC not without a completion',
    async (t) => {
      for (const flags of [0, 1]) {
        const reply = await host.get(`${EXTENSION}?flags=${flags}`);
        t.equal(reply.body, 'written\nret=1\nerror=12345\nsize=8\n');
      }
      t.equal((await host.get(`${EXTENSION}?flags=2`)).body, `ret=0\nerror=${invalidParameter}\nsize=8\n`);
    },
  );

  t.test('a client that takes HTTP/1.0 gets the body without chunks, ended by the connection', async (t) => {
    const wire = await host.connect();
    wire.send(`GET ${EXTENSION}?write=3&size=10 HTTP/1.0\r\n\r\n`);
    const text = await wire.closed();
    t.notMatch(text, /chunked/i);
    t.match(text, /\r\n\r\nabcdefghijklmnopqrstuvwxyzabcd$/);
  });

  t.test('HEAD has the headers of the response and no body', async (t) => {
    const reply = await host.get(`${EXTENSION}?hello`, { method: 'HEAD' });
    t.equal(reply.status, 200);
    t.equal(reply.headers['content-type'], 'text/plain');
    t.equal(reply.body, '');
  });

  t.test('NULL and nonsense where pointers are due fail, and harm nobody', async (t) => {
    const invalid = `0,${invalidParameter}`;
    t.same(report(await host.get(`${EXTENSION}?nulls`)), {
      variable_conn: invalid,
      variable_name: invalid,
      variable_buffer: `0,${insufficientBuffer}`,
      variable_size: invalid,
      write_conn: invalid,
      write_stranger: invalid,
      write_buffer: invalid,
      write_size: invalid,
      write_nothing: '1,12345',
      read_conn: invalid,
      read_buffer: invalid,
      read_size: invalid,
      support_conn: invalid,
      connected: invalid,
      keepconn: invalid,
      map: invalid,
      mapex: invalid,
      logparam: invalid,
      redirect: invalid,
      sendurl: invalid,
      header_ex: invalid,
      done: '1,12345',
    });
  });

  t.test('results of HttpExtensionProc become statuses', async (t) => {
    const status = async (query: string): Promise<number> => (await host.get(`${EXTENSION}?${query}`)).status;
    t.equal(await status('header=200%20OK&block=X:1%0D%0A%0D%0A&quiet&return=0'), 200);
    t.equal(await status('nothing&status=404'), 404);
    t.equal(await status('nothing&status=204'), 204);
    t.equal(await status('nothing&return=4'), 500);
    t.equal(await status('nothing&return=77'), 500);
    t.equal(await status('nothing&return=3'), 500, 'HSE_STATUS_PENDING without ISAPIFakeAsync');
    t.match(
      host.errorLog(),
      /IH1014: HSE_STATUS_ERROR result from HttpExtensionProc\(\): \/.*scenario\.dll\n/,
    );
    t.match(
      host.errorLog(),
      /IH1015: unrecognized result code 77 from HttpExtensionProc\(\): \/.*scenario\.dll\n/,
    );
  });

  t.test('output without headers is a page, whole or byte by byte', async (t) => {
    for (const option of ['', '&split']) {
      const reply = await host.get(`${EXTENSION}?raw=no%20headers${option}`);
      t.equal(reply.headers['content-type'], 'text/html');
      t.equal(reply.body, 'no headers');
      const headed = await host.get(`${EXTENSION}?raw=Status:%20203%20X%0AX-Kit:%20y%0A%0Abody${option}`);
      t.equal(headed.status, 203);
      t.equal(headed.headers['x-kit'], 'y');
      t.equal(headed.body, 'body');
    }
  });

  t.test('the process is the one that its runtime should be', async (t) => {
    const { bits, cwd } = report(await host.get(`${EXTENSION}?process`));
    t.equal(bits, target === 'win32' ? '32' : '64');
    t.equal(cwd, pathFor(target, process.cwd()));
  });
});
