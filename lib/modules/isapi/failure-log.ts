import fs from 'node:fs';
import { fileSystemPath } from '../../http/byte-string.js';
import type { HttpRequest } from '../../http/request.js';
import { MESSAGES, type LogContext, type LogParams, type MessageName } from '../../messages.js';

/** How long a failure of the same file for the same reason is not an error line again. Milliseconds. */
const QUIET_MS = 5 * 60 * 1000;

/** Files whose last failure is remembered. */
const MAX_FILES = 1000;

interface Known {
  readonly text: string;
  readonly changed: number;
  readonly since: number;
}

/**
 * Logs extensions that cannot be loaded: once as an error, and while the same file fails for the same reason at level
 * debug only. Apache too remembers failures (for 30 seconds), and a robot must not fill the log.
 */
export class FailureLog {
  readonly #known = new Map<string, Known>();

  /** @param file byte string of the extension */
  write(request: HttpRequest, file: string, name: MessageName, params: LogParams, context: LogContext): void {
    const text = `${name} ${JSON.stringify(params)}`;
    const changed = fs.statSync(fileSystemPath(file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const now = performance.now();
    const known = this.#known.get(file);
    if (known?.text === text && known.changed === changed && now - known.since < QUIET_MS) {
      const { number } = MESSAGES[name];
      request.log('loadFailedAgain', { file: params['file'] ?? file, number }, context);
      return;
    }
    if (this.#known.size >= MAX_FILES) this.#known.clear();
    this.#known.set(file, { text, changed, since: now });
    request.log(name, params, context);
  }
}
