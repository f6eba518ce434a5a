import { HostError } from '../errors.js';
import { LIBRARY_SLOTS } from '../worker/library.js';

/** The numbers by which the threads of one worker process share their libraries: one for each file. */
export class LibrarySlots {
  readonly #slots = new Map<string, number>();

  /** The slot of a file. Throws POOL_BUSY when the process has known too many files: it has to be recycled first. */
  of(file: string): number {
    let slot = this.#slots.get(file);
    if (slot === undefined) {
      slot = this.#slots.size;
      if (slot >= LIBRARY_SLOTS) {
        throw new HostError(
          'POOL_BUSY',
          `a worker process has met ${String(LIBRARY_SLOTS)} extensions and is replaced`,
        );
      }
      this.#slots.set(file, slot);
    }
    return slot;
  }

  /** Whether the process has met a file. */
  has(file: string): boolean {
    return this.#slots.has(file);
  }

  /** The file with a slot. */
  fileOf(slot: number): string | undefined {
    return [...this.#slots.keys()][slot];
  }

  get full(): boolean {
    return this.#slots.size >= LIBRARY_SLOTS;
  }
}
