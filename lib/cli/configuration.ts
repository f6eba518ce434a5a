import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { loadConfiguration, type Configuration } from '../config/configuration.js';
import type { Problem } from '../config/place.js';
import type { PoolSettings } from '../config/pool-settings.js';
import { formatProblem } from '../config/problems.js';
import { loadPools } from '../config/pools.js';
import { HostError } from '../errors.js';
import type { Module } from '../http/module.js';
import { CORE } from '../http/settings.js';
import type { Arguments } from './command.js';
import { makeModules } from './modules.js';

/** What the command line says of the configuration. */
export interface Sources {
  readonly file: string;
  readonly serverRoot: string | undefined;
  /** whether ServerRoot follows from where the named file is */
  readonly isRootOfFile: boolean;
  readonly defines: readonly string[];
  /** directives that are read before the file, and after it */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** the pools file, or undefined for `pools.ini` beside the configuration file, if that is there */
  readonly pools: string | undefined;
  /** whether folders of DocumentRoot are looked for */
  readonly checkDocumentRoots: boolean;
  /** one worker thread for each pool, with any time */
  readonly debug: boolean;
}

/** A configuration with everything that belongs to it. */
export interface Loaded {
  /** undefined when there are errors */
  readonly configuration: Configuration | undefined;
  readonly modules: readonly Module[];
  /** the application pools by name */
  readonly pools: ReadonlyMap<string, PoolSettings>;
  /** errors and warnings of all files */
  readonly problems: readonly Problem[];
}

/** Where the configuration is looked for without `-f`, in this order. */
export const DEFAULT_FILES = ['conf/httpd.conf', 'httpd.conf'];

/** Errors of a configuration that a command shows which only wants to know something from it. */
const MAX_SHOWN = 10;

/** How long an extension may take for a request while somebody looks at it with a debugger. Milliseconds. */
const DEBUG_TIME = 86_400_000;

/** The sources that a command line names. Throws HostError USAGE when it names no file and there is none. */
export function sourcesOf({ flags, values }: Arguments): Sources {
  const serverRoot = values.get('root')?.[0];
  const file = values.get('file')?.[0] ?? defaultFile(serverRoot ?? '.');
  const named = values.has('file');
  return {
    // As in httpd the file is relative to the folder of -d; problems show it as it was given where they can.
    file: serverRoot === undefined || !named ? file : fromRoot(serverRoot, file),
    serverRoot: serverRoot ?? (named ? rootAbove(file) : '.'),
    isRootOfFile: serverRoot === undefined && named,
    defines: values.get('define') ?? [],
    before: values.get('before') ?? [],
    after: values.get('after') ?? [],
    pools: values.get('pools')?.[0],
    checkDocumentRoots: !flags.has('no-documentroot-check'),
    debug: flags.has('debug'),
  };
}

/** A file in a folder `conf` is where httpd has it: its ServerRoot is the folder above. */
function rootAbove(file: string): string | undefined {
  const folder = dirname(resolve(file));
  return basename(folder) === 'conf' ? dirname(folder) : undefined;
}

/** What is wrong with a configuration, for commands that only want to know something from it. */
export function errorsOf(sources: Sources, problems: readonly Problem[]): string {
  const { file } = sources;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const shown = errors.slice(0, MAX_SHOWN).map((problem) => formatProblem(problem));
  const more = errors.length > MAX_SHOWN ? [`and more: see "isapi-host check -f ${file}"`] : [];
  const hint = rootHint(sources, errors);
  return [...shown, ...more, ...(hint === undefined ? [] : [hint])].join('\n');
}

/** Where relative paths begin, when that is told by where the configuration file is and an error may come from it. */
export function rootHint(
  { file, serverRoot, isRootOfFile }: Sources,
  problems: readonly Problem[],
): string | undefined {
  const root = resolve(serverRoot ?? dirname(file));
  if (!isRootOfFile || problems.every(({ message }) => !message.includes(root))) return undefined;
  return `relative paths begin at ${root}, because of where ${file} is; -d, or ServerRoot in it, names another folder`;
}

function fromRoot(serverRoot: string, file: string): string {
  const below = resolve(serverRoot, file);
  return below === resolve(file) ? file : below;
}

function defaultFile(folder: string): string {
  const found = DEFAULT_FILES.map((name) => join(folder, name)).find((name) => existsSync(name));
  if (found !== undefined) return found;
  const names = DEFAULT_FILES.map((name) => join(folder, name)).join(' nor ');
  throw new HostError('USAGE', `there is no configuration file: neither ${names}; name one with -f FILE`);
}

/** Reads and checks the pools file and the configuration. */
export function load(sources: Sources): Loaded {
  const { file, serverRoot, defines, before, after, pools: poolsFile } = sources;
  const beside = join(dirname(file), 'pools.ini');
  const { pools, problems: poolProblems } = loadPools(poolsFile ?? (existsSync(beside) ? beside : undefined));
  const modules = makeModules(sources.debug ? debugPools(pools) : pools);
  const { configuration, problems } = loadConfiguration({
    file,
    ...(serverRoot !== undefined && { serverRoot }),
    defines,
    before,
    after,
    modules,
  });
  const found = [...poolProblems, ...problems];
  if (configuration !== undefined) {
    found.push(
      ...modules.flatMap((module) => module.check?.(configuration) ?? []),
      ...missingListen(configuration, file),
    );
  }
  const failed = found.some(({ severity }) => severity === 'error');
  const shown = sources.checkDocumentRoots
    ? found
    : found.filter((problem) => !isMissingDocumentRoot(problem));
  return { configuration: failed ? undefined : configuration, modules, pools, problems: shown };
}

function debugPools(pools: ReadonlyMap<string, PoolSettings>): ReadonlyMap<string, PoolSettings> {
  const values = { threadsMin: 1, threadsMax: 1, requestTimeout: DEBUG_TIME, rapidFailCount: 0 };
  return new Map([...pools].map(([name, settings]) => [name, { ...settings, ...values }]));
}

function isMissingDocumentRoot({ severity, message }: Problem): boolean {
  return severity === 'warning' && message.startsWith('DocumentRoot ');
}

function missingListen({ main }: Configuration, file: string): Problem[] {
  if (main.settings.get(CORE).listen.length > 0) return [];
  const message = `${file} has no Listen, so that no port would be open; add one, such as Listen 8080`;
  return [{ severity: 'error', message }];
}
