import type { BlockProblem } from '../isapi/header-block.js';
import type { RefusalKind } from '../isapi/refusals.js';

/**
 * What a worker tells the server about a request besides its response: for the logs, and for the connection. Strings
 * are byte strings.
 */
export type Note = NoteContent & {
  /** it is known already and came so often again */
  readonly again?: number;
};

type NoteContent =
  /**
   * a function that is not supported; `as` names the part that is not, `detail` tells of its arguments, `error` is the
   * last error that it got
   */
  | {
      readonly kind: 'unsupported';
      readonly code: number;
      readonly as?: string;
      readonly detail?: string;
      readonly error?: number;
    }
  /** ASYNC_READ_CLIENT without ISAPIFakeAsync */
  | { readonly kind: 'async read refused'; readonly error?: number }
  /** something else that was refused or honoured in part, for the call journal */
  | ({ readonly kind: 'refused' } & Refusal)
  | LateCall
  /** a status or header block with something wrong */
  | { readonly kind: 'block'; readonly problem: BlockProblem }
  /** a header that must not be sent: the response becomes an error */
  | { readonly kind: 'invalid header'; readonly name: string; readonly value: string }
  /** HSE_APPEND_LOG_PARAMETER */
  | { readonly kind: 'log parameter'; readonly text: string }
  /** the extension was loaded for this request: what GetExtensionVersion says, when it has not been told before */
  | { readonly kind: 'loaded'; readonly version: number; readonly description: string }
  /** the connection is to be closed after the response, or cut now */
  | { readonly kind: 'disconnect'; readonly cut: boolean }
  /** a call from the extension ended in an exception inside the worker: a defect of this program */
  | { readonly kind: 'defect'; readonly text: string };

/** A call for a session that is over, of the library with this slot. */
export interface LateCall {
  readonly kind: 'late';
  readonly slot: number;
  readonly call: string;
  /** ISAPIFakeAsync was on for it */
  readonly fakeAsync: boolean;
  readonly error: number;
}

/** What was refused, as the call journal has it. */
export interface Refusal {
  readonly refusal: RefusalKind;
  /** the function of ServerSupportFunction, where it is one */
  readonly code?: number;
  /** what tells it from others of its kind */
  readonly name?: string;
  readonly detail?: string;
  /** the last error that the extension got; 0 for none */
  readonly error: number;
}

/** The payload of a NOTE frame: JSON in UTF-8, for a text of this program's own may have any character. */
export function encodeNote(note: Note): Buffer {
  return Buffer.from(JSON.stringify(note), 'utf8');
}

/** Throws for text that is no note. */
export function decodeNote(payload: Buffer): Note {
  return JSON.parse(payload.toString('utf8')) as Note;
}
