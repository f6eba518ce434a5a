import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, root, runPackage } from './command.mjs';

const SOURCES = ['lib', 'test', 'bench'];
const CONFIGURATION = ['tsconfig.json', 'package.json', 'package-lock.json'];
const OUT = join(root, 'dist');
const STAMP = join(OUT, '.build-stamp');

/** Compiles with tsc, which checks the types too, unless nothing has changed since it last succeeded. */
export async function build(report) {
  const step = report.begin('types and build');
  const fingerprint = sourcesFingerprint();
  if (readStamp() === fingerprint) {
    step.done('up to date');
    return true;
  }
  step.progress('compiling with tsc');
  removeOrphans();
  const result = await runPackage('typescript/bin/tsc', ['-p', root, '--pretty', 'false']);
  if (result.status !== 0) {
    step.fail('tsc found errors', [lastLines(result.output, 60)]);
    return false;
  }
  mkdirSync(OUT, { recursive: true });
  writeFileSync(STAMP, fingerprint);
  step.done('compiled to dist/');
  return true;
}

/** A hash over name, size and time of every file that the build reads: cheap, and sees removed files too. */
function sourcesFingerprint() {
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    for (const file of filesBelow(join(root, folder)).filter((name) => name.endsWith('.ts')))
      hash.update(mark(file));
  }
  for (const name of CONFIGURATION) hash.update(mark(join(root, name)));
  return hash.digest('hex');
}

function mark(file) {
  const { size, mtimeMs } = statSync(file);
  return `${file} ${size} ${mtimeMs}\n`;
}

/** Removes compiled files whose source is gone: a removed test must not go on running. */
function removeOrphans() {
  let removed = false;
  for (const folder of SOURCES) {
    for (const file of filesBelow(join(OUT, folder))) {
      const source = join(root, file.slice(OUT.length).replace(/\.js(\.map)?$/, '.ts'));
      if (existsSync(source)) continue;
      rmSync(file);
      removed = true;
    }
  }
  // Without this file tsc would take what it has emitted before for granted.
  if (removed || !existsSync(STAMP)) rmSync(join(OUT, '.tsbuildinfo'), { force: true });
}

/** Every file below a folder, sorted; empty when there is no such folder. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function readStamp() {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return undefined;
  }
}
