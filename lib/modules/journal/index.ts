import { mkdirSync } from 'node:fs';
import type { Configuration } from '../../config/configuration.js';
import { HostError, messageOf } from '../../errors.js';
import type { ControlAction } from '../../http/control/action.js';
import type { Module, ServerContext } from '../../http/module.js';
import { handOver, ownUserName, refusedText } from '../unixd/hand-over.js';
import { serverAccount } from '../unixd/settings.js';
import type { Journal, JournalRecord } from './entry.js';
import { isJournalFile } from './files.js';
import { keepFolder, withRealNames } from './kept-folders.js';
import { JOURNAL, JOURNAL_DIRECTIVES, journalFolderOf, journalLimitsOf } from './settings.js';
import { JournalStore } from './store.js';

/** The module of the call journal, and the journal for other modules: it is there once the server has started. */
export interface JournalModule {
  readonly module: Module;
  readonly journal: Journal;
}

/** The call journal: what extensions were refused, for `isapi-host calls` and the status page. */
export function createJournalModule(): JournalModule {
  let opened: OpenJournal | undefined;
  const journal: Journal = {
    record: (record: JournalRecord) => opened?.store.record(record),
    entries: () => opened?.store.entries() ?? [],
    counts: () => opened?.store.counts() ?? new Map<string, number>(),
    get dropped() {
      return opened?.store.dropped ?? 0;
    },
  };
  const clear: ControlAction = {
    help: 'forgets what extensions were refused',
    args: { extension: { help: "an extension's file; all without it" } },
    run({ args, send }) {
      send({ cleared: clearStore(opened?.store, args['extension']) });
    },
  };
  const state: ControlAction = {
    help: 'tells whether what extensions are refused gets into the call journal',
    args: {},
    run({ send }) {
      send({
        pid: process.pid,
        user: ownUserName(),
        problem: opened?.missing ?? opened?.store.trouble ?? null,
      });
    },
  };
  const module: Module = {
    name: 'isapi_journal',
    directives: JOURNAL_DIRECTIVES,
    actions: { 'journal clear': clear, 'journal state': state },
    hooks: {
      open: ({ configuration }) => prepareFolder(configuration),
      start: (server) => {
        opened = openStore(server);
      },
      stop: () => {
        opened?.store.leave();
        opened = undefined;
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
 * afterwards, hands over what an earlier server has left there, and keeps it within reach.
 */
function prepareFolder(configuration: Configuration): void {
  const folder = journalFolderOf(configuration);
  if (folder === undefined || process.getuid?.() !== 0) return;
  try {
    mkdirSync(folder, { recursive: true });
    const account = serverAccount(configuration);
    if (account.uid === 0) return;
    keepFolder(folder);
    const isDefault = configuration.main.settings.get(JOURNAL).folder === undefined;
    handOver({ folder, isOwn: isJournalFile, isDefault }, account);
  } catch {
    // It is opened next, and what is wrong is said then.
  }
}

interface OpenJournal {
  readonly store: JournalStore;
  /** why it is in memory alone, when that was not wanted */
  readonly missing?: string;
}

/** Without ISAPIJournal a server does without files that cannot be had; with it that is an error. */
function openStore({ configuration, log }: ServerContext): OpenJournal {
  const folder = journalFolderOf(configuration);
  const limits = journalLimitsOf(configuration);
  const reports = {
    trouble: (reason: string) =>
      log.write('journalNotWritten', { folder: folder ?? '', reason, user: ownUserName() }),
    mended: () => log.write('journalWrittenAgain', { folder: folder ?? '' }),
  };
  try {
    return { store: JournalStore.open(folder ?? '', limits, reports) };
  } catch (error) {
    const reason = withRealNames(refusedText(error, folder ?? ''));
    if (configuration.main.settings.get(JOURNAL).folder === undefined) {
      log.write('journalMissing', { folder: folder ?? '', reason, user: ownUserName() });
      return { store: JournalStore.open('', limits, reports), missing: reason };
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
