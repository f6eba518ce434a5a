import { HostError } from '../../errors.js';
import type { Json } from './action.js';

/**
 * What goes over the control socket: lines of JSON. A client sends one request; the server answers with any number of
 * items and then with how it ended, and closes the connection.
 */
export interface ControlRequest {
  readonly action: string;
  readonly args: Readonly<Record<string, string>>;
}

/** A line of the server's. */
export type ControlReply =
  | { readonly item: Json }
  /** so many items were left out here */
  | { readonly dropped: number }
  /** another configuration is at work: what it has to say comes to those who call anew, and this answer goes on */
  | { readonly superseded: true }
  | { readonly end: 'done' | 'stopped' }
  | { readonly error: { readonly code: string; readonly message: string } };

/** The longest line of a request, and of an answer. Bytes. */
export const MAX_REQUEST_LINE = 64 * 1024;
export const MAX_REPLY_LINE = 1024 * 1024;

/** A line as it is sent. */
export function encodeLine(value: ControlRequest | ControlReply): string {
  return `${JSON.stringify(value)}\n`;
}

/** Takes lines out of what arrives piece by piece. */
export class LineReader {
  readonly #maxBytes: number;
  #rest: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that are complete by now, without their ends. Throws CONTROL for one that is too long. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let at = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
      this.#keep(chunk.subarray(at, end));
      lines.push(Buffer.concat(this.#rest).toString('utf8'));
      this.#rest = [];
      this.#bytes = 0;
      at = end + 1;
    }
    if (at < chunk.length) this.#keep(chunk.subarray(at));
    return lines;
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) {
      throw new HostError('CONTROL', `a line is longer than ${String(this.#maxBytes)} bytes`);
    }
    this.#rest.push(piece);
  }
}

/** A request from its line. Throws CONTROL. */
export function decodeRequest(line: string): ControlRequest {
  const value = parse(line);
  if (isRecord(value) && typeof value['action'] === 'string') {
    const { action, args = {} } = value;
    if (isRecord(args) && Object.values(args).every((each) => typeof each === 'string')) {
      return { action, args: args as Readonly<Record<string, string>> };
    }
  }
  throw new HostError('CONTROL', 'a request is {"action": NAME, "args": {NAME: TEXT}} on one line');
}

/** A reply from its line. Throws CONTROL. */
export function decodeReply(line: string): ControlReply {
  const value = parse(line);
  // Its only sender is ControlSocket, of this version or another: what is unknown is left alone by the reader.
  if (isRecord(value)) return value as unknown as ControlReply;
  throw new HostError('CONTROL', 'the server has answered something that is no JSON object');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw new HostError('CONTROL', 'a line is no JSON', { cause: error });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
