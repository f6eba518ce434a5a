import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Environment as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where the installed runtimes and the private Wine prefix live: `$ISAPI_HOST_HOME`, else
 * `$XDG_DATA_HOME/isapi-host`, else `~/.local/share/isapi-host` (on Windows `%LOCALAPPDATA%\isapi-host`).
 */
export interface Home {
  readonly folder: string;
  /** one folder per installed version of a runtime's packages */
  readonly runtimes: string;
  /** the Wine prefix, a folder that Wine calls WINEPREFIX */
  readonly prefix: string;
  /** one file per server that uses the prefix, named by its process id */
  readonly users: string;
}

export function findHome(environment: Environment = process.env): Home {
  const folder = homeFolder(environment);
  return {
    folder,
    runtimes: join(folder, 'runtimes'),
    prefix: join(folder, 'prefix'),
    users: join(folder, 'users'),
  };
}

function homeFolder(environment: Environment): string {
  if (environment['ISAPI_HOST_HOME']) return environment['ISAPI_HOST_HOME'];
  if (environment['XDG_DATA_HOME']) return join(environment['XDG_DATA_HOME'], 'isapi-host');
  if (process.platform === 'win32' && environment['LOCALAPPDATA']) {
    return join(environment['LOCALAPPDATA'], 'isapi-host');
  }
  return join(environment['HOME'] ?? homedir(), '.local', 'share', 'isapi-host');
}

/** The folder of this package: the nearest one upwards whose package.json has its name. */
export function packageRoot(start: string = import.meta.dirname): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
      if (name === 'isapi-host') return folder;
    }
    if (dirname(folder) === folder) throw new Error(`no isapi-host package above ${start}`);
  }
}
