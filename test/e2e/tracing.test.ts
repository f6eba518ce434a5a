import { join } from 'node:path';

import { formatTrace } from '../../lib/modules/trace/trace-text.js';
import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget, lastErrors, pathFor } from '../helpers/targets.js';
import { callNames, callOf, traced } from '../helpers/traces.js';

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: [
      'ISAPITrace all',
      'ISAPIFakeAsync On',
      'ISAPICacheFile www/isapi/cached.dll',
      'Alias /brief "@ROOT@/www/isapi"',
      '<Location "/brief">\nISAPIApplicationPool brief\n</Location>',
      'Alias /apart "@ROOT@/www/isapi"',
      '<Location "/apart">\nISAPIApplicationPool apart\n</Location>',
    ].join('\n'),
    pools: '[brief]\nrequest.timeout = 1s\n[apart]\ncalls = async\n',
    prepare: ({ isapi }) => {
      buildExtension('scenario', target, isapi);
      buildExtension('scenario', target, isapi, 'cached.dll');
      buildExtension('asynchrony', target, isapi);
      buildExtension('noproc', target, isapi);
      buildExtension('refused', target, isapi);
      buildExtension('transmit', target, isapi);
    },
  });
  const errors = lastErrors(target);
  const runtime = { elf: 'native', win64: 'wine64', win32: 'wine32' }[target];

  await t.test('the calls of a request in order, from its library to the end of its response', async (t) => {
    const { reply, record } = await traced(host, '/isapi/scenario.dll/info?variable=SERVER_NAME');
    t.equal(reply.status, 200);
    t.same(callNames(record), [
      'LoadLibrary',
      'GetExtensionVersion',
      'HttpExtensionProc',
      'GetServerVariable',
      'WriteClient',
      'WriteClient',
      'TerminateExtension',
      'FreeLibrary',
    ]);
    t.same(
      record.events.map(({ depth }) => depth),
      [0, 0, 0, 1, 1, 1, 0, 0],
    );
    const file = join(host.isapi, 'scenario.dll');
    t.match(record, {
      method: 'GET',
      url: '/isapi/scenario.dll/info?variable=SERVER_NAME',
      status: 200,
      extension: file,
      pool: 'default',
      why: 'ISAPITrace all',
      cached: false,
      runtime,
      worker: { abi: target, thread: Number },
      leftOut: 0,
    });
    t.match(record.client, /^127\.0\.0\.1:\d+$/);
    t.ok(
      host.errorLog().includes(`[pid ${String(record.worker?.pid)}]`),
      'the process is the one of the log',
    );
    t.match(record.controlBlock, {
      cbSize: target === 'win32' ? 144 : 192,
      lpszMethod: 'GET',
      lpszQueryString: 'variable=SERVER_NAME',
      lpszPathInfo: '/info',
      lpszPathTranslated: pathFor(target, join(host.www, 'info')),
      cbTotalBytes: 0,
    });
    t.match(callOf(record, 'LoadLibrary'), {
      given: { file: pathFor(target, file) },
      result: /^0x[0-9a-f]+$/,
    });
    t.match(callOf(record, 'GetExtensionVersion'), {
      result: 1,
      got: { version: '6.0', description: 'scenarios for tests' },
    });
    t.match(callOf(record, 'GetServerVariable'), {
      given: { name: 'SERVER_NAME', room: 65536 },
      result: 1,
      got: { size: 10, value: 'site.test' },
    });
    t.match(callOf(record, 'WriteClient'), {
      given: { size: 28, flags: '0x1 HSE_IO_SYNC', data: { first: 'Content-Type: text/plain\r\n\r\n' } },
      result: 1,
    });
    t.equal(callOf(record, 'HttpExtensionProc').result, 1);
    t.same(callOf(record, 'TerminateExtension').given, { flags: '0x2 HSE_TERM_MUST_UNLOAD' });
    const own = record.worker?.systemThread;
    t.ok(own);
    t.ok(
      record.events.every(({ thread }) => thread === own),
      'all by the thread of the worker',
    );
  });

  await t.test(
    'times: each call begins after the one before, and lies within the one that it is in',
    async (t) => {
      const { record } = await traced(host, '/isapi/scenario.dll?sleep=30');
      const starts = record.events.map(({ at }) => at);
      t.same(
        [...starts].sort((a, b) => a - b),
        starts,
      );
      const { submitted = -1, sent = -1, begun = -1 } = record.times;
      t.ok(submitted >= 0 && sent >= submitted && begun >= sent && (starts[0] ?? 0) >= begun, 'in order');
      const proc = callOf(record, 'HttpExtensionProc');
      t.ok((proc.duration ?? 0) >= 29_000, 'it slept');
      const inner = record.events.filter(({ depth }) => depth > 0);
      const end = proc.at + (proc.duration ?? 0);
      t.ok(inner.every(({ at, duration }) => at >= proc.at && at + (duration ?? Infinity) <= end));
      t.ok(record.response.at >= end, 'the response ends after its extension has');
      t.ok(record.duration * 1000 >= record.response.at);
    },
  );

  await t.test('what went out is told as it was sent', async (t) => {
    const { reply, record } = await traced(host, '/isapi/scenario.dll?write=3&size=100');
    t.equal(reply.body.length, 300);
    t.match(record.response, { statusLine: 'HTTP/1.1 200 OK', bytes: 300, ending: 'closed' });
    t.same(
      Object.fromEntries(record.response.headers.map(([name, value]) => [name.toLowerCase(), value])),
      reply.headers,
    );
  });

  await t.test(
    'a body that is read in pieces; no secret of it, of headers or of the query is shown',
    async (t) => {
      const body = 'user=me&password=hunter2-hunter2&page=1&userPwd=correct-horse';
      const { reply, record } = await traced(host, '/isapi/scenario.dll?read=5&token=query-secret', {
        body,
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          Authorization: 'Basic bWU6aGVhZGVyLXNlY3JldA==',
          Cookie: 'sid=cookie-secret; theme=dark-secret',
        },
      });
      t.equal(report(reply)['total'], String(body.length));
      t.match(callOf(record, 'ReadClient'), { given: { size: 5 }, result: 1, got: { size: 0 } });
      const available = record.controlBlock?.['lpbData'];
      t.match(available, { size: body.length, first: /^user=me&password=\*{15}&page=1&userPwd=\*+$/ });
      const shown = JSON.stringify(record) + formatTrace(record).join('\n');
      for (const secret of ['hunter2', 'correct', 'query-secret', 'bWU6a', 'cookie-secret', 'dark-secret']) {
        t.notOk(shown.includes(secret), secret);
      }
      t.match(
        record.request.headers.find(([name]) => name === 'Cookie'),
        ['Cookie', 'sid=********; theme=********'],
      );
      t.match(record.url, /&token=\*{8}$/);
      t.equal(record.controlBlock?.['lpszQueryString'], 'read=5&token=********');
    },
  );

  await t.test('a call that fails has its last error by number and name', async (t) => {
    const { record } = await traced(host, '/isapi/scenario.dll?variable=NO_SUCH');
    t.match(callOf(record, 'GetServerVariable'), {
      result: 0,
      error: { number: errors.invalidIndex, name: target === 'elf' ? 'EINVAL' : 'ERROR_INVALID_INDEX' },
    });
  });

  await t.test('calls with NULL and nonsense are seen before they are carried out', async (t) => {
    const { reply, record } = await traced(host, '/isapi/scenario.dll?nulls');
    t.equal(reply.status, 200);
    const writes = record.events.filter(({ name }) => name === 'WriteClient').map(({ given }) => given);
    t.match(writes.slice(0, 4), [
      { ConnID: 'NULL (UNKNOWN)', size: 1 },
      { ConnID: '0x1234 (UNKNOWN)', size: 1 },
      { size: 1, data: 'NULL' },
      { size: 'NULL' },
    ]);
    t.match(callOf(record, 'HSE_REQ_MAP_URL_TO_PATH'), { given: { url: 'NULL', room: 'NULL' }, result: 0 });
    t.equal(record.events.length, 3 + 22 + 2 + 2);
  });

  await t.test('functions of ServerSupportFunction have their arguments', async (t) => {
    const header = encodeURIComponent(
      'Content-Type: text/plain\r\nSet-Cookie: sid=cookie-secret; Path=/\r\n\r\n',
    );
    const { record: head } = await traced(host, `/isapi/scenario.dll?header=404%20Lost&block=${header}`);
    t.match(callOf(head, 'HSE_REQ_SEND_RESPONSE_HEADER'), {
      code: 3,
      given: {
        status: '404 Lost',
        headers: 'Content-Type: text/plain\r\nSet-Cookie: sid=********; Path=/\r\n\r\n',
      },
      result: 1,
    });
    t.notOk(JSON.stringify(head.response).includes('cookie-secret'));
    const { record: ex } = await traced(host, `/isapi/scenario.dll?header_ex=200%20OK&keep&block=${header}`);
    t.match(callOf(ex, 'HSE_REQ_SEND_RESPONSE_HEADER_EX').given, { status: '200 OK', keep: 1 });
    const { record: map } = await traced(host, '/isapi/scenario.dll?map=/a/b.html');
    t.match(callOf(map, 'HSE_REQ_MAP_URL_TO_PATH'), {
      given: { url: '/a/b.html', room: 1024 },
      got: { path: pathFor(target, join(host.www, 'a', 'b.html')) },
    });
    const { record: mapex } = await traced(host, '/isapi/scenario.dll?mapex=/isapi/scenario.dll');
    t.match(callOf(mapex, 'HSE_REQ_MAP_URL_TO_PATH_EX').got, {
      path: /scenario\.dll$/,
      flags: '0x3 HSE_URL_FLAGS_READ|HSE_URL_FLAGS_WRITE',
    });
    const { record: connected } = await traced(host, '/isapi/scenario.dll?connected');
    t.same(callOf(connected, 'HSE_REQ_IS_CONNECTED').got, { connected: 1 });
    const { record: other } = await traced(host, '/isapi/scenario.dll?support=4711');
    t.match(callOf(other, 'ServerSupportFunction'), { code: 4711, result: 0, given: { type: /^0x/ } });
    t.equal(callOf(other, 'ServerSupportFunction').function, undefined);
    const file = pathFor(target, join(host.root, 'httpd.conf'));
    const { record: sent } = await traced(
      host,
      `/isapi/transmit.dll?id=1&path=${encodeURIComponent(file)}&bytes=10&offset=2&tail=end&flags=0`,
    );
    t.match(callOf(sent, 'HSE_REQ_TRANSMIT_FILE'), {
      given: { offset: 2, bytes: 10, flags: '0x0', tail: { size: 3, first: 'end' } },
      result: 1,
    });
  });

  await t.test('calls of a thread of the extension have its id', async (t) => {
    const { record } = await traced(host, '/isapi/asynchrony.dll?thread', { body: 'body' });
    const proc = callOf(record, 'HttpExtensionProc');
    t.equal(proc.result, 3);
    t.equal(proc.thread, record.worker?.systemThread);
    const variable = callOf(record, 'GetServerVariable');
    t.type(variable.thread, 'number');
    t.not(variable.thread, record.worker?.systemThread);
    t.ok(variable.at >= proc.at);
    t.equal(callOf(record, 'HSE_REQ_DONE_WITH_SESSION').thread, variable.thread);
    t.match(formatTrace(record).join('\n'), `[thread ${String(variable.thread)}] GetServerVariable`);
  });

  await t.test('completions are calls of the worker, within the call that they complete', async (t) => {
    const body = 'a=1&password=hunter2-hunter2';
    const { record } = await traced(host, '/isapi/asynchrony.dll?read=8', {
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    const read = callOf(record, 'HSE_REQ_ASYNC_READ_CLIENT');
    const completion = callOf(record, 'completion');
    t.match(read, { given: { size: 8, flags: '0x2 HSE_IO_ASYNC' }, got: { size: 0 }, result: 1 });
    t.match(completion, { depth: read.depth + 1, given: { error: 0 } });
    t.ok(completion.at >= read.at && completion.at <= read.at + (read.duration ?? 0));
    t.notOk(JSON.stringify(record).includes('hunter2'));
  });

  await t.test('an extension on a native thread of its own (calls = async)', async (t) => {
    const { reply, record } = await traced(host, '/apart/scenario.dll?variable=SERVER_NAME');
    t.equal(reply.status, 200);
    const variable = callOf(record, 'GetServerVariable');
    t.match(variable, { depth: 1, result: 1, got: { value: 'site.test' } });
    t.not(variable.thread, record.worker?.systemThread);
    t.equal(callOf(record, 'HttpExtensionProc').result, 1);
  });

  await t.test('a crash: what was called before, and where it was', async (t) => {
    const { reply, record } = await traced(host, '/isapi/scenario.dll?null&begin=20');
    t.ok(reply.status === 502 || !reply.complete);
    t.equal(record.why, 'the worker process was lost');
    t.match(record.failure, /^the worker process was lost: (?:signal SIGSEGV|exception 0xC0000005)/);
    t.same(callNames(record).slice(2), ['HttpExtensionProc', 'WriteClient', 'WriteClient']);
    t.equal(callOf(record, 'HttpExtensionProc').duration, undefined, 'it did not return');
    t.equal(callOf(record, 'WriteClient').result, 1);
    t.match(
      record.log.map(({ number }) => number),
      ['IH1051'],
    );
    t.match(formatTrace(record).join('\n'), /- HttpExtensionProc did not return\n/);
  });

  await t.test('a timeout', async (t) => {
    const { reply, record } = await traced(host, '/brief/scenario.dll?hang');
    t.equal(reply.status, 504);
    t.match(record, { why: 'timeout', failure: /scenario\.dll did not answer for 1 s$/ });
    t.equal(callOf(record, 'HttpExtensionProc').duration, undefined);
  });

  await t.test('an extension that cannot be loaded', async (t) => {
    const { reply, record } = await traced(host, '/isapi/noproc.dll');
    t.equal(reply.status, 500);
    t.match(record, { why: 'the extension could not be loaded', failure: /missing HttpExtensionProc\(\)/ });
    t.match(callOf(record, 'LoadLibrary').got, { missing: 'HttpExtensionProc' });
    const { record: refused } = await traced(host, '/isapi/refused.dll');
    t.match(callOf(refused, 'GetExtensionVersion'), { result: 0 });
    t.match(refused.why, 'the extension could not be loaded');
  });

  await t.test('a cached extension is not unloaded, and says that it was there', async (t) => {
    const { record } = await traced(host, '/isapi/cached.dll?hello');
    t.equal(record.cached, true);
    t.same(callNames(record), ['LoadLibrary', 'HttpExtensionProc', 'WriteClient']);
    t.match(callOf(record, 'LoadLibrary').got, { note: /ISAPICacheFile|other threads/ });
  });
});
