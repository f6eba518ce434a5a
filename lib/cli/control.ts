import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Configuration } from '../config/configuration.js';
import { HostError, messageOf } from '../errors.js';
import { pidFileOf } from '../http/control/path.js';
import { logsFolder } from '../http/logs-folder.js';
import { PROCESS } from '../http/process-settings.js';
import { EXIT, type Streams } from './command.js';
import { isRunning, readReport, runningPid } from './pid-file.js';

/** What `-k` may say. */
export const ACTIONS = ['start', 'stop', 'graceful-stop', 'restart', 'graceful'] as const;
export type Action = (typeof ACTIONS)[number];

/** How long a running server may take for a reload. Milliseconds. */
const RELOAD_TIME = 60_000;

/** How long a server may take to end beyond GracefulShutdownTimeout, for its worker processes. Milliseconds. */
const END_TIME = 60_000;

/** How long a server without GracefulShutdownTimeout is waited for. Milliseconds. */
const LONG_TIME = 3_600_000;

const POLL_TIME = 20;

/** The action that `-k` names. Throws HostError USAGE. */
export function parseAction(text: string): Action {
  const action = ACTIONS.find((each) => each === text);
  if (action === undefined) throw new HostError('USAGE', `-k takes one of ${ACTIONS.join(', ')}`);
  if (process.platform === 'win32' && action !== 'start') {
    throw new HostError(
      'USAGE',
      `-k ${action} needs signals, which Windows does not have; run the server in the foreground under a service manager`,
    );
  }
  return action;
}

/** The server that runs with a configuration, as far as its PID file tells. */
export interface Found {
  readonly pid: number | undefined;
  readonly running: boolean;
  readonly file: string | undefined;
  /** what httpd says of it */
  readonly status: string;
}

/** Looks for a running server. Throws HostError RUNNING when its PID file cannot be understood. */
export function findServer(configuration: Configuration): Found {
  const file = pidFileOf(configuration);
  const found = file === undefined ? undefined : runningPid(file);
  if (found === undefined) {
    return { pid: undefined, running: false, file, status: 'isapi-host (no pid file) not running' };
  }
  const { pid, running } = found;
  const status = running ? `isapi-host (pid ${pid}) already running` : `isapi-host (pid ${pid}?) not running`;
  return { pid, running, file, status };
}

/** Has a running server stop and waits until it has. Returns an exit status. */
export async function stopServer(configuration: Configuration, streams: Streams): Promise<number> {
  const { pid, running, status, file } = findServer(configuration);
  if (!running || pid === undefined) {
    streams.out(status);
    if (pid === undefined) {
      const named =
        file ?? `${join(logsFolder(configuration.serverRoot), 'isapi-host.pid')}, nor a folder for it`;
      streams.error(`isapi-host: there is no PID file ${named}`);
    }
    return EXIT.ok;
  }
  const seconds = configuration.main.settings.get(PROCESS).gracefulShutdownTimeout;
  const time = seconds === 0 ? LONG_TIME : seconds * 1000 + END_TIME;
  // Not httpd's SIGWINCH for graceful-stop: a server in a terminal gets that with each new size of it, and ignores it.
  signal(pid, 'SIGTERM');
  if (await holds(() => !isRunning(pid), time)) {
    streams.out(`isapi-host (pid ${pid}) stopped`);
    return EXIT.ok;
  }
  streams.error(`isapi-host (pid ${pid}) has not ended within ${time / 1000} s; see its error log`);
  return EXIT.failed;
}

/**
 * Has a running server read its configuration anew and waits until it has. Returns an exit status; undefined when no
 * server runs, and then one is to be started.
 */
export async function reloadServer(
  configuration: Configuration,
  streams: Streams,
): Promise<number | undefined> {
  const { pid, running, file } = findServer(configuration);
  if (!running || pid === undefined || file === undefined) {
    streams.out('isapi-host not running, trying to start');
    return undefined;
  }
  const before = readReport(file).number;
  signal(pid, 'SIGHUP');
  const done = await holds(() => readReport(file).number > before || !isRunning(pid), RELOAD_TIME);
  if (!isRunning(pid)) {
    streams.error(`isapi-host (pid ${pid}) has ended; see its error log`);
    return EXIT.failed;
  }
  if (!done) {
    streams.error(`isapi-host (pid ${pid}) has said nothing for ${RELOAD_TIME / 1000} s; see its error log`);
    return EXIT.failed;
  }
  const report = readReport(file);
  if (report.succeeded) {
    streams.out(`isapi-host (pid ${pid}) has the new configuration`);
    return EXIT.ok;
  }
  streams.error(report.text);
  streams.error(`isapi-host (pid ${pid}) goes on with its old configuration`);
  return EXIT.failed;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    throw new HostError('RUNNING', `sending signal to server: ${messageOf(error)}`, { cause: error });
  }
}

/** Waits until something holds; false when it does not within the time. */
async function holds(condition: () => boolean, time: number): Promise<boolean> {
  const until = performance.now() + time;
  while (!condition()) {
    if (performance.now() > until) return false;
    await sleep(POLL_TIME);
  }
  return true;
}
