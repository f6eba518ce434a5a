import type { Configuration } from '../../config/configuration.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';
import { parseSize } from '../../config/units.js';
import { inLogsFolder } from '../../http/logs-folder.js';
import { wholeNumber } from '../numbers.js';
import type { JournalLimits } from './file.js';

interface JournalSettings {
  /** absolute, or `off`; undefined for the default */
  readonly folder: string | undefined;
  readonly bytes: number;
  /** days */
  readonly age: number;
}

export const JOURNAL = new Slot<JournalSettings>('journal', {
  folder: undefined,
  bytes: 8 * 1024 * 1024,
  age: 30,
});

const DAY = 86_400_000;
const MIN_BYTES = 64 * 1024;
const MAX_BYTES = 1024 ** 3;

/** The folder of a configuration's call journal: `logs/calls` where there is a folder logs; undefined for none. */
export function journalFolderOf({ main, serverRoot }: Configuration): string | undefined {
  const { folder } = main.settings.get(JOURNAL);
  if (folder !== undefined) return folder === 'off' ? undefined : folder;
  return inLogsFolder(serverRoot, 'calls');
}

/** How large and how old the journal of a configuration may get. */
export function journalLimitsOf({ main }: Configuration): JournalLimits {
  const { bytes, age } = main.settings.get(JOURNAL);
  return { bytes, age: age * DAY };
}

export const JOURNAL_DIRECTIVES: readonly Directive[] = [
  {
    name: 'ISAPIJournal',
    syntax: 'folder|off',
    default: 'logs/calls, or off when there is no folder logs (-k start makes it)',
    contexts: ['server'],
    args: [1, 1],
    help: 'The folder of the call journal, which isapi-host calls reads: what extensions were refused. With off it is only in memory, as long as the server runs.',
    apply: applyFolder,
  },
  {
    name: 'ISAPIJournalSize',
    syntax: 'bytes',
    default: '8M',
    contexts: ['server'],
    args: [1, 1],
    help: 'How large the files of the call journal may get all together: from 64K to 1G. The oldest are removed.',
    apply: applySize,
  },
  {
    name: 'ISAPIJournalAge',
    syntax: 'days',
    default: '30',
    contexts: ['server'],
    args: [1, 1],
    help: 'How many days what extensions were refused stays in the call journal.',
    apply(context, days) {
      const value = wholeNumber(context, 'ISAPIJournalAge', days, { min: 1, max: 3650, unit: 'days' });
      if (value !== undefined) context.server.set(JOURNAL, 'age', value);
    },
  },
];

function applyFolder(context: DirectiveContext, folder?: Argument): void {
  const text = folder?.text ?? '';
  if (text === '') context.error('ISAPIJournal must be the name of a folder, or off', folder);
  else {
    const value = text.toLowerCase() === 'off' ? 'off' : context.resolvePath(text).replace(/(?<=.)\/+$/, '');
    context.server.set(JOURNAL, 'folder', value);
  }
}

function applySize(context: DirectiveContext, size?: Argument): void {
  const bytes = parseSize(size?.text ?? '');
  if (bytes !== undefined && bytes >= MIN_BYTES && bytes <= MAX_BYTES) {
    context.server.set(JOURNAL, 'bytes', bytes);
  } else context.error('ISAPIJournalSize must be a size from 64K to 1G', size);
}
