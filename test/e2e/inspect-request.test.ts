import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildExtension, type ExtensionName } from '../helpers/extensions.js';
import { inspect } from '../helpers/inspection.js';
import { forEachTarget } from '../helpers/targets.js';
import { forEachWindows } from '../helpers/wine-lacks.js';

forEachTarget(async (t, target) => {
  const folder = t.testdir({});
  const build = (name: ExtensionName): string => buildExtension(name, target, folder);

  await t.test('a request is answered without a server', async (t) => {
    const hello = await inspect(t, build('scenario'), '--request', 'GET', '/scenario.dll/more?x');
    t.equal(hello.status, 0);
    const { response, scriptName } = hello.file.request ?? {};
    t.equal(scriptName, '/scenario.dll');
    t.equal(response?.status, 200);
    t.equal(Buffer.from(response?.body ?? '', 'base64').toString(), 'unknown=x\n');
    t.ok(response?.headers.some(([name, value]) => name === 'Content-Type' && value === 'text/plain'));
    t.equal(hello.file.request?.traces.length, 1);
    t.same(
      hello.file.request?.traces[0]?.events.map(({ name }) => name),
      [
        ...['LoadLibrary', 'GetExtensionVersion', 'HttpExtensionProc', 'WriteClient', 'WriteClient'],
        ...['TerminateExtension', 'FreeLibrary'],
      ],
      'every call is traced',
    );
    const crash = await inspect(t, build('scenario'), '--request', 'GET', '/scenario.dll?null');
    t.match(crash.file.request?.traces[0]?.failure, target === 'elf' ? /SIGSEGV/ : /0xC0000005/);
    t.equal(crash.status, 1);
    t.equal(crash.file.request?.response.status, 502);
    t.ok(
      crash.file.request?.log.some((line) => line.includes('IH2005: ')),
      'the error log says why',
    );
  });

  await t.test('a request has a body, headers and settings', async (t) => {
    const body = join(folder, 'body.txt');
    writeFileSync(body, 'a body\n'.repeat(20_000));
    const { status, file } = await inspect(
      t,
      build('lifecycle'),
      ...['--request', 'POST', 'http://shop.test/app/x?echo=1', '--body', `@${body}`],
      ...['--header', 'X-Test: yes', '-c', 'ISAPIReadAheadBuffer 1000'],
    );
    t.equal(status, 0);
    t.equal(file.request?.scriptName, '/app');
    const text = Buffer.from(file.request?.response.body ?? '', 'base64').toString();
    t.match(text, /^versions=1\nrequests=1\n/);
    t.match(text, /\nbody\na body\n/);
    t.ok((file.request?.response.bytes ?? 0) > 140_000, 'the whole body came back');
  });
});

t.test('functions that Wine lacks are foreseen', async (t) => {
  await forEachWindows(t, async (t, file, target) => {
    const seen = await inspect(t, file, '--no-load');
    t.equal(seen.status, 0);
    const kernel = seen.file.needs.find(({ library }) => library === 'KERNEL32.dll');
    t.same(kernel?.absent, ['NoSuchFunctionAtAll']);
    t.same(kernel?.stubs, ['BaseAttachCompleteThunk']);
    // Each of them in one bitness: a crash takes Wine some seconds.
    const query = target === 'win64' ? 'absent' : 'stub';
    const called = await inspect(t, file, '--request', 'GET', `/x?${query}`);
    t.equal(called.status, 1);
    t.equal(called.file.load?.outcome, 'loaded', 'Wine loads it all the same');
    const log = called.file.request?.log.join('\n');
    t.match(log, /exception 0x80000100 \(a function that Wine does not have\)/);
  });
});
