import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

import { compile, compilerOf, standardFlags, type Target } from './compilers.js';
import { root } from './root.js';

const sourceFolder = join(root, 'test', 'extensions');
const sampleFolder = join(root, 'isapi-samples');
const cacheFolder = join(root, '.build', 'test-extensions');

interface Recipe {
  /** C files in `test/extensions/` */
  readonly sources: readonly string[];
  /** the .def file of the Windows builds; without one, what the source declares dllexport is exported */
  readonly exports?: string;
  /** another extension of the table that this one is linked with, and which it then needs at its side */
  readonly needs?: 'other';
  /** the file's name per target, where it is not `<name>.dll` */
  readonly fileName?: Partial<Record<Target, string>>;
}

const STANDARD = join(sampleFolder, 'isapi.def');
/** GetExtensionVersion and HttpExtensionProc alone: TerminateExtension is optional. */
const MINIMAL = join(sourceFolder, 'minimal.def');

/** The extensions for tests, one row each; the first lines of their sources say what they do. */
const EXTENSIONS = {
  scenario: {
    sources: ['scenario.c', 'scenario-calls.c', 'scenario-crashes.c', 'kit.c'],
    exports: STANDARD,
  },
  lasterror: { sources: ['lasterror.c', 'kit.c'], exports: STANDARD },
  transmit: { sources: ['transmit.c', 'kit.c'], exports: STANDARD },
  asynchrony: { sources: ['asynchrony.c', 'kit.c'], exports: STANDARD },
  semantics: { sources: ['semantics.c', 'kit.c'], exports: STANDARD },
  async: { sources: ['async.c', 'kit.c'], exports: STANDARD },
  lifecycle: { sources: ['lifecycle.c', 'kit.c'], exports: STANDARD },
  noexports: { sources: ['noexports.c'], exports: join(sourceFolder, 'noexports.def') },
  noproc: { sources: ['noproc.c'], exports: join(sourceFolder, 'noproc.def') },
  minimal: { sources: ['minimal.c'], exports: MINIMAL },
  refused: { sources: ['refused.c'], exports: MINIMAL },
  refusedsilently: { sources: ['refusedsilently.c'] },
  filter: { sources: ['filter.c'], exports: join(sourceFolder, 'filter.def') },
  other: { sources: ['other.c'], fileName: { elf: 'libother.so' } },
  needsother: { sources: ['needsother.c'], exports: MINIMAL, needs: 'other' },
  decorated: { sources: ['decorated.c'] },
  crashload: { sources: ['crashload.c'], exports: MINIMAL },
  crashinit: { sources: ['crashinit.c'], exports: MINIMAL },
} as const satisfies Record<string, Recipe>;

/** A row of the table of extensions. */
export type ExtensionName = keyof typeof EXTENSIONS;

const built = new Map<string, string>();

/** The cached file of an extension; compiles it when its sources, options or compiler changed. */
function cached(name: ExtensionName, target: Target): string {
  const memory = `${name} ${target}`;
  const known = built.get(memory);
  if (known !== undefined) return known;

  const recipe: Recipe = EXTENSIONS[name];
  const sources = recipe.sources.map((source) => join(sourceFolder, source));
  const fileName = fileNameOf(name, target);
  const flags = [`-I${sampleFolder}`];
  const inputs = [...sources];
  if (target !== 'elf' && recipe.exports !== undefined) inputs.push(recipe.exports);
  if (recipe.needs !== undefined) inputs.push(cached(recipe.needs, target));
  // The loader of ELF platforms looks beside a library only when the library says so, and for the name that the
  // needed library gives itself.
  if (target === 'elf') flags.push('-Wl,-rpath,$ORIGIN');
  if (target === 'elf' && recipe.fileName !== undefined) flags.push(`-Wl,-soname,${fileName}`);

  const hash = createHash('sha256');
  hash.update(JSON.stringify([compilerOf(target), standardFlags(target), flags.slice(1), name]));
  for (const input of [...inputs, join(sampleFolder, 'isapi.h'), join(sourceFolder, 'kit.h')]) {
    hash.update(readFileSync(input)).update('\0');
  }
  // A folder of its own lets the file have its proper name, which other libraries are linked to by.
  const folder = join(cacheFolder, hash.digest('hex').slice(0, 20));
  const file = join(folder, fileName);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    // Several test processes may compile the same file: each renames a file of its own into place. The name in
    // the library itself (which importers record) has to be the final one, so the folder is what is unique.
    const own = join(folder, randomUUID());
    mkdirSync(own);
    compile(target, inputs, join(own, fileName), flags);
    renameSync(join(own, fileName), file);
    rmdirSync(own);
  }
  built.set(memory, file);
  return file;
}

function fileNameOf(name: ExtensionName, target: Target): string {
  const recipe: Recipe = EXTENSIONS[name];
  return recipe.fileName?.[target] ?? `${name}.dll`;
}

/**
 * Puts an extension of `test/extensions/` into a folder, compiled for the target, and returns its path. The file
 * is complete from the moment it appears, also where it replaces another.
 */
export function buildExtension(
  name: ExtensionName,
  target: Target,
  intoFolder: string,
  fileName: string = fileNameOf(name, target),
): string {
  const path = join(intoFolder, fileName);
  mkdirSync(intoFolder, { recursive: true });
  const temporary = join(intoFolder, `.${randomUUID()}.tmp`);
  copyFileSync(cached(name, target), temporary);
  renameSync(temporary, path);
  return path;
}
