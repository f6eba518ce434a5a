import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { checkNode } from '../../lib/cli/doctor/program-checks.js';
import { memoryText } from '../../lib/cli/text-table.js';
import { windowsVersion } from '../../lib/cli/doctor/wine-checks.js';
import { skipUnlessRunnable } from '../helpers/targets.js';
import { makeMachine } from '../helpers/made-machine.js';
import { runProgramApart } from '../helpers/program-process.js';
import { root } from '../helpers/root.js';

interface Check {
  readonly group: string;
  readonly name: string;
  readonly state: string;
  readonly text: string;
  readonly advice?: string;
}

interface Result {
  readonly status: number | null;
  readonly ok: boolean;
  readonly checks: readonly Check[];
  of(name: string): Check;
}

async function doctor(
  args: readonly string[],
  options: { env?: Readonly<Record<string, string | undefined>>; cwd?: string } = {},
): Promise<Result> {
  const { status, out, error } = await runProgramApart(['doctor', '--json', ...args], options);
  if (out === '') throw new Error(error);
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Check[] };
  return {
    status,
    ok,
    checks,
    of: (name) => {
      const found = checks.find((check) => check.name === name);
      if (found === undefined) throw new Error(`there is no check ${name}`);
      return found;
    },
  };
}

/** A folder with a configuration. */
function makeSite(t: Test, directives: string): string {
  const { folder } = makeMachine(t, []);
  mkdirSync(join(folder, 'www'));
  mkdirSync(join(folder, 'logs'));
  const user = process.getuid?.() === 0 ? 'User root\n' : '';
  writeFileSync(join(folder, 'httpd.conf'), `Listen 127.0.0.1:0\nDocumentRoot www\n${user}${directives}\n`);
  return folder;
}

t.test('a worker process of each runtime is started', { skip: skipUnlessRunnable('win32') }, async (t) => {
  const empty = t.testdir({});
  const { status, ok, of } = await doctor([], { cwd: empty });
  t.equal(status, 0);
  t.equal(ok, true);
  for (const name of ['native runtime', 'wine64 runtime', 'wine32 runtime']) {
    t.equal(of(name).state, 'ok', name);
    t.match(of(name).text, /a worker process starts in \d+ ms/);
  }
  t.match(of('Wine').text, /, 64-bit and 32-bit$/);
  t.match(of('prefix').text, /Windows 10$/);
  t.same([of('file').state, of('file').group], ['skip', 'Configuration']);
});

t.test('a machine without Wine serves ELF extensions, and is told what to install', async (t) => {
  const { folder, env } = makeMachine(t, []);
  mkdirSync(join(folder, 'no-wine'));
  const { status, of } = await doctor(['--no-trial'], { env, cwd: folder });
  t.equal(status, 0, 'a warning is no failure');
  t.same([of('Wine').state, of('wine32 runtime').state], ['warn', 'warn']);
  t.match(of('Wine').advice, /apt-get install .* wine/);
  t.equal(of('native runtime').state, 'skip');
});

t.test('a pool that is for Windows extensions needs Wine', async (t) => {
  const { folder, env } = makeMachine(t, []);
  writeFileSync(join(folder, 'pools.ini'), '[default]\nruntime = wine32\n');
  const { status, of } = await doctor(['--no-trial', '--pools', 'pools.ini'], { env, cwd: folder });
  t.equal(status, 1);
  t.equal(of('Wine').state, 'fail');
  t.equal(of('wine32 runtime').state, 'fail');
  t.equal(of('wine64 runtime').state, 'warn');
});

t.test('a configuration that is right has its folders, logs and ports looked at', async (t) => {
  const folder = makeSite(t, 'ErrorLog logs/error_log\nCustomLog logs/access_log common');
  const { status, of } = await doctor(['--no-trial', '-f', join(folder, 'httpd.conf')]);
  t.equal(status, 0);
  t.equal(of('file').text, `${join(folder, 'httpd.conf')} is right`);
  t.equal(of('ports').text, '127.0.0.1:0: any free port');
  t.equal(of('folders').state, 'ok');
  t.match(of('logs').text, /^2 can be written to/);
  t.match(of('PidFile').text, /isapi-host\.pid can be written to$/);
});

t.test('a configuration with errors is one thing that fails', async (t) => {
  const folder = makeSite(t, 'Nonsense on');
  const { status, of, checks } = await doctor(['--no-trial', '-f', join(folder, 'httpd.conf')]);
  t.equal(status, 1);
  t.equal(of('file').state, 'fail');
  t.match(of('file').advice, /isapi-host check/);
  t.equal(checks.filter(({ group }) => group === 'Configuration').length, 1);
});

t.test('a port that another program has is named with it', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const folder = makeSite(t, `Listen 127.0.0.1:${port}`);
  const { status, checks } = await doctor(['--no-trial', '-f', join(folder, 'httpd.conf')]);
  t.equal(status, 1);
  const found = checks.find(({ name, state }) => name === 'ports' && state === 'fail');
  t.match(found?.text, new RegExp(`^127\\.0\\.0\\.1:${port} is taken`));
  if (process.platform === 'linux') t.match(found?.text, new RegExp(`process ${process.pid}`));
});

t.test('folders and extensions that are missing are named, and the others served', async (t) => {
  const folder = makeSite(
    t,
    '<Directory "gone">\nRequire all granted\n</Directory>\nISAPICacheFile www/none.dll',
  );
  const { status, of } = await doctor(['--no-trial', '-f', join(folder, 'httpd.conf')]);
  t.equal(status, 0);
  t.same(
    [of('folders').state, of('folders').text],
    ['warn', `<Directory>: ${join(folder, 'gone')} is not there`],
  );
  t.same(
    [of('extensions').state, of('extensions').text],
    ['warn', `ISAPICacheFile: ${join(folder, 'www', 'none.dll')} is not there`],
  );
});

t.test(
  'what the user of the server, or of a pool, may not read is named',
  { skip: process.getuid?.() === 0 ? false : 'needs root' },
  async (t) => {
    const { folder } = makeMachine(t, []);
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'www'));
    writeFileSync(join(folder, 'www', 'a.dll'), '');
    chmodSync(join(folder, 'www'), 0o700);
    writeFileSync(
      join(folder, 'httpd.conf'),
      'Listen 127.0.0.1:0\nUser #12345\nGroup #12345\nDocumentRoot www\nISAPICacheFile www/a.dll\nErrorLog error_log\n',
    );
    const { status, of } = await doctor(['--no-trial', '-f', join(folder, 'httpd.conf')]);
    t.equal(status, 1);
    t.equal(of('user').text, 'the server runs as user 12345');
    t.equal(of('folders').text, `DocumentRoot: user 12345 may not read ${join(folder, 'www')}`);
    t.equal(of('extensions').text, `ISAPICacheFile: user 12345 may not enter ${join(folder, 'www')}`);
  },
);

t.test('the report says first whether extensions can be served', async (t) => {
  const folder = makeSite(t, 'Nonsense on');
  const { out, status, error } = await runProgramApart([
    'doctor',
    '--no-trial',
    '-f',
    join(folder, 'httpd.conf'),
  ]);
  t.equal(status, 1);
  t.match(error, /Nonsense/);
  const lines = out.split('\n');
  t.match(lines[0], /^\d+ things? keeps? extensions from being served/);
  t.ok(lines.every((line) => line.length <= 100));
  const normal = out
    .replaceAll(folder, '@ROOT@')
    .split('\n')
    .filter((line) => /^(?:Configuration| {2}FAIL {2}file|\s+-> run "isapi-host check)/.test(line))
    .join('\n');
  t.equal(`${normal}\n`, readFileSync(join(root, 'test/cli/golden/doctor/wrong-configuration.txt'), 'utf8'));
});

t.test('doctor takes no arguments', async (t) => {
  const { status, error } = await runProgramApart(['doctor', 'more']);
  t.equal(status, 2);
  t.match(error, /doctor takes no argument more/);
});

t.test('an old Node is one that fails', async (t) => {
  t.equal(checkNode('18.20.0').state, 'fail');
  t.match(checkNode('18.20.0').advice, /install Node \d+\.\d+ or later/);
  t.equal(checkNode(process.versions.node).state, 'ok');
  t.equal(checkNode('99.0.0').state, 'ok');
});

t.test('the version of Windows is read from the registry of a prefix', async (t) => {
  const folder = t.testdir({
    'system.reg':
      'WINE REGISTRY Version 2\n\n[Software\\\\Microsoft\\\\Windows NT\\\\CurrentVersion] 1\n"ProductName"="Microsoft Windows XP"\n\n' +
      '[Software\\\\Other] 1\n"ProductName"="other"\n',
  });
  t.equal(windowsVersion(join(folder, 'system.reg')), 'Microsoft Windows XP');
  t.equal(windowsVersion(join(folder, 'none.reg')), undefined);
});

const asRoot = process.getuid?.() !== 0 && 'needs root, who starts servers of other users';

t.test('as root it looks as the user that the server will be', { skip: asRoot }, async (t) => {
  const folder = makeSite(t, 'Group #65534\nISAPITrace failures');
  const file = join(folder, 'httpd.conf');
  writeFileSync(file, readFileSync(file, 'utf8').replace('User root', 'User nobody'));
  chmodSync(folder, 0o755);
  const calls = join(folder, 'logs', 'calls');
  mkdirSync(calls);
  const look = (): Promise<Result> => doctor(['--no-trial', '-f', file]);
  const left = await look();
  t.equal(left.of('journal').text, `${calls} will be given to nobody when root starts the server`);
  t.match(left.of('folders'), { state: 'ok', text: '1 named by DocumentRoot can be read by nobody' });
  t.match(left.of('extensions').text, /^the configuration names none by its file \(ISAPICacheFile, /);
  chownSync(calls, 65534, 65534);
  const handed = await look();
  t.equal(handed.of('journal').text, `${calls} and its files can be written to by nobody`);
  t.match(handed.of('traces'), { state: 'ok', text: /logs\/traces will be made for nobody$/ });
  chmodSync(join(folder, 'logs'), 0o700);
  const closed = await look();
  t.equal(closed.of('journal').state, 'ok', 'it is reached as root');
  t.match(closed.of('traces'), {
    state: 'warn',
    text: /logs\/traces cannot be used: nobody may not search .*logs$/,
  });
  chmodSync(join(folder, 'www'), 0o700);
  t.match((await look()).of('folders'), { state: 'fail', text: /DocumentRoot: nobody may not read .*www/ });
});

t.test('amounts of memory have the unit that fits them', async (t) => {
  t.same([0, 400 * 1024 ** 2, 1024 ** 3, 23.5 * 1024 ** 3].map(memoryText), [
    '0 MiB',
    '400 MiB',
    '1.0 GiB',
    '23.5 GiB',
  ]);
});
