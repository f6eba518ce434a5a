import type { ServerHttp2Stream } from 'node:http2';
import type { RequestMessage } from '../message.js';

/** A request on a stream of HTTP/2, with the headers that it would have in HTTP/1.1. */
export class StreamMessage implements RequestMessage {
  readonly httpVersion = '2.0';
  /** it has everything that HTTP/1.1 has */
  readonly httpVersionMinor = 1;
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly socket: ServerHttp2Stream;
  readonly #whenEnded = new Set<() => void>();
  #ended = false;

  /** @param raw names and values as they came, alternating, with those that begin with a colon */
  constructor(stream: ServerHttp2Stream, raw: readonly string[]) {
    this.socket = stream;
    const head = readHead(raw);
    this.method = head.method;
    this.target = head.target;
    this.rawHeaders = head.headers;
    // Node ends a stream also when its client has reset it; then the body is not complete.
    stream.once('end', () => {
      if (stream.aborted || stream.destroyed || stream.rstCode) return;
      this.#ended = true;
      for (const listener of this.#whenEnded) listener();
    });
  }

  get isFramed(): boolean {
    return !this.socket.endAfterHeaders;
  }

  get complete(): boolean {
    return this.#ended || this.socket.endAfterHeaders;
  }

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  on(
    event: 'data' | 'end' | 'close' | 'error',
    listener: ((chunk: Buffer) => void) | ((error: Error) => void) | (() => void),
  ): this {
    if (event === 'end') this.#whenEnded.add(listener as () => void);
    else this.socket.on(event, listener as (value: unknown) => void);
    return this;
  }

  off(event: 'data' | 'end' | 'close', listener: ((chunk: Buffer) => void) | (() => void)): this {
    if (event === 'end') this.#whenEnded.delete(listener as () => void);
    else this.socket.off(event, listener as (value: unknown) => void);
    return this;
  }

  once(event: 'close', listener: () => void): this {
    this.socket.once(event, listener);
    return this;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }
}

/** Takes the head of a stream apart: `:authority` becomes Host, and pieces of a cookie one header (RFC 9113). */
function readHead(raw: readonly string[]): { method: string; target: string; headers: string[] } {
  let method = '';
  let target = '';
  let authority: string | undefined;
  let cookie = -1;
  const headers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    if (name.startsWith(':')) {
      if (name === ':method') method = value;
      else if (name === ':path') target = value;
      else if (name === ':authority') authority = value;
    } else if (name === 'cookie' && cookie >= 0) {
      headers[cookie] = `${headers[cookie] ?? ''}; ${value}`;
    } else if (name !== 'host' || authority === undefined) {
      if (name === 'cookie') cookie = headers.length + 1;
      headers.push(name, value);
    }
  }
  // It stands before all that is no pseudo-header, so that every Host was seen after it.
  if (authority !== undefined) headers.unshift('Host', authority);
  return { method, target, headers };
}
