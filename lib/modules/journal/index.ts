import { lchownSync, lstatSync, mkdirSync } from 'node:fs';
import type { Configuration } from '../../config/configuration.js';
import { HostError, messageOf } from '../../errors.js';
import type { ControlAction } from '../../http/control/action.js';
import type { Module, ServerContext } from '../../http/module.js';
import { serverAccount } from '../unixd/settings.js';
import type { Journal, JournalRecord } from './entry.js';
import { keepFolder } from './kept-folders.js';
import { JOURNAL, JOURNAL_DIRECTIVES, journalFolderOf, journalLimitsOf } from './settings.js';
import { JournalStore } from './store.js';

/** The module of the call journal, and the journal for other modules: it is there once the server has started. */
export interface JournalModule {
  readonly module: Module;
  readonly journal: Journal;
}

/** The call journal: what extensions were refused, for `isapi-host calls` and the status page. */
export function createJournalModule(): JournalModule {
  let store: JournalStore | undefined;
  const journal: Journal = {
    record: (record: JournalRecord) => store?.record(record),
    entries: () => store?.entries() ?? [],
    counts: () => store?.counts() ?? new Map<string, number>(),
    get dropped() {
      return store?.dropped ?? 0;
    },
  };
  const clear: ControlAction = {
    help: 'forgets what extensions were refused',
    args: { extension: { help: "an extension's file; all without it" } },
    run({ args, send }) {
      send({ cleared: clearStore(store, args['extension']) });
    },
  };
  const module: Module = {
    name: 'isapi_journal',
    directives: JOURNAL_DIRECTIVES,
    actions: { 'journal clear': clear },
    hooks: {
      open: ({ configuration }) => prepareFolder(configuration),
      start: (server) => {
        store = openStore(server);
      },
      stop: () => {
        store?.leave();
        store = undefined;
      },
    },
  };
  return { module, journal };
}

/** Returns how many entries there were. Throws HostError JOURNAL when the files cannot be changed. */
function clearStore(store: JournalStore | undefined, extension: string | undefined): number {
  try {
    return store?.clear(extension) ?? 0;
  } catch (error) {
    throw new HostError('JOURNAL', `the files of the call journal cannot be changed: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * A server that root has started makes the folder for the user that it will be, who cannot do that in a folder of root's
 * afterwards, and keeps it within reach.
 */
function prepareFolder(configuration: Configuration): void {
  const folder = journalFolderOf(configuration);
  if (folder === undefined || process.getuid?.() !== 0) return;
  try {
    mkdirSync(folder, { recursive: true });
    const stats = lstatSync(folder);
    const { uid, gid } = serverAccount(configuration);
    if (!stats.isDirectory() || uid === 0) return;
    if (stats.uid === 0) lchownSync(folder, uid, gid);
    keepFolder(folder);
  } catch {
    // It is opened next, and what is wrong is said then.
  }
}

/** Without ISAPIJournal a server does without files that cannot be had; with it that is an error. */
function openStore({ configuration, log }: ServerContext): JournalStore {
  const folder = journalFolderOf(configuration);
  const limits = journalLimitsOf(configuration);
  const reports = {
    trouble: (reason: string) => log.write('journalNotWritten', { folder: folder ?? '', reason }),
    mended: () => log.write('journalWrittenAgain', { folder: folder ?? '' }),
  };
  try {
    return JournalStore.open(folder ?? '', limits, reports);
  } catch (error) {
    const reason = messageOf(error);
    if (configuration.main.settings.get(JOURNAL).folder === undefined) {
      log.write('journalMissing', { folder: folder ?? '', reason });
      return JournalStore.open('', limits, reports);
    }
    const advice = 'make the folder for the user of the server, or let ISAPIJournal name another one';
    throw new HostError(
      'LOG_OPEN',
      `the call journal ${folder ?? ''} cannot be opened: ${reason}; ${advice}`,
      {
        cause: error,
      },
    );
  }
}
