import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The request of a client as it comes from the parser of HTTP/1.1, or from a stream of HTTP/2. */
export interface RequestMessage {
  readonly method?: string | undefined;
  /** `1.1` */
  readonly httpVersion: string;
  /** 0 for what cannot be relied on to know HTTP/1.1 */
  readonly httpVersionMinor: number;
  /** names and values, alternating */
  readonly rawHeaders: readonly string[];
  /** the same for what came behind a body in chunks */
  readonly rawTrailers?: readonly string[];
  /** a body may follow whose length no header says */
  readonly isFramed?: boolean;
  /** all of the body has arrived */
  readonly complete: boolean;
  readonly destroyed: boolean;
  /** what it came on */
  readonly socket: Duplex;
  on(event: 'data', listener: (chunk: Buffer) => void): this;
  on(event: 'end' | 'close', listener: () => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  off(event: 'data', listener: (chunk: Buffer) => void): this;
  off(event: 'end' | 'close', listener: () => void): this;
  once(event: 'close', listener: () => void): this;
  pause(): unknown;
  resume(): unknown;
}

/** What the response to a request is written to. */
export interface ResponseStream {
  /** whether the connection may serve another request after it */
  shouldKeepAlive: boolean;
  /** whether a body of unknown length is sent in chunks; HTTP/2 does not ask */
  useChunkedEncodingByDefault?: boolean;
  readonly headersSent: boolean;
  readonly chunkedEncoding: boolean;
  readonly writableNeedDrain: boolean;
  readonly writableFinished: boolean;
  /** what Node has made of the head of a response in HTTP/1.1 */
  readonly _header?: string | null;
  /** null when the response is not the only thing on its connection: it is then cut by `destroy` */
  readonly socket: Socket | null;
  /** @param headers names and values, alternating */
  writeHead(status: number, reason: string, headers: string[]): unknown;
  flushHeaders(): void;
  writeContinue(): void;
  /** @param released called when the bytes were handed on, so that their memory may be used again */
  write(chunk: Uint8Array, released?: () => void): boolean;
  end(chunk?: Uint8Array, released?: () => void): unknown;
  end(chunk: string, encoding: 'latin1'): unknown;
  destroy(): unknown;
  once(event: 'drain' | 'finish', listener: () => void): unknown;
}
