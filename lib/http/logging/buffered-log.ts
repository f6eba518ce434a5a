import { flushAtExit, type LogSink } from './log-sink.js';

/** Characters that are written together: what a pipe takes in one piece, as in Apache. */
const BUFFER = 4096;

/** A log whose lines are kept until there are enough of them for one write (BufferedLogs). */
export class BufferedLog implements LogSink {
  readonly #sink: LogSink;
  readonly #settled: () => void;
  #text = '';

  constructor(sink: LogSink) {
    this.#sink = sink;
    this.#settled = flushAtExit(this);
  }

  write(text: string): void {
    if (this.#text.length + text.length > BUFFER) this.#flush();
    if (text.length >= BUFFER) this.#sink.write(text);
    else this.#text += text;
  }

  #flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#sink.write(text);
  }

  flushSync(): void {
    this.#flush();
    this.#sink.flushSync();
  }

  reopen(): Promise<void> {
    this.#flush();
    return this.#sink.reopen();
  }

  close(): Promise<void> {
    this.#settled();
    this.#flush();
    return this.#sink.close();
  }
}
