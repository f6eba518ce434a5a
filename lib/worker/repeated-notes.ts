import type { Note } from '../channel/notes.js';

/** Different notes of one session at most; what comes on top is not told. */
const MAX_NOTES = 64;

/**
 * What a session has to tell again and again is told once, and at its end how often it came again. What the error log has
 * a line for, as mod_isapi has one for each call, is told each time.
 */
export class RepeatedNotes {
  readonly #send: (note: Note) => void;
  readonly #notes = new Map<string, { readonly note: Note; again: number }>();

  constructor(send: (note: Note) => void) {
    this.#send = send;
  }

  add(note: Note): void {
    if (note.kind !== 'refused') {
      this.#send(note);
      return;
    }
    const key = JSON.stringify({ ...note, detail: undefined });
    const known = this.#notes.get(key);
    if (known !== undefined) {
      known.again++;
      return;
    }
    if (this.#notes.size >= MAX_NOTES) return;
    this.#notes.set(key, { note, again: 0 });
    this.#send(note);
  }

  /** Tells how often notes came again. */
  settle(): void {
    for (const known of this.#notes.values()) {
      if (known.again > 0) this.#send({ ...known.note, again: known.again });
      known.again = 0;
    }
  }
}
