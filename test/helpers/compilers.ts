import { spawnSync } from 'node:child_process';

/** The three kinds of library that extensions come as. */
export type Target = 'elf' | 'win64' | 'win32';
export const TARGETS: readonly Target[] = ['elf', 'win64', 'win32'];

interface Compiler {
  /** the commands to try, best first */
  readonly commands: readonly string[];
  /** the Debian package that has it */
  readonly install: string;
  /** options of every shared library */
  readonly flags: readonly string[];
  /** libraries, which come after the sources */
  readonly libraries: readonly string[];
}

const COMPILERS: Readonly<Record<Target, Compiler>> = {
  elf: {
    commands: ['gcc', 'cc'],
    install: 'gcc libc6-dev',
    flags: ['-fPIC', '-fvisibility=hidden', '-shared'],
    libraries: ['-ldl', '-pthread'],
  },
  win64: {
    commands: ['x86_64-w64-mingw32-gcc'],
    install: 'gcc-mingw-w64-x86-64',
    flags: ['-shared', '-static-libgcc', '-Wl,--no-insert-timestamp'],
    libraries: [],
  },
  win32: {
    commands: ['i686-w64-mingw32-gcc'],
    install: 'gcc-mingw-w64-i686',
    flags: ['-shared', '-static-libgcc', '-Wl,--no-insert-timestamp,--enable-stdcall-fixup'],
    libraries: [],
  },
};

interface Found {
  readonly command: string;
  /** the first line of `--version`: part of a cache's key */
  readonly version: string;
}

function find(target: Target): Found | undefined {
  for (const command of COMPILERS[target].commands) {
    const result = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (result.status === 0) return { command, version: result.stdout.split('\n', 1)[0] ?? '' };
  }
  return undefined;
}

const found: Readonly<Record<Target, Found | undefined>> = {
  elf: process.platform === 'linux' ? find('elf') : undefined,
  win64: find('win64'),
  win32: find('win32'),
};

/** For a test's `skip` option: false where the compiler is there, else one line that says what to install. */
export function skipWithout(target: Target): string | false {
  if (found[target] !== undefined) return false;
  return `no compiler for ${target}: apt-get install ${COMPILERS[target].install}`;
}

/** Which compiler makes a target's files, with its version; throws where there is none. */
export function compilerOf(target: Target): Found {
  const compiler = found[target];
  if (compiler === undefined) throw new Error(String(skipWithout(target)));
  return compiler;
}

/** The options that {@link compile} gives besides its caller's. */
export function standardFlags(target: Target): readonly string[] {
  return ['-std=gnu11', '-O1', '-g0', '-Wall', '-Wextra', ...COMPILERS[target].flags];
}

/**
 * Compiles C sources into one shared library. `sources` may hold .def files and libraries to link with.
 * `flags` come after the standard ones. Throws with the compiler's words when it fails.
 */
export function compile(
  target: Target,
  sources: readonly string[],
  out: string,
  flags: readonly string[] = [],
): void {
  const { command } = compilerOf(target);
  const args = [...standardFlags(target), ...flags, '-o', out, ...sources, ...COMPILERS[target].libraries];
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0) {
    const reason = result.error === undefined ? result.stderr : result.error.message;
    throw new Error(`${command} ${args.join(' ')}\n${reason}`);
  }
}

/** Makes an import library from a .def file, for a DLL that need not exist. Comes with the mingw compilers (binutils). */
export function makeImportLibrary(target: 'win64' | 'win32', definition: string, out: string): void {
  const command = compilerOf(target).command.replace(/gcc$/, 'dlltool');
  const args = ['-d', definition, '--output-lib', out];
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${result.stderr}`);
}
