import type { Test } from 'tap';
import { runProgramApart } from './program-process.js';

/** What `--json` says of one file, as far as the tests look at it. */
export interface Inspection {
  readonly verdict: string;
  readonly reason?: string;
  readonly runtime: string;
  readonly findings: readonly { severity: string; text: string }[];
  readonly needs: readonly { library: string; place: string; absent: string[]; stubs: string[] }[];
  readonly load: {
    readonly outcome: string;
    readonly version?: { major: number; minor: number; description: string };
    readonly memory?: { before: number; after: number };
    readonly crash?: string;
    readonly output: readonly string[];
  } | null;
  readonly request: {
    readonly scriptName: string;
    readonly log: readonly string[];
    readonly traces: readonly { why: string; events: readonly { name: string }[]; failure?: string }[];
    readonly response: {
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: string;
      readonly bytes: number;
    };
  } | null;
}

/** Runs `isapi-host inspect` on some files; resolves to what it says of each, in order. */
export async function inspectAll(
  t: Test,
  ...args: string[]
): Promise<{ status: number | null; files: readonly Inspection[] }> {
  const { status, out, error } = await runProgramApart(['inspect', '--json', ...args]);
  t.equal(error, '', 'nothing is said beside the result');
  const { files } = JSON.parse(out) as { files: Inspection[] };
  return { status, files };
}

/** The same for one file. */
export async function inspect(
  t: Test,
  ...args: string[]
): Promise<{ status: number | null; file: Inspection }> {
  const { status, files } = await inspectAll(t, ...args);
  const [file] = files;
  if (file === undefined) throw new Error('there is no result');
  return { status, file };
}
