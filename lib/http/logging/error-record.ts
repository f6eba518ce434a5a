import type { LogContext, LogLevel, LogParams } from '../../messages.js';
import type { HttpRequest } from '../request.js';

/** A message on its way to the error log, or what a line about a connection or a request is made from. */
export interface ErrorRecord {
  /** milliseconds since 1970 with a fraction */
  readonly time: number;
  /** the message; undefined for a line that tells of a connection or a request once */
  readonly message: ErrorMessage | undefined;
  readonly context: LogContext;
  /** the request that it is about; undefined for a line that tells of a connection */
  readonly request: HttpRequest | undefined;
  /** a request of the connection that it is about */
  readonly connection: HttpRequest | undefined;
  /** the name of the host whose log it is */
  readonly hostName: string;
}

export interface ErrorMessage {
  readonly level: LogLevel;
  /** position in LOG_LEVELS */
  readonly severity: number;
  readonly module: string;
  /** such as IH0001 */
  readonly number: string;
  readonly name: string;
  readonly params: LogParams | undefined;
  readonly text: string;
}

/** The request that a client sent: not one of its subrequests. */
export function mainRequest(request: HttpRequest): HttpRequest {
  let main = request;
  while (main.parent !== undefined) main = main.parent;
  return main;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\v': '\\v',
};

/** Control characters are shown as escapes, so that what a client sends cannot make lines of its own. */
export function escapeControls(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => NAMED_ESCAPES[character] ?? hexEscape(character.charCodeAt(0)),
  );
}

/** A byte string from a request: what is not printable ASCII, and backslashes, are shown as escapes. */
export function escapeBytes(text: string): string {
  return text.replace(
    /[^\x20-\x5b\x5d-\x7e]/g,
    (character) =>
      NAMED_ESCAPES[character] ?? (character === '\\' ? '\\\\' : hexEscape(character.charCodeAt(0))),
  );
}

function hexEscape(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
