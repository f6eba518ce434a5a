import { runProgram } from '../../lib/cli/program.js';

/** What a command has printed, and its exit status. */
export interface ProgramRun {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a command of the program in this process. */
export async function program(...args: string[]): Promise<ProgramRun> {
  const out: string[] = [];
  const error: string[] = [];
  const status = await runProgram(args, { out: (line) => out.push(line), error: (line) => error.push(line) });
  return { status, out: out.join('\n'), error: error.join('\n') };
}
