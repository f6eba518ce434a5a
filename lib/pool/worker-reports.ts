import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Log, LogContext } from '../messages.js';
import type { Exchange } from './exchange.js';

/** The longest line of an extension's own output that is logged; what is longer is cut into lines. Characters. */
const MAX_OUTPUT_LINE = 4096;

/** How a worker process ended. */
export interface ProcessEnd {
  /** signal, exception or exit status, in words */
  readonly end: string;
  /** it was asked to end and did */
  readonly expected: boolean;
  /** why the pool ended it, when the pool did */
  readonly killedFor: string | undefined;
  /** the requests whose extension may have ended it */
  readonly suspects: readonly Exchange[];
}

/** What the error log hears of one worker process. */
export class WorkerReports {
  readonly #log: Log;
  readonly #pool: string;
  readonly #pid: () => number;
  readonly #startedAt = performance.now();

  constructor(log: Log, pool: string, pid: () => number) {
    this.#log = log;
    this.#pool = pool;
    this.#pid = pid;
  }

  started(runtime: string): void {
    this.#log.write('workerStarted', { runtime }, this.#context);
  }

  ended({ end, expected, killedFor, suspects }: ProcessEnd): void {
    const age = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    if (expected) this.#log.write('workerEnded', { age }, this.#context);
    else if (killedFor !== undefined)
      this.#log.write('workerKilled', { reason: killedFor, age }, this.#context);
    else if (suspects.length === 0) this.#log.write('workerDied', { end, age }, this.#context);
    else {
      for (const { library, requestId } of suspects) {
        const context = { ...this.#context, extension: library, request: requestId };
        this.#log.write('extensionCrashed', { file: library, end, age }, context);
      }
    }
  }

  /**
   * Logs what extensions print, line by line, with the names of those that are running.
   * @param running the requests that run when a line comes
   */
  follow(stream: Readable, running: () => readonly Exchange[]): void {
    let rest = '';
    const report = (line: string): void => {
      const text = line.trimEnd();
      if (text === '') return;
      const names = new Set(running().map(({ library }) => path.posix.basename(library)));
      const name = names.size === 0 ? 'worker' : [...names].join(', ');
      this.#log.write('extensionOutput', { name, line: text }, this.#context);
    };
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) report(line.slice(0, MAX_OUTPUT_LINE));
      for (; rest.length > MAX_OUTPUT_LINE; rest = rest.slice(MAX_OUTPUT_LINE)) {
        report(rest.slice(0, MAX_OUTPUT_LINE));
      }
    });
    stream.once('end', () => {
      report(rest);
    });
  }

  get #context(): LogContext {
    return { pool: this.#pool, pid: this.#pid() };
  }
}
