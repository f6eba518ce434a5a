/** Where the lines of a log go. */
export interface LogSink {
  /**
   * Appends text, which ends in a line end.
   * @param severity the position of its level in LOG_LEVELS, for the system's log
   */
  write(text: string, severity?: number): void;
  /** Writes out what waits, blocking, as far as that is possible. */
  flushSync(): void;
  /** Opens the log anew, after its file was renamed. Throws LOG_OPEN; it goes on as it was then. */
  reopen(): Promise<void>;
  /** Writes out what waits and closes the log. */
  close(): Promise<void>;
}

/** What a log tells of itself: to another log, or to standard error. */
export interface LogReports {
  /** lines begin to get lost */
  trouble(reason: string): void;
  /** lines arrive again, after so many were lost */
  mended(lost: number): void;
  /** its program has ended, and is started again after so many milliseconds */
  ended(reason: string, delay: number): void;
  /** its program has written a line to its standard error */
  said(line: string): void;
}

/** Bytes of log lines that wait at most; what comes on top is lost and counted. */
export const MAX_WAITING = 16 * 1024 * 1024;

/** Logs that are open, to be written out when the process ends, however it ends. */
const openSinks = new Set<LogSink>();

process.on('exit', () => {
  for (const sink of openSinks) sink.flushSync();
});

/** Has a log written out when the process ends; the function that is returned undoes that. */
export function flushAtExit(sink: LogSink): () => void {
  openSinks.add(sink);
  return () => openSinks.delete(sink);
}

/** Counts the lines that a log loses, and tells of the first and of how many they were. */
export class LostLines {
  readonly #reports: LogReports;
  #count = 0;

  constructor(reports: LogReports) {
    this.#reports = reports;
  }

  /** Lines are lost. */
  add(count: number, reason: string): void {
    const before = this.#count;
    this.#count += count;
    if (before === 0) this.#reports.trouble(reason);
  }

  /** Lines arrive. */
  over(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    this.#reports.mended(count);
  }
}
