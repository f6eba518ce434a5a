import { existsSync } from 'node:fs';
import { controlSocketOf } from '../http/control/path.js';
import type { Arguments, Streams } from './command.js';
import { load, sourcesOf } from './configuration.js';
import { callServer } from './control-client.js';

/** How long a server may take to tell of its journal. Milliseconds. */
const ANSWER_TIME = 3000;

/**
 * Says when the server that runs with the configuration of a command line cannot write its call journal, so that what is
 * shown of it is not all.
 * @returns the pid of that server; undefined when none answers, or the journal was named by its folder
 */
export async function tellJournalTrouble(parsed: Arguments, streams: Streams): Promise<number | undefined> {
  if (parsed.values.has('journal')) return undefined;
  const { configuration } = load(sourcesOf(parsed));
  const socket = configuration && controlSocketOf(configuration);
  if (socket === undefined || (process.platform !== 'win32' && !existsSync(socket))) return undefined;
  let server: number | undefined;
  const ended = AbortSignal.timeout(ANSWER_TIME);
  try {
    await callServer(
      socket,
      { action: 'journal state', args: {} },
      {
        item(item) {
          // What the action of the journal's module sends.
          const { pid, problem } = item as { pid: number; problem: string | null };
          server = pid;
          if (problem === null) return;
          const consequence = 'what extensions were refused since then is not shown here';
          streams.error(
            `isapi-host: the server (pid ${String(pid)}) cannot write its call journal: ${problem}; ${consequence}`,
          );
        },
      },
      ended,
    );
  } catch {
    // No server, or one of somebody else, or an earlier version of it: the journal is shown all the same.
  }
  return server;
}
