import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { program } from '../helpers/program.js';
import { root } from '../helpers/root.js';
import { startHost, waitFor, type Host } from '../helpers/server.js';
import { callOf, nextTrace, readTrace, traced } from '../helpers/traces.js';

const skip = skipWithout('elf');

/** The ids of the traces that are kept but for those of this function, when none is about to be written. */
async function kept(host: Host): Promise<string[]> {
  // Traces are written one after the other: this one comes after all before it.
  await traced(host, '/always/scenario.dll?hello');
  const names = readdirSync(join(host.root, 'logs', 'traces')).sort();
  return names
    .map((name) => name.slice(0, 8))
    .filter((id) => !readTrace(host, id).url.startsWith('/always/'));
}

t.test('what is kept', { skip }, async (t) => {
  const alias = (name: string, ...directives: string[]): string =>
    `Alias /${name} "@ROOT@/www/isapi"\n<Location "/${name}">\n${directives.join('\n')}\n</Location>`;
  const host = await startHost(t, {
    config: [
      'ISAPITrace failures',
      'ISAPITraceDuration 10s',
      alias('always', 'ISAPITrace all'),
      alias('never', 'ISAPITrace off'),
      alias('unsupported', 'ISAPITrace unsupported'),
      alias('client-errors', 'ISAPITraceStatus 404 410-412'),
      alias('slow', 'ISAPITraceDuration 100ms'),
      alias('few', 'ISAPITrace all', 'ISAPITraceEvents 4', 'ISAPITraceBytes 3'),
      alias('shown', 'ISAPITrace all', 'ISAPITraceSecrets shown'),
      '<Directory "www/isapi/own">\nAllowOverride FileInfo\n</Directory>',
    ].join('\n'),
    prepare: ({ isapi }) => {
      buildExtension('scenario', 'elf', isapi);
      const own = join(isapi, 'own');
      mkdirSync(own);
      buildExtension('scenario', 'elf', own);
      writeFileSync(join(own, '.htaccess'), 'ISAPITrace all\nISAPITraceBytes 5\n');
    },
  });

  await t.test('failures: statuses from 500 on, and what the extension says it could not do', async (t) => {
    for (const query of ['hello', 'header=404%20Lost&quiet', 'status=403&nothing']) {
      await host.get(`/isapi/scenario.dll?${query}`);
    }
    t.same(await kept(host), []);
    const { record } = await traced(host, '/isapi/scenario.dll?return=4&nothing');
    t.equal(record.why, 'status 500');
    t.match(await host.waitForLog('IH1120'), 'the trace ' + record.id + ' is kept (status 500)');
    t.same(await kept(host), [record.id]);
  });

  await t.test('statuses of ISAPITraceStatus', async (t) => {
    const before = await kept(host);
    await host.get('/client-errors/scenario.dll?header=409%20Conflict&quiet');
    await host.get('/client-errors/scenario.dll?return=4&nothing');
    t.same(await kept(host), before, 'and no others');
    const { record } = await traced(host, '/client-errors/scenario.dll?header=411%20X&quiet');
    t.equal(record.why, 'status 411');
    const { record: missing } = await traced(host, '/client-errors/missing.dll');
    t.match(missing, { why: 'status 404', events: [], status: 404 });
    t.equal(missing.worker, undefined);
  });

  await t.test('what takes longer than ISAPITraceDuration', async (t) => {
    const { record } = await traced(host, '/slow/scenario.dll?sleep=150');
    t.match(record.why, /^it took 0\.\d s \(ISAPITraceDuration\)$/);
    t.equal(record.status, 200);
  });

  await t.test('off: nothing, whatever happens', async (t) => {
    const before = await kept(host);
    t.equal((await host.get('/never/scenario.dll?null')).status, 502);
    t.same(await kept(host), before);
  });

  await t.test('unsupported: calls that were refused', async (t) => {
    const before = await kept(host);
    await host.get('/unsupported/scenario.dll?hello');
    await host.get('/unsupported/scenario.dll?return=4&nothing');
    t.same(await kept(host), before);
    const { record } = await traced(host, '/unsupported/scenario.dll?support=1014&null');
    t.equal(record.why, 'unsupported: HSE_REQ_ABORTIVE_CLOSE');
  });

  await t.test('a response that was cut', async (t) => {
    const { reply, record } = await traced(host, '/isapi/scenario.dll?null&begin=400000');
    t.equal(reply.complete, false);
    t.match(record, { why: 'the worker process was lost', response: { ending: 'cut' } });
  });

  await t.test('a program that may not run', async (t) => {
    const { reply, record } = await traced(host, '/client-errors/scenario.dll/missing?header=404%20X&quiet');
    t.equal(reply.status, 404);
    t.ok(record.events.length > 0);
  });

  await t.test('as many calls as ISAPITraceEvents says, and bytes as ISAPITraceBytes', async (t) => {
    const { record } = await traced(host, '/few/scenario.dll?write=10&size=100');
    t.equal(record.events.length, 4);
    t.equal(record.leftOut, 3 + 1 + 10 + 2 - 4);
    t.same(callOf(record, 'WriteClient').given['data'], { size: 28, first: 'Con' });
    t.equal(callOf(record, 'HttpExtensionProc').result, 1, 'the end of those that are kept is known');
  });

  await t.test('in .htaccess', async (t) => {
    const { record } = await traced(host, '/isapi/own/scenario.dll?hello');
    t.equal(record.why, 'ISAPITrace all');
    t.same(callOf(record, 'WriteClient').given['data'], { size: 34, first: 'Conte' });
  });

  await t.test('secrets, when they are to be shown', async (t) => {
    const { record } = await traced(host, '/shown/scenario.dll?variable=HTTP_COOKIE&password=query-secret', {
      headers: { Cookie: 'sid=cookie-secret' },
    });
    t.match(record.url, 'password=query-secret');
    t.match(callOf(record, 'GetServerVariable').got, { value: 'sid=cookie-secret' });
  });

  await t.test('the files are for the user of the server alone', async (t) => {
    const folder = join(host.root, 'logs', 'traces');
    t.equal(statSync(folder).mode & 0o007, 0);
    for (const name of readdirSync(folder)) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  });

  await t.test('trace list and trace show read them', async (t) => {
    const file = join(host.root, 'httpd.conf');
    const { record } = await traced(host, '/isapi/scenario.dll?return=4&nothing');
    const list = await program('trace', 'list', '-f', file, '--status', '500-599', '--url', '/isapi/*');
    t.equal(list.status, 0);
    t.match(
      list.out,
      new RegExp(`^${record.id}  [\\d :.-]+ UTC  500 .*\\n +GET /isapi/scenario\\.dll\\?return`),
    );
    t.notMatch(list.out, '/few/');
    const json = await program('trace', 'list', '--folder', join(host.root, 'logs', 'traces'), '--json');
    t.match(JSON.parse(json.out.split('\n')[0] ?? ''), { id: record.id, status: 500 });
    const shown = await program('trace', 'show', record.id, '-f', file);
    t.equal(shown.status, 0);
    t.match(shown.out, /^Trace .*\n\n {2}GET \/isapi\/scenario\.dll\?return=4&nothing\n/);
    t.match(shown.out, /HttpExtensionProc = 4 HSE_STATUS_ERROR\n/);
    const whole = await program('trace', 'show', record.id.toUpperCase(), '-f', file, '--json');
    t.same(JSON.parse(whole.out), record);
    const missing = await program('trace', 'show', '00000000', '-f', file);
    t.equal(missing.status, 1);
    t.match(missing.error, /^isapi-host: there is no trace 00000000 in .*; the newest is [0-9a-z]{8}$/);
  });
});

t.test('trace show and trace list, as a person sees them', { skip }, async (t) => {
  const host = await startHost(t, {
    config: 'ISAPITrace all\n',
    pools: '[default]\nthreads.max = 1\n',
    prepare: ({ isapi }) => buildExtension('scenario', 'elf', isapi),
  });
  const { record } = await traced(host, '/isapi/scenario.dll/info?variable=HTTP_COOKIE&password=hunter2', {
    headers: { Cookie: 'sid=secret' },
  });
  const plain = (text: string): string =>
    text
      .replaceAll(record.id, 'ID')
      .replaceAll(host.root, '/srv')
      .replace(/^(Trace ID {2}|ID {2})[\d-]+ [\d:.]+ UTC/gm, '$1TIME')
      .replace(/ +\d+(?:\.\d+)? (?:µs|ms|s)\b/g, ' TOOK')
      // Two times where the response had ended a moment before the extension was let go.
      .replace(/(?<=, TOOK); TOOK in all, until the extension was let go$/m, ' in all')
      .replace(/^ +\d+\.\d{3} /gm, '   AT ')
      .replace(/127\.0\.0\.1:\d+/g, 'CLIENT')
      .replace(/(process|system thread|^Request {5}) ?[^,)\n]*/gm, '$1 X')
      .replace(/0x[0-9a-f]{7,}/g, '0xADDRESS')
      .replace(/^ +(?:Date|Content-Length|Transfer-Encoding): .*\n/gm, '')
      // How lines are broken depends on the length of the folder's name.
      .replace(/\n {20,}/g, ' ');
  const file = join(host.root, 'httpd.conf');
  for (const name of ['show', 'list']) {
    const { status, out } = await program('trace', name, ...(name === 'show' ? [record.id] : []), '-f', file);
    t.equal(status, 0);
    const golden = join(root, 'test', 'e2e', 'golden', `trace-${name}.txt`);
    if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(golden, `${plain(out)}\n`);
    else t.equal(`${plain(out)}\n`, readFileSync(golden, 'utf8'));
  }
});

t.test('requests within requests have traces of their own', { skip }, async (t) => {
  const host = await startHost(t, {
    config: 'ISAPITrace all\nErrorDocument 404 /isapi/scenario.dll?hello\n',
    prepare: ({ isapi }) => {
      buildExtension('scenario', 'elf', isapi);
      buildExtension('scenario', 'elf', isapi, 'other.dll');
    },
  });

  await t.test('of a URL that an extension has sent in its place', async (t) => {
    const from = host.errorLog().length;
    t.equal((await host.get('/isapi/scenario.dll?sendurl=other.dll?hello')).body, 'hello\n');
    const kept = (): string[] =>
      [
        ...host
          .errorLog()
          .slice(from)
          .matchAll(/the trace (\w+) is kept/g),
      ].map(([, id = '']) => id);
    const ids = await waitFor(
      () => kept().length >= 2 && kept(),
      () => host.errorLog(),
    );
    const records = ids.map((id) => readTrace(host, id));
    const outer = records.find(({ request }) => request.within === undefined);
    const inner = records.find(({ request }) => request.within !== undefined);
    t.match(outer?.url, '/isapi/scenario.dll?sendurl=other.dll?hello');
    t.match(inner, {
      url: '/isapi/other.dll?hello',
      status: 200,
      extension: join(host.isapi, 'other.dll'),
      request: { within: { id: outer?.request.id ?? '', url: outer?.url ?? '' } },
      response: { statusLine: 'HTTP/1.1 200 OK', bytes: 6 },
    });
  });

  await t.test('of an error document', async (t) => {
    const { reply, record } = await traced(host, '/missing.html');
    t.match(record, {
      url: '/missing.html',
      status: reply.status,
      controlBlock: { lpszQueryString: 'hello' },
    });
    t.match(callOf(record, 'HttpExtensionProc'), { result: 1 });
  });
});

t.test(
  'a folder that cannot be written to is told at the start, and the server serves',
  { skip },
  async (t) => {
    const host = await startHost(t, {
      config: 'ISAPITrace all\nISAPITraceFolder logs/error_log/traces\n',
      prepare: ({ isapi }) => buildExtension('scenario', 'elf', isapi),
    });
    const line = await host.waitForLog('IH1123');
    t.match(
      line,
      /traces cannot be kept in .*logs\/error_log\/traces: ENOTDIR.*; let the user .* write there/,
    );
    t.equal((await host.get('/isapi/scenario.dll?hello')).status, 200);
    t.match(await host.waitForLog('IH1122'), /a trace could not be kept in .*: ENOTDIR/);
  },
);

t.test('a restart goes on with the traces of before', { skip }, async (t) => {
  const host = await startHost(t, {
    config: 'ISAPITrace all\nISAPITraceFiles 2\n',
    prepare: ({ isapi }) => buildExtension('scenario', 'elf', isapi),
  });
  const from = host.errorLog().length;
  await host.get('/isapi/scenario.dll?hello');
  const first = await nextTrace(host, from);
  process.kill(host.pid, 'SIGHUP');
  await host.waitForLog('IH0009');
  const { record: second } = await traced(host, '/isapi/scenario.dll?hello');
  const { record: third } = await traced(host, '/isapi/scenario.dll?hello');
  t.ok(first.id < second.id && second.id < third.id);
  t.same(readdirSync(join(host.root, 'logs', 'traces')).sort(), [`${second.id}.jsonl`, `${third.id}.jsonl`]);
});
