import { spawn } from 'node:child_process';
import { messageOf } from '../../errors.js';

export interface RunOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
  /** milliseconds after which the program is killed */
  readonly timeout: number;
}

export interface RunResult {
  /** 0 means that it worked; undefined that it was killed, did not start or ran out of time */
  readonly status: number | undefined;
  /** what it wrote to stdout and stderr: the last 16 KiB */
  readonly output: string;
  /** why it did not end by itself with a status */
  readonly problem: string | undefined;
}

const OUTPUT_LIMIT = 16 * 1024;

/**
 * Milliseconds to wait for output after a program has ended. Its pipes may stay open for longer: Wine's own
 * service processes inherit them from the first program that is started.
 */
const OUTPUT_GRACE = 300;

/** Runs a program without a terminal or input; never rejects. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.folder,
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let output = '';
    let problem: string | undefined;
    let grace: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      problem = `it was ended after ${String(options.timeout / 1000)} seconds`;
      child.kill('SIGKILL');
    }, options.timeout);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output = (output + chunk).slice(-OUTPUT_LIMIT);
      });
    }
    const finish = (status: number | null): void => {
      clearTimeout(timer);
      clearTimeout(grace);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({
        status: problem === undefined ? (status ?? undefined) : undefined,
        output: output.trim(),
        problem,
      });
    };
    child.on('error', (error) => {
      problem = messageOf(error);
      finish(null);
    });
    child.on('exit', (status, signal) => {
      if (signal !== null) problem ??= `it was ended by ${signal}`;
      grace = setTimeout(finish, OUTPUT_GRACE, status);
    });
    child.on('close', finish);
  });
}

/** What went wrong, for a message: the problem or the status, and the last lines that the program wrote. */
export function failureText(result: RunResult): string {
  const how = result.problem ?? `exit status ${String(result.status)}`;
  const lines = result.output.split('\n').slice(-8).join('\n');
  return lines === '' ? how : `${how}:\n${lines}`;
}
