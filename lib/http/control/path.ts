import { createHash } from 'node:crypto';
import type { Configuration } from '../../config/configuration.js';
import { inLogsFolder } from '../logs-folder.js';
import { PROCESS } from '../process-settings.js';

/** The longest name of a socket file that the system takes: `sun_path` less its NUL. Bytes. */
const MAX_PATH = process.platform === 'darwin' ? 103 : 107;

/** The PidFile of a configuration: `logs/isapi-host.pid` where there is a folder logs; undefined for none. */
export function pidFileOf({ main, serverRoot }: Configuration): string | undefined {
  const named = main.settings.get(PROCESS).pidFile;
  if (named !== undefined) return named;
  return inLogsFolder(serverRoot, 'isapi-host.pid');
}

/** The control socket of a configuration: by default beside the PidFile, with the same name; undefined for none. */
export function controlSocketOf(configuration: Configuration): string | undefined {
  const named = configuration.main.settings.get(PROCESS).controlSocket;
  if (named !== undefined) return named === 'off' ? undefined : named;
  return pidFileOf(configuration)?.replace(/(?:\.pid)?$/, '.sock');
}

/** What is wrong with the name of a socket file, if something is. */
export function socketPathProblem(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  if (process.platform === 'win32' || bytes <= MAX_PATH) return undefined;
  const advice = 'let ControlSocket name a shorter one, such as /run/isapi-host.sock';
  return `the name of a socket may have ${String(MAX_PATH)} bytes at most, and ${path} has ${String(bytes)}; ${advice}`;
}

/** What is listened on for a socket file: on Windows a named pipe, whose name is made from it. */
export function addressOf(path: string): string {
  if (process.platform !== 'win32') return path;
  const digest = createHash('sha256').update(path.toLowerCase()).digest('hex').slice(0, 32);
  return `\\\\.\\pipe\\isapi-host-${digest}`;
}
