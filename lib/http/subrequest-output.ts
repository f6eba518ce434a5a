import type { HeaderList, Output } from './output.js';

/**
 * The response to a subrequest: its head becomes the head of the parent's response, unless that was sent before, and
 * its body goes into the parent's body. Its end is not the end of the parent's response.
 */
export class SubrequestOutput implements Output {
  headSent = false;
  status = 200;
  bytesSent = 0;
  readonly #parent: Output;

  constructor(parent: Output) {
    this.#parent = parent;
  }

  get lost(): boolean {
    return this.#parent.lost;
  }

  get keepAlive(): boolean {
    return this.#parent.keepAlive;
  }

  head(status: number, reason: string | undefined, headers: HeaderList, length?: number): void {
    if (!this.#parent.headSent) this.#parent.head(status, reason, headers, length);
    this.headSent = true;
    this.status = status;
  }

  write(chunk: Uint8Array): boolean {
    if (!this.headSent) this.head(200, undefined, []);
    this.bytesSent += chunk.length;
    return this.#parent.write(chunk);
  }

  drained(): Promise<void> {
    return this.#parent.drained();
  }

  end(chunk?: Uint8Array): void {
    if (!this.headSent) this.head(200, undefined, []);
    if (chunk !== undefined && chunk.length > 0) this.write(chunk);
  }

  abort(): void {
    this.#parent.abort();
  }

  onLost(callback: () => void): void {
    this.#parent.onLost(callback);
  }

  closeAfter(): void {
    this.#parent.closeAfter();
  }
}
