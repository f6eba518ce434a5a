import { resolve } from 'node:path';
import { HostError, messageOf } from '../errors.js';
import type { JournalLimits } from '../modules/journal/file.js';
import { journalFolderOf, journalLimitsOf } from '../modules/journal/settings.js';
import type { Arguments, Option } from './command.js';
import { errorsOf, load, sourcesOf } from './configuration.js';

/** Names the journal's folder itself. */
export const FOLDER_OPTION: Option = {
  name: 'journal',
  value: 'FOLDER',
  help: 'the folder of the call journal, in place of that of the configuration',
};

/** A call journal on disk. */
export interface JournalPlace {
  readonly folder: string;
  /** undefined when the folder was named and no configuration was read */
  readonly limits: JournalLimits | undefined;
}

/** The journal of a command line. Throws HostError USAGE or JOURNAL. */
export function findJournal(parsed: Arguments): JournalPlace {
  const named = parsed.values.get('journal')?.[0];
  if (named !== undefined) return { folder: resolve(named), limits: undefined };
  const sources = sourcesOf(parsed);
  const { configuration, problems } = load(sources);
  if (configuration === undefined) {
    const reason = `the configuration ${sources.file} has errors, so that it does not tell the call journal`;
    const advice = 'mend them, or name its folder with --journal FOLDER';
    throw new HostError('JOURNAL', `${reason}; ${advice}\n${errorsOf(sources, problems)}`);
  }
  const folder = journalFolderOf(configuration);
  if (folder !== undefined) return { folder, limits: journalLimitsOf(configuration) };
  const reason = 'there is ISAPIJournal off, or no folder logs';
  throw new HostError(
    'JOURNAL',
    `the configuration ${sources.file} keeps no call journal: ${reason}; add ISAPIJournal FOLDER`,
  );
}

/** Does something with a journal's files; what the system says against it becomes an error that says what to do. */
export function withJournal<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof HostError) throw error;
    const denied =
      error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
    const advice = denied ? '; run this as the user of the server, or as root' : '';
    throw new HostError(
      'JOURNAL',
      `the call journal ${folder} cannot be used: ${messageOf(error)}${advice}`,
      {
        cause: error,
      },
    );
  }
}
