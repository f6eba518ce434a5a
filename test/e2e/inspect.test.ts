import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildExtension, type ExtensionName } from '../helpers/extensions.js';
import { inspect, inspectAll, type Inspection } from '../helpers/inspection.js';
import { forEachTarget } from '../helpers/targets.js';

const RUNTIMES = { elf: 'native', win64: 'wine64', win32: 'wine32' } as const;

forEachTarget(async (t, target) => {
  const folder = t.testdir({});
  const build = (name: ExtensionName): string => buildExtension(name, target, folder);

  const [other, how] =
    target === 'elf'
      ? ['libother.so', 'signal SIGSEGV']
      : ['other.dll', 'exception 0xC0000005 \\(access violation\\)'];
  // In one command, because Wine takes its time to start.
  const names = [
    'scenario',
    'lifecycle',
    'needsother',
    'refused',
    'crashload',
    'crashinit',
    'filter',
  ] as const;
  const { status, files } = await inspectAll(t, ...names.map(build));
  t.equal(status, 1, 'one of them cannot be served');
  const of = (name: (typeof names)[number]): Inspection | undefined => files[names.indexOf(name)];

  await t.test('an extension that loads can be served, and says who it is', async (t) => {
    const file = of('scenario');
    t.equal(file?.verdict, 'served');
    t.equal(file?.runtime, RUNTIMES[target]);
    t.equal(file?.load?.outcome, 'loaded');
    t.same(file?.load?.version, { major: 6, minor: 0, description: 'scenarios for tests' });
    t.equal(file?.load?.crash, undefined);
    if (process.platform === 'linux') t.ok((file?.load?.memory?.before ?? 0) > 10_000_000, 'memory');
    t.same(file?.findings, []);
    t.ok((file?.needs.length ?? 0) > 0 && file?.needs.every(({ place }) => place === 'system'));
    t.equal(file?.request, null);
  });

  await t.test('TerminateExtension is called before the end', async (t) => {
    t.equal(of('lifecycle')?.verdict, 'served');
    const lines = readFileSync(join(folder, 'lifecycle.dll.events'), 'utf8').trim().split('\n');
    t.same(
      lines.map((line) => line.split(' ')[0]),
      ['GetExtensionVersion', 'TerminateExtension'],
    );
    t.match(lines[1], /flags=2 /);
  });

  await t.test('a library that is missing is named', async (t) => {
    const file = of('needsother');
    const reason = `needsother.dll needs ${other}, which is not there; copy it beside the extension`;
    t.equal(file?.verdict, 'not served');
    t.equal(file?.reason, reason);
    t.same(file?.findings, [{ severity: 'error', text: reason }]);
    t.equal(file?.load?.outcome, 'not loaded');
    t.equal(file?.needs.find(({ library }) => library === other)?.place, 'missing');
  });

  await t.test('an extension that refuses, or crashes while it is loaded, cannot be served', async (t) => {
    t.match(of('refused')?.reason, /^its GetExtensionVersion\(\) returned FALSE with the last error \d+; /);
    t.equal(of('crashload')?.load?.outcome, 'ended the worker process');
    const crashed = new RegExp(`^loading it ended its worker process: ${how} at address 0x`);
    t.match(of('crashload')?.reason, crashed);
    // Windows' loader catches what a DllMain does; that of Linux does not.
    if (target === 'elf') t.match(of('crashinit')?.reason, crashed);
    else t.equal(of('crashinit')?.reason, 'its start code accessed memory that it may not');
  });

  await t.test('a filter is not loaded', async (t) => {
    const reason = 'missing GetExtensionVersion(): the library is an ISAPI filter, not an extension';
    t.equal(of('filter')?.reason, reason);
    t.equal(of('filter')?.load, null);
  });

  await t.test('what is beside a library is found there', async (t) => {
    build('other');
    const { status, file } = await inspect(t, build('needsother'));
    t.equal(status, 0);
    t.ok(file.needs.some(({ place }) => place === 'beside'));
  });

  await t.test('--no-load runs nothing of a file', async (t) => {
    const { status, file } = await inspect(t, '--no-load', build('crashload'));
    t.equal(status, 0);
    t.equal(file.verdict, 'served');
    t.equal(file.load, null);
  });
});
