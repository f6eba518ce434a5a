import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { HostError } from '../../errors.js';
import { LostLines, MAX_WAITING, type LogReports, type LogSink } from './log-sink.js';

/** A program that takes the lines of a log from its standard input. */
export interface LogCommand {
  /** what it is called in messages */
  readonly text: string;
  readonly file: string;
  readonly args: readonly string[];
  /** the folder that it runs in */
  readonly folder: string;
}

/** A program that has run so long is started again at once when it ends. Milliseconds. */
const STEADY_TIME = 10_000;

/** The pause before a program that keeps ending is started again: it doubles each time. Milliseconds. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

/** So long a program may take to end when it has got everything, and again when it was asked to. Milliseconds. */
const END_TIME = 5000;

/** Lines of a program's standard error are cut here. */
const MAX_SAID = 4096;

/**
 * A program that gets the lines of a log. One that does not read does not hold up the server: lines wait in memory,
 * and beyond a bound they are lost. One that ends is started again.
 */
export class LogProgram implements LogSink {
  readonly #command: LogCommand;
  readonly #reports: LogReports;
  readonly #lost: LostLines;
  /** lines for a program that is not there */
  #waiting: string[] = [];
  #waitingLength = 0;
  /** lines that the program's pipe has not taken yet */
  #untaken = 0;
  #child: ChildProcess | undefined;
  #startedAt = 0;
  #pause = 0;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;
  readonly #taken = (): void => {
    this.#untaken--;
  };

  /**
   * Starts the program.
   * @throws HostError LOG_OPEN when it cannot be started
   */
  constructor(command: LogCommand, reports: LogReports) {
    this.#command = command;
    this.#reports = reports;
    this.#lost = new LostLines(reports);
    const problem = this.#start();
    if (problem !== undefined) {
      throw new HostError(
        'LOG_OPEN',
        `unable to start piped log program '${command.text}': ${problem}; correct the directive that names it`,
      );
    }
  }

  write(text: string): void {
    const stdin = this.#child?.stdin;
    const length = stdin?.writableLength ?? this.#waitingLength;
    if (length + text.length > MAX_WAITING) {
      this.#lost.add(1, stdin ? 'the program does not read' : 'the program does not run');
    } else if (stdin) {
      this.#untaken++;
      stdin.write(text, this.#taken);
    } else {
      this.#waiting.push(text);
      this.#waitingLength += text.length;
    }
  }

  flushSync(): void {
    // A pipe that takes no more would hold up the end of the process; what it took at once is with the program.
  }

  reopen(): Promise<void> {
    // The program decides what it does with its lines.
    return Promise.resolve();
  }

  /** Lets the program read to the end; one that then does not end within some seconds is ended. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.stdin?.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await within(ended, END_TIME)) return;
      end(child, signal);
    }
    await within(ended, END_TIME);
  }

  /** Starts the program; says what is wrong when that cannot be done. */
  #start(): string | undefined {
    const { file, args, folder } = this.#command;
    const child = spawn(file, args, {
      cwd: folder,
      stdio: ['pipe', 'inherit', 'pipe'],
      windowsHide: true,
      // A Ctrl-C in the terminal is for the server alone: the program is to get the last lines as well.
      detached: process.platform !== 'win32',
    });
    let problem: string | undefined;
    child.on('error', (error) => {
      problem = error.message;
    });
    child.stdin.on('error', () => undefined);
    if (child.pid === undefined) {
      child.stdin.destroy();
      child.stderr.destroy();
      return `there is no program ${file}, or it may not be run`;
    }
    this.#child = child;
    this.#startedAt = performance.now();
    child.stdin.on('drain', () => this.#lost.over());
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#reports.said(line.slice(0, MAX_SAID));
    });
    child.once('exit', (status, signal) => {
      this.#ended(problem ?? (signal === null ? `with status ${String(status)}` : `on signal ${signal}`));
    });
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingLength = 0;
    for (const text of waiting) this.write(text);
    if (waiting.length > 0) this.#lost.over();
    return undefined;
  }

  #ended(reason: string): void {
    this.#child = undefined;
    const untaken = this.#untaken;
    this.#untaken = 0;
    if (this.#closing) return;
    if (untaken > 0) this.#lost.add(untaken, 'the program ended before it had read them');
    this.#startLater(reason);
  }

  #startLater(reason: string): void {
    const isSteady = performance.now() - this.#startedAt >= STEADY_TIME;
    this.#pause = isSteady ? 0 : Math.min(LONGEST_PAUSE, this.#pause * 2 || FIRST_PAUSE);
    this.#reports.ended(reason, this.#pause);
    this.#timer = setTimeout(() => {
      const problem = this.#start();
      if (problem !== undefined) this.#startLater(problem);
    }, this.#pause).unref();
  }
}

/** Ends a program and what it has started. */
function end(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** Whether a promise is fulfilled within so many milliseconds. */
async function within(promise: Promise<void>, time: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), time);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
