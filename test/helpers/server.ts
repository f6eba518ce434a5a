import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

import { connect, request, type Reply, type RequestOptions, type Wire } from './client.js';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** How long anything that a test waits for may take, Wine's first start included. Milliseconds. */
const PATIENCE_MS = 60_000;
const POLL_MS = 10;

/** What a test's server is made of. */
export interface HostOptions {
  /** directives after the standard ones; `@ROOT@` is the server's folder */
  readonly config?: string;
  /** pools.ini; without it there is only the default pool */
  readonly pools?: string;
  /** LogLevel, `info` unless given */
  readonly logLevel?: string;
  /** over the test's own environment */
  readonly env?: Readonly<Record<string, string>>;
  /** puts files into the folders before the server starts */
  prepare?(folders: Folders): void;
}

/** The folders of a test's server. */
export interface Folders {
  /** ServerRoot */
  readonly root: string;
  /** DocumentRoot */
  readonly www: string;
  /** where what ends in .dll is an extension */
  readonly isapi: string;
}

/** The program, as built, serving a folder of its own. */
export interface Host extends Folders {
  readonly port: number;
  /** process id of the server */
  readonly pid: number;
  /** One request on a connection of its own. */
  get(target: string, options?: RequestOptions): Promise<Reply>;
  /** A connection to write bytes to. */
  connect(): Promise<Wire>;
  /** what the error log has by now */
  errorLog(): string;
  /** Waits until the error log has a line with this in it, from the character `from` on; resolves to the line. */
  waitForLog(wanted: RegExp | string, from?: number): Promise<string>;
  /** The lines of the access log, as soon as there are `count`. */
  accessLog(count: number): Promise<string[]>;
  /** Waits until the text of a file matches; a file that is not there yet is empty. */
  waitForFile(file: string, pattern: RegExp): Promise<string>;
  /** Ends the server with SIGTERM and waits until it has ended; resolves to the exit status. */
  stop(): Promise<number | string | null>;
}

const STANDARD = `Listen 127.0.0.1:0
ServerName site.test
DocumentRoot www
ErrorLog logs/error_log
LogFormat "%m %U%q %>s %X" test
CustomLog logs/access_log test
<Directory "/">
    Require all denied
</Directory>
<Directory "www">
    Require all granted
</Directory>
<Directory "www/isapi">
    Options ExecCGI
    AddHandler isapi-handler .dll
</Directory>
`;

/** Runs the program to its end: for configurations that it refuses. */
export async function runHost(
  t: Test,
  options: HostOptions = {},
): Promise<{ status: unknown; output: string }> {
  const { child, output, ended } = spawnHost(makeFolders(t, options), options);
  t.teardown(() => child.kill('SIGKILL'));
  return { status: await ended, output: output() };
}

/**
 * Starts the program and waits until it serves. When the test ends it is stopped, and the test fails if it does not
 * end in order, reports a defect of its own, or leaves a worker process behind.
 */
export async function startHost(t: Test, options: HostOptions = {}): Promise<Host> {
  const folders = makeFolders(t, options);
  const { child, output, ended } = spawnHost(folders, options);
  let over = false;
  void ended.then(() => (over = true));
  const log = join(folders.root, 'logs', 'error_log');
  const errorLog = (): string => textOf(log);
  const wait = <T>(what: string, look: () => T | undefined | false | null): Promise<T> =>
    waitFor(look, () => `${what}\n${output()}\n${errorLog()}`);
  let stopped: Promise<number | string | null> | undefined;
  const stop = (): Promise<number | string | null> => {
    stopped ??= (child.kill('SIGTERM'), withinPatience(ended, child));
    return stopped;
  };
  t.teardown(async () => {
    const running = errorLog().length;
    const status = await stop();
    const problems: string[] = [];
    if (/IH200[345]/.test(errorLog().slice(running))) problems.push('a worker process did not end in order');
    if (status !== 0) problems.push(`the server ended with ${String(status)} and not in order`);
    if (/IH0005|IH1055/.test(errorLog())) problems.push('the server reports a defect of its own');
    const left = workerPids(errorLog()).filter(isAlive);
    if (left.length > 0) problems.push(`worker processes are left: ${left.join(' ')}`);
    // The tests are over: what is found now can only be thrown.
    if (problems.length > 0) throw new Error([...problems, output(), errorLog()].join('\n'));
  });
  const serving = await wait('the server does not start', () => {
    if (over) throw new Error(`the server ended: ${output()}`);
    return /serves http:\/\/127\.0\.0\.1:(\d+)\//.exec(output());
  });
  const port = Number(serving[1]);
  return {
    ...folders,
    port,
    // It has printed something, so it has been started.
    pid: child.pid!,
    get: (target, requestOptions) => request(port, target, requestOptions),
    connect: () => connect(t, port),
    errorLog,
    waitForLog: (wanted, from = 0) =>
      wait(`the error log has no ${String(wanted)}`, () => {
        const lines = errorLog().slice(from).split('\n').slice(0, -1);
        return lines.find((line) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line)));
      }),
    accessLog: (count) =>
      wait(`the access log has not ${String(count)} lines`, () => {
        const lines = textOf(join(folders.root, 'logs', 'access_log'))
          .split('\n')
          .slice(0, -1);
        return lines.length >= count && lines;
      }),
    waitForFile: (file, pattern) =>
      wait(`${file} has no ${String(pattern)}`, () => {
        const text = textOf(file);
        return pattern.test(text) && text;
      }),
    stop,
  };
}

/** Waits until `look` gives something, looking again and again. Throws with what `failure` says after a minute. */
export async function waitFor<T>(
  look: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  failure: () => string,
): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false && found !== null) return found;
    if (performance.now() > until) throw new Error(failure());
    await sleep(POLL_MS);
  }
}

/** The process ids of the worker processes that an error log tells of. */
export function workerPids(errorLog: string): number[] {
  return [...errorLog.matchAll(/\[pid (\d+)\].* IH2001:/g)].map(([, pid]) => Number(pid));
}

/** Whether a process is there; one that has ended and waits for its parent to notice is not. */
export function isAlive(pid: number): boolean {
  const stat = textOf(`/proc/${String(pid)}/stat`);
  return stat !== '' && !/^\d+ \(.*\) [ZX]/s.test(stat);
}

function makeFolders(t: Test, options: HostOptions): Folders {
  // Not tap's own folder for tests: Windows' names of files are short, and the name of a test is not.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'isapi-host-test-')));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const folders = { root, www: join(root, 'www'), isapi: join(root, 'www', 'isapi') };
  mkdirSync(folders.isapi, { recursive: true });
  mkdirSync(join(root, 'logs'));
  const config = `${STANDARD}LogLevel ${options.logLevel ?? 'info'}\n${options.config ?? ''}\n`;
  // As root extensions run only where that is said.
  const user = process.getuid?.() === 0 && !/^User /m.test(config) ? 'User root\n' : '';
  writeFileSync(join(root, 'httpd.conf'), config.replaceAll('@ROOT@', root) + user);
  if (options.pools !== undefined) writeFileSync(join(root, 'pools.ini'), options.pools);
  options.prepare?.(folders);
  return folders;
}

interface Program {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | string | null>;
}

function spawnHost({ root }: Folders, { env }: HostOptions): Program {
  const child = spawn(process.execPath, [main, 'serve', '-f', join(root, 'httpd.conf')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ended = once(child, 'close').then(([status, signal]) => (status ?? signal) as number | string | null);
  return { child, output: () => output, ended };
}

/** The end of a program that was asked to end; after a minute it is killed. */
async function withinPatience<T>(ended: Promise<T>, child: ChildProcess): Promise<T> {
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}

function textOf(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}
