import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { buildExtension, type ExtensionName } from '../helpers/extensions.js';
import { runProgramApart } from '../helpers/program.js';
import { forEachTarget } from '../helpers/targets.js';
import { forEachWindows } from '../helpers/wine-lacks.js';

/** What `--json` says of one file, as far as the tests look at it. */
interface Result {
  readonly verdict: string;
  readonly reason?: string;
  readonly runtime: string;
  readonly findings: readonly { severity: string; text: string }[];
  readonly needs: readonly { library: string; place: string; absent: string[]; stubs: string[] }[];
  readonly load: {
    readonly outcome: string;
    readonly version?: { major: number; minor: number; description: string };
    readonly memory?: { before: number; after: number };
    readonly crash?: string;
    readonly output: readonly string[];
  } | null;
  readonly request: {
    readonly scriptName: string;
    readonly log: readonly string[];
    readonly traces: readonly { why: string; events: readonly { name: string }[]; failure?: string }[];
    readonly response: {
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: string;
      readonly bytes: number;
    };
  } | null;
}

async function inspect(t: Test, ...args: string[]): Promise<{ status: number | null; file: Result }> {
  const { status, out, error } = await runProgramApart(['inspect', '--json', ...args]);
  t.equal(error, '', 'nothing is said beside the result');
  const { files } = JSON.parse(out) as { files: Result[] };
  const [file] = files;
  if (file === undefined) throw new Error('there is no result');
  return { status, file };
}

const RUNTIMES = { elf: 'native', win64: 'wine64', win32: 'wine32' } as const;

forEachTarget(async (t, target) => {
  const folder = t.testdir({});
  const build = (name: ExtensionName): string => buildExtension(name, target, folder);

  await t.test('an extension that loads can be served, and says who it is', async (t) => {
    const { status, file } = await inspect(t, build('scenario'));
    t.equal(status, 0);
    t.equal(file.verdict, 'served');
    t.equal(file.runtime, RUNTIMES[target]);
    t.equal(file.load?.outcome, 'loaded');
    t.same(file.load?.version, { major: 6, minor: 0, description: 'scenarios for tests' });
    t.equal(file.load?.crash, undefined);
    if (process.platform === 'linux') t.ok((file.load?.memory?.before ?? 0) > 10_000_000, 'memory');
    t.same(file.findings, []);
    t.ok(file.needs.length > 0 && file.needs.every(({ place }) => place === 'system'));
    t.equal(file.request, null);
  });

  await t.test('TerminateExtension is called before the end', async (t) => {
    const { status } = await inspect(t, build('lifecycle'));
    t.equal(status, 0);
    const events = join(folder, 'lifecycle.dll.events');
    const lines = readFileSync(events, 'utf8').trim().split('\n');
    t.same(
      lines.map((line) => line.split(' ')[0]),
      ['GetExtensionVersion', 'TerminateExtension'],
    );
    t.match(lines[1], /flags=2 /);
  });

  await t.test('a library that is missing is named', async (t) => {
    const { status, file } = await inspect(t, build('needsother'));
    const other = target === 'elf' ? 'libother.so' : 'other.dll';
    const reason = `needsother.dll needs ${other}, which is not there; copy it beside the extension`;
    t.equal(status, 1);
    t.equal(file.verdict, 'not served');
    t.equal(file.reason, reason);
    t.same(file.findings, [{ severity: 'error', text: reason }]);
    t.equal(file.load?.outcome, 'not loaded');
    t.equal(file.needs.find(({ library }) => library === other)?.place, 'missing');
  });

  await t.test('what is beside a library is found there', async (t) => {
    build('other');
    const { status, file } = await inspect(t, build('needsother'));
    t.equal(status, 0);
    t.ok(file.needs.some(({ place }) => place === 'beside'));
  });

  await t.test('an extension that refuses, or crashes while it is loaded, cannot be served', async (t) => {
    const refused = await inspect(t, build('refused'));
    t.equal(refused.status, 1);
    t.match(refused.file.reason, /^its GetExtensionVersion\(\) returned FALSE with the last error \d+; /);
    const crashed = await inspect(t, build('crashload'));
    t.equal(crashed.status, 1);
    t.equal(crashed.file.load?.outcome, 'ended the worker process');
    const how = target === 'elf' ? 'signal SIGSEGV' : 'exception 0xC0000005 \\(access violation\\)';
    t.match(crashed.file.reason, new RegExp(`^loading it ended its worker process: ${how} at address 0x`));
    const start = await inspect(t, build('crashinit'));
    t.equal(start.status, 1);
    // Windows' loader catches what a DllMain does; that of Linux does not.
    if (target === 'elf') t.match(start.file.reason, /^loading it ended its worker process: signal SIGSEGV/);
    else t.equal(start.file.reason, 'its start code accessed memory that it may not');
  });

  await t.test('a filter is not loaded', async (t) => {
    const { status, file } = await inspect(t, build('filter'));
    t.equal(status, 1);
    t.equal(file.reason, 'missing GetExtensionVersion(): the library is an ISAPI filter, not an extension');
    t.equal(file.load, null);
  });

  await t.test('--no-load runs nothing of a file', async (t) => {
    const { status, file } = await inspect(t, '--no-load', build('crashload'));
    t.equal(status, 0);
    t.equal(file.verdict, 'served');
    t.equal(file.load, null);
  });

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
  await forEachWindows(t, async (t, file) => {
    const seen = await inspect(t, file, '--no-load');
    t.equal(seen.status, 0);
    const kernel = seen.file.needs.find(({ library }) => library === 'KERNEL32.dll');
    t.same(kernel?.absent, ['NoSuchFunctionAtAll']);
    t.same(kernel?.stubs, ['BaseAttachCompleteThunk']);
    for (const query of ['absent', 'stub']) {
      const called = await inspect(t, file, '--request', 'GET', `/x?${query}`);
      t.equal(called.status, 1);
      t.equal(called.file.load?.outcome, 'loaded', 'Wine loads it all the same');
      t.match(
        called.file.request?.log.join('\n'),
        /exception 0x80000100 \(a function that Wine does not have\)/,
      );
    }
  });
});
