import { closeSync, openSync } from 'node:fs';
import type { Configuration } from '../config/configuration.js';
import type { Problem } from '../config/place.js';
import { formatProblem } from '../config/problems.js';
import { HostError, messageOf } from '../errors.js';
import { controlSocketOf, pidFileOf, socketPathProblem } from '../http/control/path.js';
import type { ActionClient } from '../http/control/action.js';
import type { ControlRequest } from '../http/control/lines.js';
import { ControlSocket } from '../http/control/socket.js';
import { openErrorLog, type ServerLog } from '../http/log.js';
import { PROCESS } from '../http/process-settings.js';
import { startServer, type RunningServer } from '../http/server.js';
import { lackingLogs } from './background.js';
import { EXIT, type Streams } from './command.js';
import { load, type Loaded, type Sources } from './configuration.js';
import { PidFile } from './pid-file.js';
import { fetchFiles, refuseRoot, rightsToGiveUp, socketOwner } from './user.js';
import { version } from './version.js';

/** What a server that is to be started is made of. */
export interface ServerProcessOptions {
  readonly sources: Sources;
  /** what was loaded from them; without errors */
  readonly loaded: Loaded & { readonly configuration: Configuration };
  readonly streams: Streams;
  /** called as soon as it serves */
  serves(): void;
}

/** Serves in this process until a signal ends it; resolves to the exit status. */
export async function runServer(options: ServerProcessOptions): Promise<number> {
  return new ServerProcess(options).run();
}

/** This process as a server: its signals, its PID file, its reloads. */
class ServerProcess {
  readonly #options: ServerProcessOptions;
  #log: ServerLog;
  #pidFile: PidFile | undefined;
  #control: ControlSocket | undefined;
  #server: RunningServer | undefined;
  #stopping = false;
  /** a reload is going on; `again` when another was asked for meanwhile */
  #reloading: 'no' | 'once' | 'again' = 'no';
  #stop: () => void = () => undefined;
  readonly #stopped = new Promise<void>((resolve) => {
    this.#stop = resolve;
  });

  constructor(options: ServerProcessOptions) {
    this.#options = options;
    const asRoot = refuseRoot(options.loaded.configuration, options.loaded.pools);
    this.#log = openErrorLog(options.loaded.configuration);
    if (asRoot !== undefined) this.#log.write('rootOnLoopback', { pool: asRoot });
  }

  async run(): Promise<number> {
    const { loaded, streams } = this.#options;
    const { configuration, modules, pools, problems } = loaded;
    const log = this.#log;
    for (const problem of problems) log.write('configurationWarning', { problem: onOneLine(problem) });
    const lacking = lackingLogs(configuration);
    if (lacking !== undefined) log.write('logsFolderMissing', lacking);
    this.#surviveDefects();
    this.#listenToSignals();
    try {
      const file = pidFileOf(configuration);
      this.#pidFile = file === undefined ? undefined : new PidFile(file);
      this.#control = await this.#openControl(configuration);
      const giveUpRights = rightsToGiveUp(configuration, pools, this.#ownFiles(), () => this.#log);
      this.#server = await startServer({ configuration, modules, log, version, giveUpRights });
    } catch (error) {
      await this.#pidFile?.remove();
      await this.#control?.close();
      await log.close();
      throw error;
    }
    this.#pidFile?.write();
    streams.out(`isapi-host ${version} serves ${this.#server.urls.join(' ')}`);
    this.#options.serves();
    await this.#stopped;
    await this.#server.close();
    await this.#control?.close();
    await this.#pidFile?.remove();
    this.#log.write('serverStopped');
    await this.#log.close();
    return EXIT.ok;
  }

  /** The files that are there as long as this server is. */
  #ownFiles(): string[] {
    const socket = process.platform === 'win32' ? undefined : this.#control?.path;
    return [...(this.#pidFile?.files ?? []), ...(socket === undefined ? [] : [socket])];
  }

  /**
   * Opens the control socket. Without a directive the server does without one that cannot be had; with one that is an
   * error.
   */
  async #openControl(configuration: Configuration): Promise<ControlSocket | undefined> {
    const path = controlSocketOf(configuration);
    if (path === undefined) return undefined;
    try {
      const problem = socketPathProblem(path);
      if (problem !== undefined) throw new HostError('CONTROL', problem);
      return await ControlSocket.open(
        path,
        (request, client) => this.#act(request, client),
        socketOwner(configuration),
      );
    } catch (error) {
      if (configuration.main.settings.get(PROCESS).controlSocket !== undefined) throw error;
      this.#log.write('controlSocketMissing', { reason: messageOf(error) });
      return undefined;
    }
  }

  async #act(request: ControlRequest, client: ActionClient): Promise<void> {
    if (this.#server === undefined) throw new HostError('ACTION', 'the server is still starting; try again');
    if (this.#stopping) throw new HostError('ACTION', 'the server is stopping');
    await this.#server.act(request, client);
  }

  #listenToSignals(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#onStop(signal));
    // A console window that is closed.
    if (process.platform === 'win32') process.on('SIGHUP', () => this.#onStop('SIGHUP'));
    else {
      process.on('SIGHUP', () => {
        if (hasHungUp()) this.#onStop('SIGHUP');
        else void this.#onReload('SIGHUP');
      });
      process.on('SIGUSR1', () => void this.#onReopen('SIGUSR1'));
      // A terminal says with it that its size has changed.
      process.on('SIGWINCH', () => {
        if (!process.stdin.isTTY && !process.stdout.isTTY && !process.stderr.isTTY) this.#onStop('SIGWINCH');
      });
    }
  }

  /** The first signal ends it in order, the second one at once. */
  #onStop(signal: NodeJS.Signals): void {
    if (this.#stopping) process.exit(EXIT.failed);
    this.#stopping = true;
    this.#log.write('serverStopping', { signal });
    this.#stop();
  }

  async #onReload(signal: NodeJS.Signals): Promise<void> {
    if (this.#stopping || this.#server === undefined) return;
    if (this.#reloading !== 'no') {
      this.#reloading = 'again';
      return;
    }
    do {
      this.#reloading = 'once';
      await this.#reload(this.#server, signal);
    } while (this.#wasAskedAgain() && !this.#isStopping());
    this.#reloading = 'no';
  }

  #wasAskedAgain(): boolean {
    return this.#reloading === 'again';
  }

  #isStopping(): boolean {
    return this.#stopping;
  }

  /** Puts the configuration as it is now on disk to work, or says why not. */
  async #reload(server: RunningServer, signal: NodeJS.Signals): Promise<void> {
    this.#log.write('configurationReloading', { signal });
    let log: ServerLog | undefined;
    try {
      await fetchFiles();
      const { configuration, modules, problems } = load(this.#options.sources);
      const texts = problems.map((problem) => formatProblem(problem));
      if (configuration === undefined) {
        const errors = problems.filter(({ severity }) => severity === 'error');
        const count = `it has ${errors.length} error${errors.length === 1 ? '' : 's'}`;
        for (const problem of errors) this.#log.write('configurationError', { problem: onOneLine(problem) });
        this.#log.write('reloadFailed', { reason: count });
        this.#pidFile?.report(false, texts.join('\n'));
        return;
      }
      log = openErrorLog(configuration);
      for (const problem of problems) log.write('configurationWarning', { problem: onOneLine(problem) });
      await server.reload({ configuration, modules, log, version });
      this.#log = log;
      this.#pidFile?.report(true, '');
    } catch (error) {
      await log?.close();
      this.#log.write('reloadFailed', { reason: messageOf(error) });
      this.#pidFile?.report(false, messageOf(error));
    }
  }

  async #onReopen(signal: NodeJS.Signals): Promise<void> {
    if (this.#stopping || this.#server === undefined) return;
    try {
      await this.#server.reopenLogs();
      this.#log.write('logsReopened', { signal });
    } catch (error) {
      this.#log.write('logsNotReopened', { reason: messageOf(error) });
    }
  }

  /** A defect ends the request that met it at most: the others go on, and the log has where it is. */
  #surviveDefects(): void {
    const report = (error: unknown): void => {
      const reason = error instanceof Error ? (error.stack ?? messageOf(error)) : messageOf(error);
      this.#log.write('serverDefect', { reason });
    };
    process.on('uncaughtException', report);
    process.on('unhandledRejection', report);
  }
}

/** A problem without the line of the file that it stands on. */
function onOneLine({ severity, message, place }: Problem): string {
  return formatProblem({ severity, message, ...(place && { place }) });
}

/** Whether the terminal that the server was started from is gone, which is told with the same signal as a reload. */
function hasHungUp(): boolean {
  if (!process.stdin.isTTY) return false;
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return false;
  } catch {
    return true;
  }
}
