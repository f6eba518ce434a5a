import type { Output } from './output.js';

/** The output of a request that never became one: its response was sent without it, and logs read what that was. */
export class SentOutput implements Output {
  readonly headSent = true;
  readonly lost = false;
  readonly keepAlive = false;
  status: number;
  bytesSent = 0;

  constructor(status: number) {
    this.status = status;
  }

  head(): void {
    // Nothing can be added to what was sent.
  }

  write(): boolean {
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(): void {
    // It has ended.
  }

  abort(): void {
    // It has ended.
  }

  onLost(): void {
    // Nothing is left that could be lost.
  }

  closeAfter(): void {
    // The connection is closed as it is.
  }
}
