import { formatProblem } from '../config/problems.js';
import { HostError, messageOf } from '../errors.js';
import { openErrorLog, type ServerLog } from '../http/log.js';
import { startServer, type RunningServer } from '../http/server.js';
import { load, type Loaded, type Sources } from './configuration.js';
import { EXIT, parseOptions, type Command, type Option, type Streams } from './command.js';
import { version } from './version.js';

const OPTIONS: readonly Option[] = [
  { name: 'file', short: 'f', value: 'FILE', help: 'the configuration file' },
  {
    name: 'root',
    short: 'd',
    value: 'DIR',
    help: 'the ServerRoot until the file says otherwise (its own folder)',
  },
  {
    name: 'define',
    short: 'D',
    value: 'NAME',
    multiple: true,
    help: 'defines NAME for <IfDefine>; may be repeated',
  },
  { name: 'test', short: 't', help: 'only checks the configuration' },
  {
    name: 'pools',
    value: 'FILE',
    help: 'the pools file (pools.ini beside the configuration file, if there is one)',
  },
];

/** `isapi-host serve`: the server in the foreground, until a signal ends it. */
export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve -f FILE [-d DIR] [-D NAME]... [-t] [--pools FILE]',
  short: 'serves a configuration until it is stopped with SIGTERM or Ctrl-C',
  long:
    'Reads an Apache-style configuration file and the pools file, and serves what they say. Everything that is\n' +
    'wrong with them is shown, with file, line and column, and then nothing is started.\n' +
    'On SIGTERM or SIGINT no more requests are taken, those that run may end within 10 seconds, and extensions\n' +
    'are ended in order.',
  options: OPTIONS,
  async run(args, streams) {
    const { flags, values, rest } = parseOptions(args, OPTIONS);
    const file = values.get('file')?.[0];
    if (file === undefined) throw new HostError('USAGE', 'serve needs a configuration file: -f FILE');
    if (rest.length > 0) throw new HostError('USAGE', `serve takes no argument ${rest.join(' ')}`);
    const loaded = check(
      {
        file,
        serverRoot: values.get('root')?.[0],
        defines: values.get('define') ?? [],
        pools: values.get('pools')?.[0],
      },
      streams,
    );
    if (loaded.configuration === undefined) return EXIT.failed;
    if (flags.has('test')) {
      streams.error('Syntax OK');
      return EXIT.ok;
    }
    return serve(loaded, streams);
  },
};

/** Loads a configuration and shows everything that is wrong with it. */
function check(sources: Sources, streams: Streams): Loaded {
  const loaded = load(sources);
  for (const problem of loaded.problems) streams.error(formatProblem(problem));
  const count = loaded.problems.filter(({ severity }) => severity === 'error').length;
  if (count > 0) streams.error(`isapi-host: ${count} error${count === 1 ? '' : 's'}; nothing was started`);
  return loaded;
}

async function serve({ configuration, modules, problems }: Loaded, streams: Streams): Promise<number> {
  // The caller has seen that there is one.
  if (configuration === undefined) return EXIT.failed;
  const log = openErrorLog(configuration);
  for (const problem of problems) log.write('configurationWarning', { problem: formatProblem(problem) });
  surviveDefects(log);
  const stopped = signalled(log);
  let server: RunningServer;
  try {
    server = await startServer({ configuration, modules, log, version });
  } catch (error) {
    await log.close();
    throw error;
  }
  streams.out(`isapi-host ${version} serves ${server.urls.join(' ')}`);
  await stopped;
  await server.close();
  log.write('serverStopped');
  await log.close();
  return EXIT.ok;
}

/** Resolves at the first signal that asks to stop; the second one ends the process at once. */
function signalled(log: ServerLog): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (++count > 1) process.exit(EXIT.failed);
        log.write('serverStopping', { signal });
        resolve();
      });
    }
  });
}

/** A defect ends the request that met it at most: the others go on, and the log has where it is. */
function surviveDefects(log: ServerLog): void {
  const report = (error: unknown): void => {
    const reason = error instanceof Error ? (error.stack ?? messageOf(error)) : messageOf(error);
    log.write('serverDefect', { reason });
  };
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}
