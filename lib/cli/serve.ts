import { appendFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import type { Configuration } from '../config/configuration.js';
import { parsePools } from '../config/pools.js';
import { HostError, messageOf } from '../errors.js';
import { hostProblems } from '../http/host-report.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option, type Streams } from './command.js';
import { load, rootHint, sourcesOf, type Loaded } from './configuration.js';
import { findServer, parseAction, reloadServer, stopServer, type Action } from './control.js';
import { prepareBackground } from './background.js';
import { startDaemon, type DaemonStreams } from './daemon.js';
import { describeBuiltIn, describeDirectives, dump, DUMP_NAMES } from './dumps.js';
import { makeModules } from './modules.js';
import { READING_OPTIONS, RUNNING_OPTIONS } from './options.js';
import { countErrors, errorLevel, showProblems } from './problems.js';
import { runtimeProblems } from './runtime-problems.js';
import { runServer } from './server-process.js';
import { version } from './version.js';

const OPTIONS: readonly Option[] = [...READING_OPTIONS, ...RUNNING_OPTIONS];

/** Options that only show something, by the names of `-D` that do the same. */
const SHORT_FOR: Readonly<Record<string, readonly string[]>> = {
  'virtual-hosts': ['DUMP_VHOSTS', 'DUMP_RUN_CFG'],
  modules: ['DUMP_MODULES'],
};

/** `isapi-host serve`, and the program with httpd's options alone. */
export const serveCommand: Command = {
  name: 'serve',
  usage:
    '[serve] [-D NAME] [-d DIR] [-f FILE] [-C DIRECTIVE] [-c DIRECTIVE] [--pools FILE]\n' +
    '             [-k start|stop|graceful-stop|restart|graceful] [-e LEVEL] [-E FILE]\n' +
    '             [-t] [-T] [-S] [-M] [-L] [-l] [-X] [-v] [-V]',
  short: 'serves a configuration until it is stopped with SIGTERM or Ctrl-C; takes the options of httpd',
  long:
    'Reads an Apache-style configuration file and the pools file, and serves what they say. Everything that is\n' +
    'wrong with them is shown, with file, line and column, and then nothing is started.\n' +
    'The server stays in the foreground; with -k start it goes into the background as soon as it serves.\n' +
    'On SIGTERM, SIGINT or SIGWINCH (-k stop, -k graceful-stop) no more requests are taken, those that run may\n' +
    'end within GracefulShutdownTimeout, and extensions are ended in order; a second signal ends it at once.\n' +
    'On SIGHUP (-k graceful, -k restart) it reads its configuration again: if that is wrong it goes on with the\n' +
    'old one, else it takes the new one without losing a request. On SIGUSR1 it opens its logs anew.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    if (parsed.rest.length > 0)
      throw new HostError('USAGE', `serve takes no argument ${parsed.rest.join(' ')}`);
    const errorFile = parsed.values.get('error-file')?.[0];
    return serve(parsed, args, errorFile === undefined ? streams : intoFile(streams, errorFile));
  },
};

/** Streams whose errors go to the end of a file, as `-E` wants it. */
function intoFile(streams: Streams, file: string): Streams {
  const error = (line: string): void => {
    try {
      appendFileSync(file, `${line}\n`);
    } catch (cause) {
      throw new HostError('LOG_OPEN', `the file of -E cannot be written: ${messageOf(cause)}`, { cause });
    }
  };
  return { ...streams, error };
}

async function serve(parsed: Arguments, args: readonly string[], streams: Streams): Promise<number> {
  const { flags, values } = parsed;
  const action = values.has('signal') ? parseAction(values.get('signal')?.[0] ?? '') : undefined;
  const daemon = 'serves' in streams ? (streams as DaemonStreams) : undefined;
  const wanted = errorLevel(values.get('error-level')?.[0] ?? 'warn');
  // Who has started a daemon has shown what is lesser than an error, and to a server that ends it does not matter.
  const isQuiet = daemon !== undefined || action === 'stop' || action === 'graceful-stop';
  const level = isQuiet ? Math.min(wanted, errorLevel('error')) : wanted;
  const shown = aboutProgram(flags);
  if (shown !== undefined) {
    for (const line of shown) streams.out(line);
    return EXIT.ok;
  }
  const sources = sourcesOf(parsed);
  const isStart = action === undefined || action === 'start';
  const loaded = isStart ? withRuntimeProblems(load(sources)) : load(sources);
  if (level >= errorLevel('info')) {
    for (const file of loaded.configuration?.files ?? []) streams.error(`isapi-host: reads ${file}`);
  }
  const count = showProblems(loaded.problems, level, streams);
  const { configuration } = loaded;
  if (configuration === undefined) {
    const consequence = isStart ? 'nothing was started' : 'nothing was done';
    streams.error(`isapi-host: ${countErrors(count)}; ${consequence}`);
    const hint = rootHint(sources, loaded.problems);
    if (hint !== undefined) streams.error(`isapi-host: ${hint}`);
    return EXIT.failed;
  }
  if (await showConfiguration(parsed, loaded, configuration, streams)) return EXIT.ok;
  const status = await control(action, configuration, streams);
  if (status !== undefined) return status;
  if (action !== undefined) {
    prepareBackground(configuration);
    return startDaemon(withoutSignal(args), streams);
  }
  const serves = (): void => daemon?.serves();
  return runServer({ sources, loaded: { ...loaded, configuration }, streams, serves });
}

/** With what a server that is to be started cannot do, though its configuration is right. */
function withRuntimeProblems(loaded: Loaded): Loaded {
  const { configuration, pools, problems } = loaded;
  if (configuration === undefined) return loaded;
  return { ...loaded, problems: [...problems, ...runtimeProblems(configuration, pools)] };
}

/** What is shown without reading a configuration. */
function aboutProgram(flags: ReadonlySet<string>): string[] | undefined {
  const modules = (): ReturnType<typeof makeModules> => makeModules(parsePools('', '').pools);
  if (flags.has('version')) return [`Server version: isapi-host/${version} (${platform()})`];
  if (flags.has('settings')) return describeProgram();
  if (flags.has('built-in')) return describeBuiltIn(modules());
  if (flags.has('directives')) return describeDirectives(modules());
  return undefined;
}

function describeProgram(): string[] {
  const { node, openssl, llhttp } = process.versions;
  return [
    `Server version: isapi-host/${version} (${platform()})`,
    `Server loaded:  Node.js ${node}, OpenSSL ${openssl}, llhttp ${llhttp ?? '?'}`,
    `Architecture:   ${arch()}`,
    'Server MPM:     one process, with worker processes for extensions',
    '  threaded:     no',
    '    forked:     yes (variable process count)',
    'Server compiled with....',
    ' -D DEFAULT_PIDLOG="logs/isapi-host.pid"',
    ' -D DEFAULT_ERRORLOG="logs/error_log"',
    ' -D SERVER_CONFIG_FILE="conf/httpd.conf"',
  ];
}

/** Shows what `-t`, `-S`, `-M` and `-D DUMP_...` ask for; false when they are not there. */
async function showConfiguration(
  { flags, values }: Arguments,
  { modules }: Loaded,
  configuration: Configuration,
  streams: Streams,
): Promise<boolean> {
  const names = new Set([
    ...(values.get('define') ?? []).filter((name) => DUMP_NAMES.includes(name)),
    ...Object.entries(SHORT_FOR).flatMap(([flag, meant]) => (flags.has(flag) ? meant : [])),
  ]);
  if (names.has('DUMP_VHOSTS') || flags.has('test')) {
    showProblems(await hostProblems(configuration), errorLevel('warn'), streams);
  }
  for (const line of await dump(names, configuration, modules)) streams.out(line);
  // As in httpd, which says so only when there is nothing else to say.
  if (flags.has('test') && names.size === 0) streams.error('Syntax OK');
  return flags.has('test') || names.size > 0;
}

/** What `-k` does to a running server; undefined when one is to be started. */
async function control(
  action: Action | undefined,
  configuration: Configuration,
  streams: Streams,
): Promise<number | undefined> {
  if (action === 'stop' || action === 'graceful-stop') return stopServer(configuration, streams);
  if (action === 'restart' || action === 'graceful') return reloadServer(configuration, streams);
  const { pid, running, status, file } = findServer(configuration);
  if (!running) return undefined;
  if (action === undefined) {
    throw new HostError(
      'RUNNING',
      `a server with the PID file ${file ?? ''} runs already (pid ${pid ?? 0}): end it with -k stop and the same ` +
        'options, or let PidFile name another file',
    );
  }
  streams.out(status);
  return EXIT.ok;
}

/** A command line without `-k` and its value, however they are written. */
function withoutSignal(args: readonly string[]): string[] {
  const left: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '-k' || arg === '--signal') index++;
    else if (!/^(?:-k|--signal=)/.test(arg)) left.push(arg);
  }
  return left;
}
