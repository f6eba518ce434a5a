import { mkdirSync } from 'node:fs';
import type { Configuration } from '../config/configuration.js';
import { HostError, messageOf } from '../errors.js';
import { controlSocketOf, pidFileOf } from '../http/control/path.js';
import { errorLogTargets } from '../http/log.js';
import { logsFolder } from '../http/logs-folder.js';
import { STREAMS } from '../http/logging/shared-file.js';
import { PROCESS } from '../http/process-settings.js';
import { JOURNAL, journalFolderOf } from '../modules/journal/settings.js';

/**
 * Makes sure that a server in the background can be found again and can be heard: it needs a PID file, and an error log
 * that is not its standard error. The folder `logs` below ServerRoot, where both are by default, is made where it is
 * missing.
 * @throws HostError RUNNING when that folder cannot be made, LOG_OPEN when an error log would be lost
 */
export function prepareBackground(configuration: Configuration): void {
  const usesDefaults = pidFileOf(configuration) === undefined || losesErrors(configuration) !== undefined;
  if (usesDefaults) makeLogs(logsFolder(configuration.serverRoot));
  const lost = losesErrors(configuration);
  if (lost === undefined) return;
  throw new HostError(
    'LOG_OPEN',
    `ErrorLog ${lost} would be lost: a server in the background has no standard error; let ErrorLog name a file, or ` +
      'serve in the foreground, without -k',
  );
}

/** What a server is without because there is no folder `logs`, and that folder; undefined when it lacks nothing. */
export function lackingLogs(
  configuration: Configuration,
): { readonly folder: string; readonly lacking: string } | undefined {
  const { settings } = configuration.main;
  const lacking = [
    ...(pidFileOf(configuration) === undefined ? ['PID file'] : []),
    ...(controlSocketOf(configuration) === undefined && settings.get(PROCESS).controlSocket !== 'off'
      ? ['control socket']
      : []),
    ...(journalFolderOf(configuration) === undefined && settings.get(JOURNAL).folder !== 'off'
      ? ['call journal']
      : []),
  ];
  return lacking.length === 0
    ? undefined
    : { folder: logsFolder(configuration.serverRoot), lacking: lacking.join(', ') };
}

/** An error log that is one of the process's own streams. */
function losesErrors(configuration: Configuration): string | undefined {
  return errorLogTargets(configuration).find((target) => target in STREAMS);
}

function makeLogs(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new HostError(
      'RUNNING',
      `the folder ${folder} is missing, where the PID file and the error log are to be, and cannot be made: ` +
        `${messageOf(error)}; make it, let -d name another ServerRoot, or name the files with PidFile and ErrorLog`,
      { cause: error },
    );
  }
}
