import { once } from 'node:events';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

import type { Reply } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost, workerPids, type Host } from '../helpers/server.js';
import { forEachTarget, lastErrors, pathFor } from '../helpers/targets.js';

/** Flags of TRANSMIT_FILE. */
const IO = { SYNC: 1, ASYNC: 2, DISCONNECT_AFTER_SEND: 4, SEND_HEADERS: 8 } as const;

const HEADERS = 'Content-Type: text/plain\r\n\r\n';
const FOUR_GIB = 2 ** 32;
const LARGE_BYTES = FOUR_GIB + 100;
const LAST_BYTES = 'the last hundred bytes '.repeat(5).slice(0, 100);
/** What is sent of the large file up to its first 4 GiB, and by how much a process may grow meanwhile. Bytes. */
const MUCH = 256 * 2 ** 20;
const MEMORY_LIMIT = 100 * 2 ** 20;

/** What TRANSMIT_FILE did: the response, and what the extension noted. */
interface Outcome extends Reply {
  /** without the id: `own ...` or `general ...` for each completion, then `ret=...` */
  readonly events: readonly string[];
}

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: [
      'KeepAliveTimeout 60',
      '<Files "async.dll">\nISAPIFakeAsync On\n</Files>',
      '<Files "loud.dll">\nISAPILogNotSupported On\n</Files>',
    ].join('\n'),
    prepare: ({ isapi }) => {
      for (const name of ['transmit', 'async', 'loud'])
        buildExtension('transmit', target, isapi, `${name}.dll`);
    },
  });
  const { invalidParameter, writeFault } = lastErrors(target);
  const SENT = 'ret=1 error=12345 status=200 handle=usable';
  const REFUSED = `ret=0 error=${invalidParameter} status=0 handle=usable`;

  const content = letters(200_000);
  const file = join(host.root, 'file.txt');
  const empty = join(host.root, 'empty.txt');
  const large = join(host.root, 'large.bin');
  writeFileSync(file, content, 'latin1');
  writeFileSync(empty, '');
  writeLargeFile(large);

  let ids = 0;
  const queryOf = (id: string, values: Record<string, string | number | true>): string =>
    Object.entries({ id, ...values })
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
  const eventsOf = async (id: string, name: string): Promise<string[]> => {
    const log = await host.waitForFile(
      join(host.isapi, `${name}.dll.events`),
      new RegExp(`^${id} ret=`, 'm'),
    );
    return log.split('\n').flatMap((line) => (line.startsWith(`${id} `) ? line.slice(id.length + 1) : []));
  };
  const transmit = async (
    values: Record<string, string | number | true>,
    name = 'transmit',
  ): Promise<Outcome> => {
    const id = `t${ids++}`;
    const given = { ...values, ...('path' in values && { path: pathFor(target, String(values['path'])) }) };
    const reply = await host.get(`/isapi/${name}.dll?${queryOf(id, given)}`);
    return { ...reply, events: await eventsOf(id, name) };
  };

  t.test('a whole file, and a part of it', async (t) => {
    const rows: readonly (readonly [offset: number, bytes: number, expected: string])[] = [
      [0, 0, content],
      [0, 10, content.slice(0, 10)],
      [1000, 0, content.slice(1000)],
      [70_001, 100_003, content.slice(70_001, 170_004)],
      [199_999, 1, content.slice(-1)],
      [200_000, 0, ''],
      [300_000, 0, ''],
    ];
    for (const [offset, bytes, expected] of rows) {
      const { status, body, complete, events } = await transmit({
        path: file,
        first: HEADERS,
        offset,
        bytes,
      });
      t.equal(status, 200);
      t.ok(body === expected, `${bytes} bytes from ${offset}`);
      t.ok(complete);
      t.same(events, [SENT]);
    }
  });

  t.test('head and tail go before and after it', async (t) => {
    const parts = { path: file, first: HEADERS, head: '<', tail: '>', after: '!' };
    const whole = await transmit(parts);
    t.ok(whole.body === `<${content}>!`);
    t.same(whole.events, [SENT]);
    t.equal((await transmit({ ...parts, offset: 5, bytes: 3 })).body, `<${content.slice(5, 8)}>!`);
    t.equal((await transmit({ ...parts, path: empty })).body, '<>!');
  });

  t.test('with HSE_IO_SEND_HEADERS the status and the head are status and headers', async (t) => {
    const head = 'Content-Type: text/x-kit\r\nX-Kit: yes\r\n\r\nmore:';
    const both = await transmit({ path: file, bytes: 5, status: '203 Mine', head, flags: IO.SEND_HEADERS });
    t.match(both, { status: 203, reason: 'Mine', body: `more:${content.slice(0, 5)}`, complete: true });
    t.match(both.headers, { 'content-type': 'text/x-kit', 'x-kit': 'yes' });
    t.same(both.events, ['ret=1 error=12345 status=203 handle=usable']);

    const alone = await transmit({ path: file, bytes: 5, status: '203 Mine', flags: IO.SEND_HEADERS });
    t.match(alone, { status: 203, reason: 'Mine', body: content.slice(0, 5), complete: true });
    t.same(alone.events, ['ret=1 error=12345 status=203 handle=usable']);

    const block = await transmit({
      path: file,
      bytes: 5,
      head: `Status: 404 Lost\r\n${head}`,
      flags: IO.SEND_HEADERS,
    });
    t.match(block, { status: 404, reason: 'Lost', body: `more:${content.slice(0, 5)}` });
  });

  t.test('headers that are none let it fail, and nothing is sent', async (t) => {
    for (const head of ['X-Kit: 1\r\n', 'no header\r\n\r\n']) {
      const reply = await transmit({
        path: file,
        status: '200 OK',
        head,
        tail: 'TAIL',
        flags: IO.SEND_HEADERS,
      });
      t.equal(reply.status, 500);
      t.notMatch(reply.body, /0\.1\.2|TAIL|X-Kit/);
      t.same(reply.events, [`ret=0 error=${invalidParameter} status=500 handle=usable`]);
    }
    await host.waitForLog(/IH1030: Premature end of script headers: transmit\.dll$/);
    await host.waitForLog(/IH1031: malformed header from script 'transmit\.dll': Bad header: no header$/);
  });

  t.test('without headers before, the head is read as a header block', async (t) => {
    const head = 'HTTP/1.1 202 Taken\r\nX-Kit: head\r\n\r\n';
    const reply = await transmit({ path: file, bytes: 5, head });
    t.match(reply, { status: 202, reason: 'Taken', headers: { 'x-kit': 'head' }, body: content.slice(0, 5) });
    t.same(reply.events, ['ret=1 error=12345 status=202 handle=usable']);
    const plain = await transmit({ path: file, bytes: 5 });
    t.match(plain, { status: 200, headers: { 'content-type': 'text/html' }, body: content.slice(0, 5) });
  });

  t.test('what is no open file is refused', async (t) => {
    for (const given of [{}, { path: file, closed: true }] as const) {
      const reply = await transmit({
        ...given,
        head: `${HEADERS}head`,
        tail: 'tail',
        after: `${HEADERS}after`,
      });
      t.equal(reply.body, 'after');
      t.same(reply.events, [`ret=0 error=${invalidParameter} status=0 handle=none`]);
    }
  });

  if (target !== 'elf')
    t.test('a handle with FILE_FLAG_OVERLAPPED', async (t) => {
      const given = { path: file, overlapped: true, first: HEADERS } as const;
      const whole = await transmit(given);
      t.ok(whole.body === content);
      t.same(whole.events, [SENT]);
      const part = await transmit({ ...given, offset: 70_001, bytes: 100_003, head: '<', tail: '>' });
      t.ok(part.body === `<${content.slice(70_001, 170_004)}>`);
      t.same(part.events, [SENT]);
      t.equal((await transmit({ ...given, offset: 300_000 })).body, '');
    });

  t.test('more bytes than the file has: it fails, and the connection is cut', async (t) => {
    const given = { path: file, offset: 199_990, bytes: 11, head: '<', tail: '>' } as const;
    const begun = await transmit({ ...given, first: HEADERS });
    t.notOk(begun.complete);
    t.same(begun.events, [`ret=0 error=${writeFault} status=200 handle=usable`]);
    await t.rejects(
      transmit({ path: file, offset: 300_000, bytes: 1, status: '200 OK', flags: IO.SEND_HEADERS }),
      'before any byte',
    );
    t.same(await eventsOf(`t${ids - 1}`, 'transmit'), [`ret=0 error=${writeFault} status=200 handle=usable`]);
    t.equal((await transmit({ path: file, bytes: 3, first: HEADERS })).body, content.slice(0, 3));
  });

  t.test('HSE_IO_DISCONNECT_AFTER_SEND closes the connection, and nothing else does', async (t) => {
    for (const [flags, responses] of [
      [IO.SYNC, 2],
      [IO.DISCONNECT_AFTER_SEND, 1],
    ] as const) {
      const wire = await host.connect();
      const query = queryOf('close', {
        path: pathFor(target, file),
        bytes: 5,
        first: HEADERS,
        flags,
        tail: 'TAIL',
      });
      wire.send(`GET /isapi/transmit.dll?${query} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await wire.until(/TAIL/);
      wire.send('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      t.equal((await wire.closed()).split('HTTP/1.1 ').length - 1, responses);
    }
  });

  t.test('HSE_IO_ASYNC calls the completion with bytes and error, before it returns', async (t) => {
    const given = { path: file, first: HEADERS, head: '<', tail: '>>', bytes: 1000, flags: IO.ASYNC };
    const own = await transmit({ ...given, own: true }, 'async');
    t.equal(own.body, `<${content.slice(0, 1000)}>>`);
    t.same(own.events, ['own bytes=1003 error=0 block=1', SENT]);
    const general = await transmit({ ...given, general: true }, 'async');
    t.same(general.events, ['general bytes=1003 error=0 block=1', SENT]);
    const both = await transmit({ ...given, bytes: 0, own: true, general: true }, 'async');
    t.same(both.events, ['own bytes=200003 error=0 block=1', SENT], 'its own goes before the general one');
    const neither = await transmit(given, 'async');
    t.same(neither.events, [REFUSED.replace('status=0', 'status=200')]);
    const synchronous = await transmit({ ...given, flags: IO.SYNC, own: true, general: true }, 'async');
    t.same(synchronous.events, [SENT], 'without the flag no completion is called');
  });

  t.test('HSE_IO_ASYNC is refused without ISAPIFakeAsync, and logged when that is wanted', async (t) => {
    const given = { path: file, own: true, flags: IO.ASYNC, after: `${HEADERS}after` } as const;
    const quiet = await transmit(given);
    t.equal(quiet.body, 'after');
    t.same(quiet.events, [REFUSED]);
    t.same((await transmit(given, 'loud')).events, [REFUSED]);
    await host.waitForLog(
      `IH1010: ServerSupportFunction HSE_REQ_TRANSMIT_FILE as HSE_IO_ASYNC is not supported: ${host.isapi}/loud.dll`,
    );
    t.notMatch(host.errorLog(), /not supported: .*transmit\.dll/);
  });

  t.test('the end of a file beyond 4 GiB', async (t) => {
    const end = await transmit({ path: large, offset: FOUR_GIB - 1, first: HEADERS });
    t.equal(end.body, `\0${LAST_BYTES}`);
    t.same(end.events, [SENT]);
  });

  t.test('what is sent of a large file, across 4 GiB, does not pass through memory whole', async (t) => {
    const length = MUCH + LARGE_BYTES - FOUR_GIB;
    const first = `Content-Length: ${length}\r\n${HEADERS}`;
    const query = queryOf('large', { path: pathFor(target, large), offset: FOUR_GIB - MUCH, first });
    const processes = [host.pid, ...workerPids(host.errorLog())];
    const before = processes.map(peakMemory);
    const { bytes, tail } = await download(host, `/isapi/transmit.dll?${query}`);
    t.equal(bytes, length);
    t.equal(tail, LAST_BYTES);
    t.same(await eventsOf('large', 'transmit'), [SENT]);
    processes.forEach((pid, i) => {
      const grown = peakMemory(pid) - (before[i] ?? 0);
      t.ok(grown < MEMORY_LIMIT, `process ${pid} has grown by ${grown} bytes at most`);
    });
  });
});

/** Text without the same letters at the same place of two pieces. */
function letters(length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i++) text += `${i.toString(36)}.`;
  return text.slice(0, length);
}

/** 4 GiB that take no room on the disk, and a hundred bytes behind them. */
function writeLargeFile(path: string): void {
  writeFileSync(path, '');
  truncateSync(path, LARGE_BYTES);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from(LAST_BYTES), 0, 100, FOUR_GIB);
  closeSync(file);
}

/** Reads a response and keeps only its length and its last bytes. */
async function download(host: Host, target: string): Promise<{ bytes: number; tail: string }> {
  const socket = net.connect(host.port, '127.0.0.1');
  let bytes = 0;
  let tail = Buffer.alloc(0);
  let head: Buffer | undefined = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    let body = chunk;
    if (head !== undefined) {
      const text = Buffer.concat([head, chunk]);
      const end = text.indexOf('\r\n\r\n');
      head = end < 0 ? text : undefined;
      if (end < 0) return;
      body = text.subarray(end + 4);
    }
    bytes += body.length;
    tail = body.length >= 100 ? Buffer.from(body.subarray(-100)) : Buffer.concat([tail, body]).subarray(-100);
  });
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return { bytes, tail: tail.toString('latin1') };
}

/** The most memory that a process has had resident. Bytes. */
function peakMemory(pid: number): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (peak === undefined) throw new Error(`process ${pid} tells no VmHWM`);
  return Number(peak) * 1024;
}
