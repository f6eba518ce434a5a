/** Header fields in order; a name may come several times. Values are byte strings. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/**
 * Where a response goes. Framing is decided here: Content-Length as given by the headers or by a body that is
 * known at the head, else chunked, else until the connection closes.
 */
export interface Output {
  /** true once `head` was called: from then on the status on the wire is settled */
  readonly headSent: boolean;
  /** the status that was sent or will be logged */
  status: number;
  /** bytes of body sent, as `%B` counts them */
  readonly bytesSent: number;
  /** names and values of the headers that were given to the client, alternating, for logs */
  readonly sentHeaders?: readonly string[];
  /** the head as it was written to a connection of HTTP/1.1, for traces */
  readonly writtenHead?: string | undefined;
  /** the response was cut: the client has not got all of it */
  readonly isCut?: boolean;
  /** the client's connection is gone or cannot be written to */
  readonly lost: boolean;
  /** whether the connection will be kept after this response, as negotiated */
  readonly keepAlive: boolean;
  /**
   * Sends the head, together with the first bytes of the body when they follow at once. Content-Length in `headers` is kept: more body than that is dropped, less cuts the connection.
   * `reason` undefined means the standard one. `length` announces the body's length when the headers do not.
   * Date, Server, Transfer-Encoding and Keep-Alive are the server's own: those in `headers` are dropped, and so is a
   * Content-Length that is not a number. `Connection: close` is honoured. Throws RESPONSE_INVALID, with nothing sent,
   * for a status below 200 or above 999 and for characters that would break the head.
   */
  head(status: number, reason: string | undefined, headers: HeaderList, length?: number): void;
  /**
   * Sends body bytes; false when the caller should wait for `drained` before it sends more. `released` is called once
   * nobody needs the bytes any more; where that cannot be told, it is not.
   */
  write(chunk: Uint8Array, released?: () => void): boolean;
  /** Resolves when more may be written, or when the connection is lost. */
  drained(): Promise<void>;
  /** Ends the response. Too little body for its Content-Length: the connection is cut. */
  end(chunk?: Uint8Array, released?: () => void): void;
  /** Cuts the connection: the client must not take what it has for the whole. */
  abort(): void;
  /** Runs once, when the connection is lost before the response has ended. */
  onLost(callback: () => void): void;
  /** Close the connection after this response. */
  closeAfter(): void;
  /** Before the head: no chunks, for a client that may not know them; the connection's end is that of the response. */
  downgrade?(): void;
}
