import { flushAtExit, type LogReports, type LogSink } from './log-sink.js';
import { SharedFile, STREAMS } from './shared-file.js';

/**
 * A file that lines are appended to, each with a write of its own before anything else happens, as in Apache: a line
 * is there when the client has its response, and when the process dies. The system's cache takes it without waiting
 * for the disk; what it cannot take at once waits in memory.
 */
export class LogFile implements LogSink {
  readonly #file: SharedFile;
  readonly #settled: () => void;
  #closed = false;

  /**
   * @param path an absolute path, or `stderr`
   * @throws HostError LOG_OPEN
   */
  constructor(path: string, reports: LogReports) {
    this.#file = SharedFile.open(path, reports);
    this.#settled = flushAtExit(this);
  }

  write(text: string): void {
    this.#file.write(text);
  }

  flushSync(): void {
    this.#file.flushSync();
  }

  async reopen(): Promise<void> {
    if (!this.#closed && !(this.#file.path in STREAMS)) await this.#file.reopen();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#settled();
    await this.#file.leave();
  }
}
