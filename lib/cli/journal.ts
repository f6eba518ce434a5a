import { HostError } from '../errors.js';
import { readJournal } from '../modules/journal/reader.js';
import { JournalStore } from '../modules/journal/store.js';
import { isExtension } from './calls-filter.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option } from './command.js';
import { callServer, CONTROL_OPTIONS, findSocket, isNotRunning } from './control-client.js';
import { findJournal, withJournal } from './journal-files.js';

const OPTIONS: readonly Option[] = CONTROL_OPTIONS;

/** `isapi-host journal`: what can be done to the call journal. */
export const journalCommand: Command = {
  name: 'journal',
  usage: 'journal clear [EXTENSION] [-f FILE] [-d DIR] [--socket PATH]',
  short: 'forgets what extensions were refused',
  long:
    'clear empties the call journal, of an extension (its file, or the end of its path) or of all, in a running server\n' +
    'as well. Do that when a problem has been mended, to see whether it comes again.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    const [verb, extension, ...extra] = parsed.rest;
    if (verb !== 'clear' || extra.length > 0) {
      throw new HostError('USAGE', 'journal takes clear, and the file of an extension if not all are meant');
    }
    const files = extension === undefined ? [undefined] : knownAs(extension, parsed);
    for (const file of files) {
      await clear(file, parsed);
      streams.out(`the call journal of ${file ?? 'all extensions'} is empty`);
    }
    return EXIT.ok;
  },
};

/** The extensions of the journal that are meant. Throws HostError JOURNAL when it has none. */
function knownAs(given: string, parsed: Arguments): string[] {
  const { folder } = findJournal(parsed);
  const files = new Set(withJournal(folder, () => readJournal(folder)).map(({ extension }) => extension));
  const meant = [...files].filter((file) => isExtension(file, given));
  if (meant.length > 0) return meant;
  throw new HostError(
    'JOURNAL',
    `the call journal ${folder} has nothing of ${given}; isapi-host calls shows what it has`,
  );
}

/** By the server that runs, or in the files themselves. */
async function clear(extension: string | undefined, parsed: Arguments): Promise<void> {
  const args = extension === undefined ? {} : { extension };
  const socket = socketOf(parsed);
  try {
    if (socket === undefined) clearFiles(extension, parsed);
    else await callServer(socket, { action: 'journal clear', args }, { item: () => undefined });
  } catch (error) {
    if (!isNotRunning(error)) throw error;
    clearFiles(extension, parsed);
  }
}

/** Where a server would listen, if one that runs with this configuration listens at all. */
function socketOf(parsed: Arguments): string | undefined {
  try {
    return findSocket(parsed);
  } catch (error) {
    if (error instanceof HostError && error.code === 'CONTROL') return undefined;
    throw error;
  }
}

function clearFiles(extension: string | undefined, parsed: Arguments): void {
  const { folder, limits } = findJournal(parsed);
  if (limits === undefined) return;
  withJournal(folder, () => {
    const store = JournalStore.open(folder, limits, { trouble: () => undefined, mended: () => undefined });
    store.clear(extension);
    store.leave();
  });
}
