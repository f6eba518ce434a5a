import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../config/configuration.js';
import { isJournalFile } from '../../modules/journal/files.js';
import { JOURNAL, journalFolderOf } from '../../modules/journal/settings.js';
import { hasDefaultFolder, TRACE_FILES, traceFolderOf } from '../../modules/trace/settings.js';
import { isTraceFile } from '../../modules/trace/trace-files.js';
import type { OwnFolder } from '../../modules/unixd/hand-over.js';
import { ok, skip, warn, type Finding, type PersonWithGroups } from './check.js';
import { whyNot } from './file-access.js';

/** Who writes to a folder of the server's own files, and who would start the server. */
export interface Writers {
  readonly server: PersonWithGroups;
  readonly starter: PersonWithGroups;
  /** process id of the server that runs with this configuration */
  readonly running: number | undefined;
}

/** Whether what extensions are refused gets into the call journal. */
export function checkJournal(configuration: Configuration, writers: Writers): Finding {
  const folder = journalFolderOf(configuration);
  if (folder === undefined)
    return skip('journal', 'none: ISAPIJournal off, or no folder logs below ServerRoot');
  const isDefault = configuration.main.settings.get(JOURNAL).folder === undefined;
  // The server that root starts reaches it whatever the folders above it allow.
  return checkOwn('journal', { folder, isDefault, isOwn: isJournalFile }, writers, true);
}

/** Whether traces can be kept. */
export function checkTraces(configuration: Configuration, writers: Writers): Finding {
  if (!configuration.main.settings.get(TRACE_FILES).wanted) return skip('traces', 'none are kept');
  const own = {
    folder: traceFolderOf(configuration),
    isDefault: hasDefaultFolder(configuration),
    isOwn: isTraceFile,
  };
  return checkOwn('traces', own, writers, false);
}

function checkOwn(
  name: 'journal' | 'traces',
  own: OwnFolder,
  { server, starter, running }: Writers,
  isReached: boolean,
): Finding {
  const { folder } = own;
  const isRoots = starter.uid === 0 && server.uid !== 0;
  if (!existsSync(folder)) {
    const reason =
      whyNot(nearestFolder(folder), ['write', 'search'], starter) ??
      (isRoots && !isReached ? whyNot(nearestFolder(folder), ['search'], server) : undefined);
    if (reason === undefined) return ok(name, `${folder} will be made for ${server.label}`);
    return warn(name, `${folder} cannot be used: ${reason}`, `let ${server.label} write there`);
  }
  const reason = whyNotWritten(own, server);
  if (reason === undefined) return ok(name, `${folder} and its files can be written to by ${server.label}`);
  if (isRoots && isHandedOver(own) && (isReached || enters(folder, server))) {
    if (running === undefined) {
      return ok(name, `${folder} will be given to ${server.label} when root starts the server`);
    }
    const text = `the server that runs (process ${String(running)}) cannot write: ${reason}`;
    return warn(name, text, `stop it and start it again as root: it gives ${folder} to ${server.label} then`);
  }
  return warn(name, `${folder} cannot be written to: ${reason}`, adviceFor(folder, server));
}

function adviceFor(folder: string, server: PersonWithGroups): string {
  return enters(folder, server)
    ? `as root: chown -R ${server.label} ${folder}`
    : `let ${server.label} enter the folders above ${folder} (chmod o+x)`;
}

function enters(folder: string, server: PersonWithGroups): boolean {
  return whyNot(path.dirname(folder), ['search'], server) === undefined;
}

function whyNotWritten({ folder, isOwn }: OwnFolder, server: PersonWithGroups): string | undefined {
  const files = namesIn(folder).filter(isOwn);
  return (
    whyNot(folder, ['write', 'search'], server) ??
    files.map((file) => whyNot(path.join(folder, file), ['write'], server)).find((why) => why !== undefined)
  );
}

function isHandedOver({ folder, isOwn, isDefault }: OwnFolder): boolean {
  return isDefault || namesIn(folder).every(isOwn);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}
