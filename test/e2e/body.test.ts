import { join } from 'node:path';

import { report, type Wire } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget, lastErrors } from '../helpers/targets.js';

const DEFAULT_READ_AHEAD = 49_152;

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: [
      '<Files "ahead0.dll">\nISAPIReadAheadBuffer 0\n</Files>',
      '<Files "ahead10.dll">\nISAPIReadAheadBuffer 10\n</Files>',
      '<Files "tight.dll">\nLimitRequestBody 9999\n</Files>',
      '<Files "limited.dll">\nLimitRequestBody 100000\n</Files>',
    ].join('\n'),
    prepare: ({ isapi }) => {
      for (const name of ['scenario', 'ahead0', 'ahead10', 'tight', 'limited']) {
        buildExtension('scenario', target, isapi, `${name}.dll`);
      }
    },
  });
  const { readFault, writeFault } = lastErrors(target);
  const read = async (body: Buffer, name = 'scenario', piece = 4096): Promise<Record<string, string>> =>
    report(await host.get(`/isapi/${name}.dll?read=${piece}`, { body }));

  t.test('a body up to the read-ahead buffer is there at once', async (t) => {
    for (const length of [1, DEFAULT_READ_AHEAD]) {
      const body = letters(length);
      t.same(await read(body), {
        ret: '1',
        error: '12345',
        size: '0',
        cbTotalBytes: String(length),
        cbAvailable: String(length),
        total: String(length),
        calls: '0',
        fnv1a: fnv1a(body),
      });
    }
  });

  t.test('what goes beyond the read-ahead buffer comes through ReadClient', async (t) => {
    const rows = [
      ['scenario', DEFAULT_READ_AHEAD + 1, DEFAULT_READ_AHEAD, 1],
      ['scenario', 200_000, DEFAULT_READ_AHEAD, 37],
      ['ahead10', 4106, 10, 1],
      ['ahead10', 100_000, 10, 25],
      ['ahead0', 4097, 0, 2],
    ] as const;
    for (const [name, length, available, calls] of rows) {
      const body = letters(length);
      t.match(await read(body, name), {
        ret: '1',
        size: '0',
        cbTotalBytes: String(length),
        cbAvailable: String(available),
        total: String(length),
        calls: String(calls),
        fnv1a: fnv1a(body),
      });
    }
  });

  t.test('a body that is read byte by byte is the same', async (t) => {
    const body = letters(3000);
    const wanted = { total: '3000', calls: '2990', fnv1a: fnv1a(body) };
    t.match(await read(body, 'ahead10', 1), wanted);
  });

  t.test('ReadClient waits for what has not arrived yet, and fills the buffer', async (t) => {
    const wire = await host.connect();
    wire.send('POST /isapi/ahead10.dll?read=20&begin HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n');
    wire.send('0123456789');
    // The extension has been called with what was read ahead and no more: it waits for the rest.
    t.match(await wire.until(/begun\n/), /begun\n/);
    for (const piece of ['abcde', 'fghij', 'klmno', 'pqrst', 'uvwxyzABCDEFGHIJKLMN']) wire.send(piece);
    const text = await wire.until(/fnv1a=/);
    t.match(text, /\ncbTotalBytes=50\ncbAvailable=10\ntotal=50\ncalls=2\n/);
    t.match(text, `fnv1a=${fnv1a(Buffer.from('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN'))}`);
  });

  t.test('a chunked body that fits the read-ahead buffer has its true length', async (t) => {
    const wire = await chunked('scenario');
    wire.send('5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n');
    const text = await wire.closed();
    t.match(text, /\ncbTotalBytes=11\ncbAvailable=11\ntotal=11\ncalls=0\n/);
    t.match(text, `fnv1a=${fnv1a(Buffer.from('firstsecond'))}`);
  });

  t.test('a longer chunked body has an unknown length and is read to its end', async (t) => {
    const wire = await chunked('ahead10');
    wire.send('5\r\nfirst\r\n6\r\nsecond\r\n');
    t.match(await wire.until(/begun\n/), /begun\n/);
    wire.send('3\r\nend\r\n0\r\nX-Trailer: ignored\r\n\r\n');
    const text = await wire.closed();
    t.match(text, /\nret=1\nerror=12345\nsize=0\ncbTotalBytes=4294967295\ncbAvailable=10\ntotal=14\n/);
    t.match(text, `fnv1a=${fnv1a(Buffer.from('firstsecondend'))}`);
  });

  t.test('a client that waits for 100 Continue is told to go on', async (t) => {
    const wire = await host.connect();
    const head = 'Host: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close';
    wire.send(`POST /isapi/scenario.dll?read HTTP/1.1\r\n${head}\r\n\r\n`);
    t.match(await wire.until(/\r\n\r\n/), /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    wire.send('final');
    const text = await wire.closed();
    t.match(text, /HTTP\/1\.1 200 OK\r\n/);
    t.match(text, `fnv1a=${fnv1a(Buffer.from('final'))}`);
  });

  t.test('an upload of 50 MB arrives whole', async (t) => {
    const body = letters(50_000_000);
    const wanted = { ret: '1', total: '50000000', cbTotalBytes: '50000000', fnv1a: fnv1a(body) };
    t.match(await read(body, 'scenario', 1_000_000), wanted);
  });

  t.test('a body that the extension leaves unread does not disturb the next request', async (t) => {
    const wire = await host.connect();
    wire.send('POST /isapi/ahead10.dll?hello HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n');
    wire.send(letters(30_000));
    wire.send('GET /isapi/scenario.dll?block HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const text = await wire.closed();
    t.same(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200']);
    t.match(text, /hello\n/);
    t.match(text, /lpszMethod=GET\n/);
  });

  t.test('a client that breaks off in its body is seen as a failing ReadClient', async (t) => {
    const before = host.errorLog().length;
    const wire = await host.connect();
    wire.send('POST /isapi/ahead10.dll?read=20&begin HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n');
    wire.send('0123456789abcde');
    await wire.until(/begun\n/);
    wire.reset();
    await host.waitForLog(/IH1052: reading the request body for .*\/ahead10\.dll failed: /, before);
    const events = await host.waitForFile(join(host.isapi, 'ahead10.dll.events'), /\n/);
    t.equal(events, `read ret=0 error=${readFault} size=5\n`);
  });

  t.test('a client that breaks off before the read-ahead buffer is full gets nobody called', async (t) => {
    const wire = await host.connect();
    wire.send('POST /isapi/scenario.dll?read=20 HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n0123');
    wire.end();
    t.ok(await host.waitForLog(/IH0122: the request body did not arrive: .*$/));
  });

  t.test('a client that goes away is seen as a failing WriteClient', async (t) => {
    const wire = await host.connect();
    wire.send('GET /isapi/scenario.dll?gone=500 HTTP/1.1\r\nHost: x\r\n\r\n');
    await wire.until(/\r\n\r\n/);
    wire.reset();
    const events = await host.waitForFile(join(host.isapi, 'scenario.dll.events'), /gone/);
    t.equal(events, `gone write=0 error=${writeFault} connected=0\n`);
  });

  t.test('a body over LimitRequestBody is refused, by its length and by what comes', async (t) => {
    const tooLong = { headers: { 'Content-Length': 100_001 }, body: '' };
    t.equal((await host.get('/isapi/limited.dll?read', tooLong)).status, 413);
    const early = await chunked('tight');
    early.send(`2710\r\n${letters(10_000).toString()}\r\n`);
    t.match(await early.closed(), /^HTTP\/1\.1 413 /, 'while it is read ahead');
    const late = await chunked('limited');
    for (let i = 0; i < 11; i++) late.send(`2710\r\n${letters(10_000).toString()}\r\n`);
    t.match(await late.closed(), `ret=0\nerror=${readFault}\n`, 'while the extension reads it');
    await host.waitForLog(/IH1052: reading the request body for .*\/limited\.dll failed: .*LimitRequestBody/);
    t.match(await read(letters(100_000), 'limited'), { ret: '1', total: '100000' });
  });

  /** A request with a chunked body, of which nothing has been sent yet. */
  async function chunked(name: string): Promise<Wire> {
    const wire = await host.connect();
    const head = 'Host: x\r\nTransfer-Encoding: chunked\r\nConnection: close';
    wire.send(
      `POST /isapi/${name}.dll?read=20${name === 'ahead10' ? '&begin' : ''} HTTP/1.1\r\n${head}\r\n\r\n`,
    );
    return wire;
  }
});

/** Bytes with a long period, so that what is lost or doubled changes the checksum. */
function letters(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = 33 + ((i * 7 + (i >> 8)) % 93);
  return bytes;
}

/** The FNV-1a checksum of 32 bits, as the extension reports it. */
function fnv1a(bytes: Buffer): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `0x${(hash >>> 0).toString(16)}`;
}
