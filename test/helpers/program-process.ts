import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** How long a command may take, Wine's start included. Milliseconds. */
const PATIENCE_MS = 120_000;

/** What a command has written and ended with. */
export interface ProgramRun {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs a command of the program, as built, to its end. */
export async function runProgramApart(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly cwd?: string;
    /** as whom, for root to say */
    readonly uid?: number;
  } = {},
): Promise<ProgramRun> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd,
    ...(options.uid !== undefined && { uid: options.uid }),
    env: { ...process.env, ...options.env },
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, out, error };
}
