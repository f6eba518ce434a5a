import type { HeaderList, Output } from './output.js';

/** An output that adds headers which were given before another response took the place of the one they were for. */
export class HeadedOutput implements Output {
  readonly #output: Output;
  readonly #headers: HeaderList;

  constructor(output: Output, headers: HeaderList) {
    this.#output = output;
    /* The length is that of the other response. */
    this.#headers = headers.filter(([name]) => name.toLowerCase() !== 'content-length');
  }

  get headSent(): boolean {
    return this.#output.headSent;
  }

  get status(): number {
    return this.#output.status;
  }

  set status(status: number) {
    this.#output.status = status;
  }

  get bytesSent(): number {
    return this.#output.bytesSent;
  }

  get sentHeaders(): readonly string[] {
    return this.#output.sentHeaders ?? [];
  }

  get writtenHead(): string | undefined {
    return this.#output.writtenHead;
  }

  get isCut(): boolean {
    return this.#output.isCut === true;
  }

  get lost(): boolean {
    return this.#output.lost;
  }

  get keepAlive(): boolean {
    return this.#output.keepAlive;
  }

  /** The headers given before come first; of the response's own those are left out that are among them. */
  head(status: number, reason: string | undefined, headers: HeaderList, length?: number): void {
    const given = new Set(this.#headers.map(([name]) => name.toLowerCase()));
    const rest = headers.filter(([name]) => !given.has(name.toLowerCase()));
    this.#output.head(status, reason, [...this.#headers, ...rest], length);
  }

  write(chunk: Uint8Array, released?: () => void): boolean {
    return this.#output.write(chunk, released);
  }

  drained(): Promise<void> {
    return this.#output.drained();
  }

  end(chunk?: Uint8Array, released?: () => void): void {
    this.#output.end(chunk, released);
  }

  abort(): void {
    this.#output.abort();
  }

  onLost(callback: () => void): void {
    this.#output.onLost(callback);
  }

  closeAfter(): void {
    this.#output.closeAfter();
  }

  downgrade(): void {
    this.#output.downgrade?.();
  }
}
