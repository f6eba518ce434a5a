import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { root } from './helpers/root.js';

/** The folders of lib/ in the order of their dependencies: each may import those before it, and itself. */
const ORDER = ['', 'config', 'isapi', 'channel', 'worker', 'pool', 'http', 'modules', 'cli'] as const;

/** Folders that may not import some of those before them. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  // Bytes in, bytes out.
  isapi: ['config'],
};

/** Node's modules that a folder must do without: what it is for would be lost. */
const FORBIDDEN_NODE: Readonly<Record<string, readonly string[]>> = {
  isapi: ['node:net', 'node:http', 'node:child_process', 'node:worker_threads'],
};

const MAX_LINES = 350;

/** Tables, one row per thing that has a name: they are looked up, not read. */
const TABLES = ['lib/messages.ts'];

/** Every TypeScript file below a folder of the checkout, relative to it. */
function sources(folder: string): string[] {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** What a file imports or re-exports, statically or by `import()` or `require()` of a literal name. */
function importsOf(file: string): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined
    ) {
      if (ts.isStringLiteral(node.moduleSpecifier)) names.push(node.moduleSpecifier.text);
    } else if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const isImport = callee.kind === ts.SyntaxKind.ImportKeyword;
      const isRequire = ts.isIdentifier(callee) && callee.text === 'require';
      const argument = node.arguments[0];
      if ((isImport || isRequire) && argument !== undefined && ts.isStringLiteral(argument))
        names.push(argument.text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) names.push(node.argument.literal.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

/** The folder of lib/ that a file is in: '' for those in lib/ itself. */
function folderOf(file: string): string {
  const parts = file.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
}

/** Pairs of a file and the lib file it imports by a relative name. */
function internalImports(): [string, string][] {
  return sources('lib').flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name): [string, string] => [
        file,
        join(dirname(file), name).replaceAll('\\', '/').replace(/\.js$/, '.ts'),
      ]),
  );
}

t.test('every folder of lib has its place in the order of dependencies', async (t) => {
  const folders = [...new Set(sources('lib').map(folderOf))].sort();
  t.ok(folders.length > 1, 'there are folders to look at');
  t.same(
    folders.filter((folder) => !(ORDER as readonly string[]).includes(folder)),
    [],
  );
});

t.test('a folder of lib imports only those before it', async (t) => {
  const position = (file: string): number => (ORDER as readonly string[]).indexOf(folderOf(file));
  const wrong = internalImports().filter(([from, to]) => position(to) > position(from));
  t.same(
    wrong.map(([from, to]) => `${from} imports ${to}`),
    [],
  );
});

t.test('a folder of lib imports nothing that it is meant to do without', async (t) => {
  const wrong = internalImports().filter(([from, to]) => FORBIDDEN[folderOf(from)]?.includes(folderOf(to)));
  t.same(
    wrong.map(([from, to]) => `${from} imports ${to}`),
    [],
  );
  const nodes = sources('lib').flatMap((file) =>
    importsOf(file)
      .filter((name) => FORBIDDEN_NODE[folderOf(file)]?.includes(name))
      .map((name) => `${file} imports ${name}`),
  );
  t.same(nodes, []);
});

t.test('lib imports nothing from outside lib', async (t) => {
  t.same(
    internalImports()
      .filter(([, to]) => !to.startsWith('lib/'))
      .map(([from, to]) => `${from} imports ${to}`),
    [],
  );
});

t.test('koffi is imported by one file', async (t) => {
  const files = sources('lib').filter((file) =>
    importsOf(file).some((name) => name === 'koffi' || name.startsWith('koffi/')),
  );
  t.same(files, ['lib/worker/koffi.ts']);
});

t.test('imports of modules of Node carry the prefix node:', async (t) => {
  const bare = new Set([
    'fs',
    'path',
    'os',
    'net',
    'http',
    'crypto',
    'child_process',
    'events',
    'stream',
    'util',
    'url',
  ]);
  const wrong = [...sources('lib'), ...sources('test')].flatMap((file) =>
    importsOf(file)
      .filter((name) => bare.has(name))
      .map((name) => `${file} imports ${name}`),
  );
  t.same(wrong, []);
});

t.test(`no file of lib is longer than ${MAX_LINES} lines`, async (t) => {
  const long = sources('lib')
    .filter((file) => !TABLES.includes(file))
    .map((file): [string, number] => [file, read(file).split('\n').length - 1])
    .filter(([, lines]) => lines > MAX_LINES)
    .map(([file, lines]) => `${file}: ${lines} lines`);
  t.same(long, []);
});

t.test('file names are in kebab-case', async (t) => {
  t.same(
    [...sources('lib'), ...sources('test')].filter(
      (file) => !/^[a-z0-9-]+(\.test|\.d)?\.ts$/.test(file.split('/').pop() ?? ''),
    ),
    [],
  );
});

/** The text files that git tracks or would track. */
function projectFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return output
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(root, file)))
    .filter((file) => /\.(ts|js|mjs|cjs|json|md|c|h|conf|ini|css|txt|yml)$|^[^.]+$|^\.ci\/run$/.test(file));
}

/** Lines of the project that match, as `file:line`. */
function findLines(pattern: RegExp, files: readonly string[] = projectFiles()): string[] {
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 100)}`] : [],
      ),
  );
}

/** A pattern for any of some words, each given in two parts so that this file does not find itself. */
function marks(...words: readonly [string, string][]): RegExp {
  return new RegExp(words.map((parts) => `(?<!\\w)${parts.join('')}(?!\\w)`).join('|'));
}

const inGit = existsSync(join(root, '.git')) ? false : 'needs a git checkout';

t.test('nothing is marked as unfinished', { skip: inGit }, async (t) => {
  t.ok(projectFiles().length > 20, 'there are files to look at');
  t.same(findLines(marks(['TO', 'DO'], ['FIX', 'ME'], ['X', 'XX'])), []);
});

t.test('no lint rule or type error is switched off in place', { skip: inGit }, async (t) => {
  t.same(
    findLines(
      marks(['eslint-', 'disable'], ['@ts-', 'ignore'], ['@ts-', 'nocheck'], ['@ts-', 'expect-error']),
    ),
    [],
  );
});

t.test('no path of the machine that it was written on is in the project', { skip: inGit }, async (t) => {
  const machine = marks(
    ['/wo', 'rk/main'],
    ['/wo', 'rk/shared'],
    ['/tm', 'p/scratch'],
    ['/tm', 'p/briefs'],
    ['/tm', 'p/build'],
  );
  t.same(findLines(machine), []);
});

t.test('the lock files name hashes and no download addresses', async (t) => {
  for (const file of [
    'package-lock.json',
    'runtimes/wine64/package-lock.json',
    'runtimes/wine32/package-lock.json',
  ]) {
    const { packages } = JSON.parse(read(file)) as {
      packages: Record<string, { resolved?: string; integrity?: string; inBundle?: boolean }>;
    };
    const entries = Object.entries(packages).filter(([path]) => path !== '');
    t.ok(entries.length > 2, `${file} has entries`);
    t.same(
      entries.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path),
      [],
      file,
    );
    t.same(
      entries
        .filter(([, entry]) => entry.integrity === undefined && entry.inBundle !== true)
        .map(([path]) => path),
      [],
      file,
    );
  }
});

t.test('the package carries what it needs to run and nothing of its tests', async (t) => {
  const manifest = JSON.parse(read('package.json')) as { files: string[]; bin: Record<string, string> };
  for (const name of ['dist/lib', 'conf/httpd.conf', 'isapi-samples/Makefile', 'httpd.conf.example']) {
    t.ok(manifest.files.includes(name), name);
  }
  t.notOk(manifest.files.some((name) => name.startsWith('dist/test') || name === 'test'));
  t.equal(manifest.bin['isapi-host'], 'dist/lib/cli/main.js');
});
