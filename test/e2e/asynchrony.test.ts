import { join } from 'node:path';

import { report, type Reply, type RequestOptions } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { isAlive, startHost, workerPids } from '../helpers/server.js';
import { forEachTarget, lastErrors } from '../helpers/targets.js';

const DEFAULT_READ_AHEAD = 49_152;

forEachTarget(async (t, target) => {
  const pools = ['waiting', 'stuck'];
  const host = await startHost(t, {
    config: [
      'ISAPIFakeAsync On',
      'ISAPICacheFile "@ROOT@/www/isapi/cached.dll"',
      '<Files "refusing.dll">\nISAPIFakeAsync Off\n</Files>',
      '<Files "loud.dll">\nISAPIFakeAsync Off\nISAPILogNotSupported On\n</Files>',
      ...pools.map(
        (name) =>
          `Alias /${name} "@ROOT@/www/isapi"\n<Location "/${name}">\nISAPIApplicationPool ${name}\n</Location>`,
      ),
    ].join('\n'),
    pools: '[waiting]\ncalls = async\n[stuck]\nrequest.timeout = 1s\n',
    prepare: ({ isapi }) => {
      for (const name of ['asynchrony', 'cached', 'refusing', 'loud']) {
        buildExtension('asynchrony', target, isapi, `${name}.dll`);
      }
    },
  });
  const { invalidParameter, invalidIndex, insufficientBuffer } = lastErrors(target);
  const refused = `0,${invalidParameter}`;
  const get = (query: string, name = 'asynchrony', options?: RequestOptions): Promise<Reply> =>
    host.get(`/isapi/${name}.dll?${query}`, options);
  const eventsOf = (name: string): string => join(host.isapi, `${name}.dll.events`);

  /** What a thread of the extension has to see while its session is pending. */
  const conversation = (method: string, body: string): Record<string, string> => ({
    variable: '1,12345',
    value: method,
    small: `0,${insufficientBuffer}`,
    unknown: `0,${invalidIndex}`,
    read: '1,12345',
    body,
    unsupported: refused,
    header: '1,12345',
  });

  await t.test('the completion set last is the one that is called; NULL is none', async (t) => {
    const reply = await get('completion');
    t.equal(reply.body.split('\n', 1)[0], 'written');
    t.same(report(reply), {
      set: '1,12345',
      again: '1,12345',
      null: refused,
      write: '1,12345',
      size: '8',
      first: '0',
      second: '1',
      bytes: '8',
      completed_error: '0',
      same_block: '1',
      wrong: '0',
    });
  });

  await t.test('ASYNC_READ_CLIENT needs a completion, the flag HSE_IO_ASYNC, and a buffer', async (t) => {
    t.same(report(await get('read_sync', 'asynchrony', { body: 'body' })), {
      bare: refused,
      sync: refused,
      no_flags: refused,
      no_buffer: refused,
      no_size: refused,
      completions: '0',
    });
  });

  await t.test(
    'thousands of completions that each ask for the next read do not use up the stack',
    async (t) => {
      const body = letters(500_000);
      const pieces = Math.ceil((body.length - DEFAULT_READ_AHEAD) / 100);
      t.same(report(await get('read=100', 'asynchrony', { body })), {
        completed_error: '0',
        last: '0',
        size: '0',
        total: '500000',
        calls: String(pieces + 1),
        fnv1a: fnv1a(body),
        same_block: '1',
      });
    },
  );

  await t.test('a thread of the extension uses a pending session like HttpExtensionProc', async (t) => {
    for (const query of ['thread', 'thread&conn=block', 'thread&early', 'thread&status=404']) {
      const reply = await get(query, 'asynchrony', { method: 'REPORT', body: 'some body' });
      t.match(reply, { status: 202, reason: 'Taken', headers: { 'x-thread': 'own' } }, query);
      // The body was read ahead whole.
      t.same(report(reply), conversation('REPORT', ''), query);
      const long = await get(query, 'asynchrony', {
        body: `${letters(DEFAULT_READ_AHEAD).toString()}the rest`,
      });
      t.same(report(long), conversation('POST', 'the rest'), query);
    }
  });

  await t.test('several threads write to one session at once, and each write arrives whole', async (t) => {
    const { body, complete } = await get('threads=8&lines=50');
    t.ok(complete);
    const lines = body.split('\n').slice(0, -1);
    const expected = Array.from({ length: 8 }, (_, thread) =>
      Array.from({ length: 50 }, (_, i) => {
        const start = `${thread}:${i}:`;
        return start + String.fromCharCode(97 + ((thread + i) % 26)).repeat(99 - start.length);
      }),
    );
    t.same([...lines].sort(), expected.flat().sort());
    expected.forEach((own, thread) => {
      t.same(
        lines.filter((line) => line.startsWith(`${thread}:`)),
        own,
        'in the order in which they were written',
      );
    });
  });

  await t.test('sessions of several requests are pending at once, each with its own', async (t) => {
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        get('thread', i % 2 ? 'cached' : 'asynchrony', { method: `M${i}` }),
      ),
    );
    replies.forEach((reply, i) => t.equal(report(reply)['value'], `M${i}`));
  });

  await t.test('a session that is ended before HttpExtensionProc returns is over then', async (t) => {
    t.same(report(await get('before')), { done: '1,12345' });
    t.same(report(await get('before&twice')), { done: '1,12345', again: '1,12345' });
  });

  for (const name of ['asynchrony', 'cached']) {
    await t.test(
      `ending a session of ${name}.dll twice from a thread does not touch the next one`,
      async (t) => {
        for (let i = 1; i <= 5; i++) {
          t.equal((await get('twice', name)).body, 'ended\n');
          t.same(
            report(await get('thread', name)),
            conversation('GET', ''),
            'the next one is pending until its own end',
          );
          const events = await host.waitForFile(eventsOf(name), new RegExp(`^(?:.*\n){${i}}`));
          t.match(events, /^(?:ended first=1 second=[01]\n)+$/);
        }
      },
    );
  }

  await t.test('other requests go on while sessions are pending', async (t) => {
    const pending = [get('hold'), get('hold'), get('hold')];
    t.equal((await get('before')).status, 200);
    t.same(report(await get('thread')), conversation('GET', ''));
    t.equal((await get('release')).body, 'releasing\n');
    for (const reply of await Promise.all(pending)) t.equal(reply.body, 'released=1\n');
  });

  await t.test('without ISAPIFakeAsync a pending session is answered as it stands', async (t) => {
    for (const name of ['refusing', 'loud']) {
      const begun = await get('later=50', name);
      t.match(begun, { status: 200, body: 'now\n', complete: true }, 'output stands');
      t.equal((await get('later=50&silent&status=404', name)).status, 404, 'the status in the block counts');
      const before = workerPids(host.errorLog()).length;
      const late = await host.waitForFile(eventsOf(name), /(?:.*\n){2}/);
      const line = `late method=GET variable=${refused} write=${refused} read=${refused} header=0 done=0\n`;
      t.equal(late, line + line, 'what comes later fails, and the block still stands');
      t.equal((await get('later=0&silent', name)).status, 500);
      t.equal(workerPids(host.errorLog()).length, before, 'the process goes on');
    }
    await host.waitForLog(
      /IH1013: asynch I\/O result HSE_STATUS_PENDING .* is not supported: .*\/loud\.dll$/,
    );
    t.notMatch(host.errorLog(), /IH1013: .*refusing\.dll/);
    t.notMatch(host.errorLog(), /IH200[345]/);
  });

  await t.test(
    'calls = async: an extension may wait for its own thread, with 1 MiB on its stack',
    async (t) => {
      const sum = Array.from({ length: 1024 }, (_, i) => i & 255).reduce((a, b) => a + b);
      for (const options of [{}, { body: 'some body' }]) {
        const reply = await host.get('/waiting/asynchrony.dll?wait', options);
        t.match(reply, { status: 202, headers: { 'x-thread': 'own' } });
        t.same(report(reply), { ...conversation('body' in options ? 'POST' : 'GET', ''), sum: String(sum) });
      }
      const replies = await Promise.all(
        Array.from({ length: 6 }, () => host.get('/waiting/asynchrony.dll?wait')),
      );
      for (const reply of replies) t.equal(report(reply)['sum'], String(sum));
    },
  );

  await t.test('calls = async: pending sessions, completions and late ends are the same', async (t) => {
    const waiting = (query: string, options?: RequestOptions): Promise<Reply> =>
      host.get(`/waiting/cached.dll?${query}`, options);
    t.same(
      report(await waiting('thread&early')),
      conversation('GET', ''),
      'calls within HttpExtensionProc are served',
    );
    t.equal(report(await waiting('completion'))['second'], '1');
    const body = letters(150_000);
    t.equal(report(await waiting('read=1000', { body }))['fnv1a'], fnv1a(body));
    t.equal((await waiting('threads=4&lines=10')).body.length, 4000);
    t.equal((await waiting('twice')).body, 'ended\n');
    t.same(report(await waiting('thread')), conversation('GET', ''));
  });

  await t.test(
    'calls = sync: the log says what an extension needs that waits for its own thread',
    async (t) => {
      const before = host.errorLog().length;
      t.equal((await host.get('/stuck/asynchrony.dll?wait')).status, 504);
      const line = await host.waitForLog(/\[pool stuck\] .*IH1050: /, before);
      t.match(
        line,
        /asynchrony\.dll did not answer within 1 s; its worker process is replaced\. .*set calls = async for pool stuck/,
      );
      const ended = await host.waitForLog(/\[pool stuck\] IH2003: /, before);
      t.notOk(isAlive(Number(/\[pid (\d+)\]/.exec(ended)?.[1])));
      t.same(report(await host.get('/stuck/asynchrony.dll?thread')), conversation('GET', ''));
    },
  );
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
