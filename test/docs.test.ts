import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { apacheModuleOf } from '../lib/config/known-directives.js';
import { SUPPORT_FUNCTIONS } from '../lib/isapi/support-functions.js';
import { MESSAGES } from '../lib/messages.js';
import { root } from './helpers/root.js';

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

t.test('the generated documents are up to date', async (t) => {
  const args = [join(root, 'scripts', 'docs.mjs'), '--check'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  t.equal(`${stdout}${stderr}`, '');
  t.equal(status, 0);
});

t.test('the number of a log message is its own and says which part it belongs to', async (t) => {
  const numbers = Object.values(MESSAGES).map(({ number }) => number);
  t.same(
    numbers.filter((number, index) => numbers.indexOf(number) !== index),
    [],
  );
  t.same(
    numbers.filter((number) => !/^IH[012]\d{3}$/.test(number)),
    [],
  );
});

t.test('docs/messages.md has each message with the name of its event and what to do', async (t) => {
  const rows = read('docs/messages.md').split('\n');
  for (const [event, { number, level, advice }] of Object.entries(MESSAGES)) {
    t.match(event, /^[a-z][A-Za-z0-9]+$/);
    t.match(advice, /^[A-Z].*\.$/, event);
    const start = `| ${number} | \`${event}\` | `;
    const row = rows.find((each) => each.startsWith(start)) ?? '';
    t.ok(row.includes(` | ${level} | `), event);
    t.ok(row.endsWith(` | ${advice.replace(/[\\`*_[\]<>|]/g, '\\$&')} |`), event);
  }
});

t.test('docs/directives.md has each directive once, with the module that Apache has it in', async (t) => {
  const entries = [...read('docs/directives.md').matchAll(/^### (\S+)\n[^]*?^- Module: (\S+)$/gm)];
  const names = entries.map(([, title = '']) => title.replaceAll('\\', ''));
  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  for (const name of ['Alias', 'ISAPICacheFile', 'LoadModule', '<Directory>', '<IfDefine>', 'ServerRoot']) {
    t.ok(names.includes(name), name);
  }
  const misplaced = entries
    .map(([, title = '', module = '']) => [title.replace(/[\\<>]/g, ''), module] as const)
    .map(([name, module]) => ({ name, module, apache: apacheModuleOf(name) }))
    // Apache's core and its process models have them; here one module is in their place.
    .filter(({ name, module }) => name !== 'Listen' && module !== 'mpm_common')
    .filter(({ module, apache }) => apache !== undefined && apache !== module);
  t.same(misplaced, []);
});

t.test('README.md has every support function by its name', async (t) => {
  const text = read('README.md');
  t.same(
    SUPPORT_FUNCTIONS.filter(({ name }) => !text.includes(`\`${name}\``)).map(({ name }) => name),
    [],
  );
});

t.test('docs/dependencies.md has a reason for every dependency', async (t) => {
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const text = read('docs/dependencies.md');
  const names = Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] });
  t.ok(names.length > 10, 'there are some');
  t.same(
    names.filter((name) => !text.includes(`\`${name}\``)),
    [],
  );
});

/** Files and folders that a document names with backquotes, as they would be from the checkout's root. */
function namedPaths(text: string): string[] {
  return [...text.matchAll(/`((?:lib|test|scripts|docs|conf|runtimes|isapi-samples)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );
}

const inGit = existsSync(join(root, '.git')) ? false : 'needs a git checkout';

t.test('the documents name no file that is not there', { skip: inGit }, async (t) => {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n');
  const isThere = (path: string): boolean =>
    files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));
  for (const document of ['README.md', 'docs/architecture.md', 'docs/dependencies.md']) {
    const named = namedPaths(read(document));
    t.ok(named.length > 0, document);
    t.same(
      named.filter((path) => !isThere(path)),
      [],
      document,
    );
  }
});
