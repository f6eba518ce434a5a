import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EXIT, type Streams } from './command.js';

const main = fileURLToPath(new URL('main.js', import.meta.url));

/** Tells a process that it is a daemon whose parent waits. */
const VARIABLE = 'ISAPI_HOST_DAEMON';

/** How long a daemon may take until it serves. Milliseconds. */
const START_TIME = 120_000;

/** What a daemon tells its parent until it serves. */
type Message = { readonly out: string } | { readonly error: string } | { readonly serves: true };

/**
 * Starts a server in the background: a process in a session of its own, without a terminal.
 * @param args the command line of `serve`
 * @returns when it serves, 0; when it could not be started, its exit status
 */
export function startDaemon(args: readonly string[], streams: Streams): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, main, 'serve', ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, [VARIABLE]: '1' },
    windowsHide: true,
  });
  return new Promise((resolve) => {
    const finish = (status: number): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      if (child.connected) child.disconnect();
      child.unref();
      resolve(status);
    };
    const timer = setTimeout(() => {
      streams.error(`isapi-host: the server did not start within ${START_TIME / 1000} s`);
      child.kill('SIGKILL');
      finish(EXIT.failed);
    }, START_TIME);
    child.on('message', (message) => {
      // The only sender is `daemonStreams` below.
      const told = message as Message;
      if ('out' in told) streams.out(told.out);
      else if ('error' in told) streams.error(told.error);
      else finish(EXIT.ok);
    });
    child.on('error', (error) => {
      streams.error(`isapi-host: the server could not be started: ${error.message}`);
      finish(EXIT.failed);
    });
    child.on('exit', (status) => finish(status ?? EXIT.failed));
  });
}

/** What a daemon writes goes to its parent, until the parent was told that it serves. */
export interface DaemonStreams extends Streams {
  serves(): void;
  /** resolves when the parent has got everything */
  flush(): Promise<void>;
}

/** The streams of this process when it is a daemon that was just started; undefined otherwise. */
export function daemonStreams(): DaemonStreams | undefined {
  if (process.env[VARIABLE] !== '1' || process.send === undefined) return undefined;
  // Worker processes and programs that they start are no daemons.
  Reflect.deleteProperty(process.env, VARIABLE);
  let last = Promise.resolve();
  const tell = (message: Message): void => {
    if (!process.connected) return;
    last = new Promise((resolve) => process.send?.(message, () => resolve()));
  };
  return {
    flush: () => last,
    out: (out) => tell({ out }),
    error: (error) => tell({ error }),
    serves: () => tell({ serves: true }),
  };
}
