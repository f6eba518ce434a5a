import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder below ServerRoot where the server keeps what no directive names a place for; it need not be there. */
export function logsFolder(serverRoot: string): string {
  return join(serverRoot, 'logs');
}

/** A name in that folder; undefined where there is no such folder. */
export function inLogsFolder(serverRoot: string, name: string): string | undefined {
  const folder = logsFolder(serverRoot);
  return existsSync(folder) ? join(folder, name) : undefined;
}
