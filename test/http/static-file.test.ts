import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseResponse, serve, type TestServer } from './harness.js';

const files = { www: { 'file.txt': '0123456789', empty: '', folder: { 'inside.txt': 'x' } } };
const modified = new Date('2026-01-02T03:04:05Z');
const modifiedText = 'Fri, 02 Jan 2026 03:04:05 GMT';

async function serveFiles(t: Parameters<typeof serve>[0], config = ''): Promise<TestServer> {
  const server = await serve(t, { files, config });
  utimesSync(join(server.root, 'www', 'file.txt'), modified, modified);
  return server;
}

/** The user id that owns nothing, on Linux. */
const NOBODY = 65534;

t.test('a file comes with its type, length and validators', async (t) => {
  const server = await serveFiles(t);
  const response = await server.get('/file.txt');
  t.match(response, {
    status: 200,
    headers: {
      'content-type': 'text/plain',
      'content-length': '10',
      'last-modified': modifiedText,
      'accept-ranges': 'bytes',
    },
    body: '0123456789',
  });
  t.match(response.headers['etag'], /^(W\/)?".+"$/);
  t.match(await server.get('/empty'), { status: 200, headers: { 'content-length': '0' }, body: '' });
});

t.test('conditions that hold give 304 or 412', async (t) => {
  const server = await serveFiles(t);
  const etag = (await server.get('/file.txt')).headers['etag'] ?? '';
  const rows: [header: string, status: number][] = [
    [`If-None-Match: ${etag}`, 304],
    ['If-None-Match: *', 304],
    ['If-None-Match: "other"', 200],
    [`If-Modified-Since: ${modifiedText}`, 304],
    ['If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT', 200],
    ['If-Match: "other"', 412],
    ['If-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT', 412],
    [`If-Unmodified-Since: ${modifiedText}`, 200],
  ];
  for (const [header, status] of rows) {
    const response = await server.get('/file.txt', header);
    t.equal(response.status, status, header);
    if (status === 304) t.match(response, { body: '', headers: { etag } });
  }
});

t.test('parts of a file are sent when they are asked for', async (t) => {
  const server = await serveFiles(t);
  const rows: [range: string, status: number, body: string, range?: string][] = [
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['lines=1-2', 200, '0123456789'],
  ];
  for (const [range, status, body, contentRange] of rows) {
    const response = await server.get('/file.txt', `Range: ${range}`);
    t.match(response, { status, body }, range);
    t.equal(response.headers['content-range'], contentRange, range);
  }
  const several = await server.get('/file.txt', 'Range: bytes=0-1,4-5');
  const [, boundary = ''] =
    /^multipart\/byteranges; boundary=(\w+)$/.exec(several.headers['content-type'] ?? '') ?? [];
  const part = (range: string, bytes: string) =>
    `\r\n--${boundary}\r\nContent-type: text/plain\r\nContent-range: bytes ${range}/10\r\n\r\n${bytes}`;
  t.match(several, {
    status: 206,
    headers: { 'content-length': String(several.body.length) },
    body: `${part('0-1', '01')}${part('4-5', '45')}\r\n--${boundary}--\r\n`,
  });
  const beyond = await server.get('/file.txt', 'Range: bytes=20-30');
  t.match(beyond, { status: 416, headers: { 'content-range': 'bytes */10' }, body: /<h1>Requested Range/ });
  const stale = await server.get('/file.txt', 'Range: bytes=2-4', 'If-Range: "other"');
  t.match(stale, { status: 200, body: '0123456789' });
});

t.test('what is no file gives 404', async (t) => {
  const server = await serveFiles(t);
  for (const target of ['/none.txt', '/file.txt/info', '/file.txt/', '/folder/', '/none/deep/er']) {
    t.equal((await server.get(target)).status, 404, target);
  }
  const log = await server.stop();
  t.match(log, /\[core:info\] .* IH0101: File does not exist: .*\/www\/none\.txt\n/);
  t.match(log, /\[core:info\] .* IH0102: Attempt to serve directory: .*\/www\/folder\/;/);
});

t.test('AcceptPathInfo On lets a file have path info', async (t) => {
  const server = await serveFiles(t, 'AcceptPathInfo On');
  t.match(await server.get('/file.txt/info'), { status: 200, body: '0123456789' });
});

t.test('methods that a file does not take are refused', async (t) => {
  const server = await serveFiles(t);
  const ask = async (method: string, target = '/file.txt') =>
    parseResponse(await server.send(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
  const allow = 'GET,POST,OPTIONS,HEAD,TRACE';
  t.match(await ask('POST'), { status: 200, body: '0123456789' });
  t.match(await ask('PUT'), { status: 405, headers: { allow } });
  t.match(await ask('DELETE', '/none'), { status: 405, headers: { allow } });
  t.match(await ask('BREW'), { status: 501, headers: { allow } });
  t.match(await ask('OPTIONS'), { status: 200, headers: { allow, 'content-length': '0' } });
  t.match(await ask('HEAD'), { status: 200, headers: { 'content-length': '10' }, body: '' });
});

t.test(
  'a file with a name that is not UTF-8 is sent',
  { skip: process.platform !== 'linux' && 'needs Linux' },
  async (t) => {
    const server = await serveFiles(t);
    writeFileSync(Buffer.from(join(server.root, 'www', 'caf\xe9.txt'), 'latin1'), 'latin');
    t.match(await server.get('/caf%e9.txt'), {
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: 'latin',
    });
  },
);

t.test('links are followed unless Options forbids it', async (t) => {
  const open = await serveFiles(t);
  symlinkSync(join(open.root, 'www', 'file.txt'), join(open.root, 'www', 'link.txt'));
  t.equal((await open.get('/link.txt')).status, 200);
  const strict = await serve(t, { files, config: '<Directory @ROOT@/www>\nOptions None\n</Directory>' });
  symlinkSync('file.txt', join(strict.root, 'www', 'link.txt'));
  symlinkSync('folder', join(strict.root, 'www', 'linked'));
  t.equal((await strict.get('/link.txt')).status, 403);
  t.equal((await strict.get('/linked/inside.txt')).status, 403);
  t.equal((await strict.get('/file.txt')).status, 200);
  t.match(
    await strict.stop(),
    /\[core:error\].*IH0108: Symbolic link not allowed or link target not accessible: .*link\.txt/,
  );
});

t.test('a file that may not be read gives 403', async (t) => {
  const server = await serveFiles(t);
  writeFileSync(join(server.root, 'www', 'closed.txt'), 'x', { mode: 0 });
  const asOther = process.getuid?.() === 0;
  /* Root may read everything: be somebody else for as long as the request takes. */
  if (asOther) process.seteuid?.(NOBODY);
  const { status } = await server.get('/closed.txt').finally(() => {
    if (asOther) process.seteuid?.(0);
  });
  t.equal(status, 403);
});
