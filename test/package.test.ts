import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { packagesOf } from '../lib/pool/runtimes/packages.js';
import { findHome } from '../lib/pool/runtimes/home.js';
import { compile, skipWithout } from './helpers/compilers.js';
import { root } from './helpers/root.js';

/** npm as a JavaScript file, because `npm` itself is a script on Windows. */
const npm = process.env['npm_execpath'] ?? '';
const [command, ...first] = /\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm'];

/** Settings of an outer `npm test` are about the checkout. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$/i.test(name)),
);

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runNpm(folder: string, ...args: string[]): Result {
  return spawnSync(command, [...first, ...args], { cwd: folder, env: environment, encoding: 'utf8' });
}

function runProgram(folder: string, ...args: string[]): Result {
  const main = join(folder, 'node_modules', 'isapi-host', 'dist', 'lib', 'cli', 'main.js');
  return spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8' });
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs the checkout as it was built. */
function pack(folder: string): Packed {
  const result = runNpm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  if (result.status !== 0) throw new Error(`npm pack failed: ${result.stderr}`);
  const [packed] = JSON.parse(result.stdout) as Packed[];
  if (packed === undefined) throw new Error(`npm pack said nothing of what it packed: ${result.stdout}`);
  return packed;
}

interface Running {
  readonly url: string;
  /** Stops it; resolves to exit status and signal. */
  readonly stop: () => Promise<unknown[]>;
}

/** Serves a configuration with the installed program. */
async function serve(t: Test, folder: string, file: string): Promise<Running> {
  const main = join(folder, 'node_modules', 'isapi-host', 'dist', 'lib', 'cli', 'main.js');
  const child = spawn(process.execPath, [main, 'serve', '-f', file], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const stop = (): Promise<unknown[]> => {
    child.kill('SIGTERM');
    return ended;
  };
  t.teardown(stop);
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      const url = /serves (http:\/\/127\.0\.0\.1:\d+\/)/.exec(text)?.[1];
      if (url !== undefined) resolve({ url, stop });
    });
    void ended.then(() => reject(new Error(`the server ended: ${text}`)));
  });
}

const folder = t.testdir({ 'package.json': '{"private": true}', site: { isapi: {} } });
// Somebody tries something in the folder of the samples: that is not for others.
const stray = join(root, 'isapi-samples', 'www', 'stray-sample.c');
writeFileSync(stray, '/* not ours */\n');
t.teardown(() => rmSync(stray, { force: true }));
const packed = pack(folder);
rmSync(stray, { force: true });

t.test('the package has what is needed to run and to read, and nothing else', async (t) => {
  const files = packed.files.map(({ path }) => path);
  for (const file of [
    'LICENSE',
    'README.md',
    'httpd.conf.example',
    'conf/httpd.conf',
    'conf/pools.ini',
    'dist/lib/cli/main.js',
    'dist/lib/worker/main.js',
    'docs/architecture.md',
    'docs/directives.md',
    'isapi-samples/hello.c',
    'isapi-samples/isapi.h',
    'runtimes/trial.cjs',
    'runtimes/wine64/package-lock.json',
    'runtimes/wine32/package-lock.json',
  ]) {
    t.ok(files.includes(file), file);
  }
  t.same(
    files.filter((file) =>
      /\.(dll|so|map|ts|log)$|^(test|dist\/test|scripts|logs|node_modules)\//.test(file),
    ),
    [],
  );
});

t.test('of the samples it has what the repository has, whatever else lies there', async (t) => {
  const tracked = spawnSync('git', ['ls-files', 'isapi-samples', 'conf', 'runtimes'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (tracked.status !== 0 || tracked.stdout === '') {
    t.pass('there is no repository', { skip: 'this is no clone of the repository, or there is no git' });
    return;
  }
  const ours = tracked.stdout
    .trimEnd()
    .split('\n')
    .filter((file) => !/(?:^|\/)\.[^/]*$/.test(file));
  const files = packed.files.map(({ path }) => path);
  const theirs = files.filter((file) => /^(?:isapi-samples|conf|runtimes)\//.test(file));
  t.same(theirs.sort(), ours.sort());
});

t.test('the installed package', async (t) => {
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, packed.filename)];
  const result = runNpm(folder, ...install);
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(result.stderr)) {
    t.pass('it cannot be installed', { skip: 'npm cannot reach its registry' });
    return;
  }
  t.equal(result.status, 0, result.stderr);

  t.test('shows its commands', async (t) => {
    const help = runProgram(folder, '--help');
    t.equal(help.status, 0);
    t.match(help.stdout, /^isapi-host serves ISAPI extension DLLs/);
    t.match(help.stdout, /^ {2}serve +serves a configuration until it is stopped/m);
    t.match(help.stdout, /^ {2}setup +prepares the runtimes for Windows extensions$/m);
  });

  t.test('is made for this Node, with everything below it', async (t) => {
    t.notMatch(result.stderr, /EBADENGINE/);
  });

  t.test('sets up Windows runtimes from the same lock files as the checkout', async (t) => {
    const url = pathToFileURL(
      join(folder, 'node_modules/isapi-host/dist/lib/pool/runtimes/packages.js'),
    ).href;
    const home = findHome({ ISAPI_HOST_HOME: folder });
    const script =
      `const { packagesOf } = await import(${JSON.stringify(url)});` +
      `for (const name of ['wine64', 'wine32']) console.log(packagesOf(${JSON.stringify(home)}, name).folder)`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const names = ['wine64', 'wine32'] as const;
    t.equal(run.stdout, names.map((name) => `${packagesOf(home, name).folder}\n`).join(''));
    t.equal(run.stderr, '');
  });

  t.test('checks and serves the example configuration', { skip: skipWithout('elf') }, async (t) => {
    const samples = join(folder, 'node_modules', 'isapi-host', 'isapi-samples');
    compile('elf', [join(samples, 'hello.c')], join(folder, 'site', 'isapi', 'hello.dll'));
    copyFileSync(join(samples, 'www', 'style.css'), join(folder, 'site', 'style.css'));
    const example = readFileSync(join(folder, 'node_modules', 'isapi-host', 'httpd.conf.example'), 'utf8');
    const file = join(folder, 'httpd.conf');
    const own = example
      .replace(/^Define SITE .*$/m, 'Define SITE "site"')
      .replace(/^Listen .*$/m, 'Listen 127.0.0.1:0');
    t.not(own, example);
    writeFileSync(file, own);

    const check = runProgram(folder, 'serve', '-t', '-f', 'httpd.conf');
    t.equal(check.stderr, 'Syntax OK\n');
    t.equal(check.status, 0);

    const { url, stop } = await serve(t, folder, file);
    const answer = await fetch(`${url}isapi/hello.dll`);
    t.match(await answer.text(), /<h1>Hello<\/h1>\n<p>from a 64-bit ELF library\.<\/p>/);
    t.equal(answer.status, 200);
    const style = await fetch(`${url}style.css`);
    t.equal(style.headers.get('content-type'), 'text/css');
    await style.body?.cancel();
    t.same(await stop(), [0, null]);
  });
});
