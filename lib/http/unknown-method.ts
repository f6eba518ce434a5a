import { METHODS, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { isToken } from './header-syntax.js';
import type { ClientError } from './malformed.js';

/**
 * Methods that Node's parser does not know. Every method reaches an extension by its name, but the parser has a fixed
 * list of them and refuses the rest before it looks at anything else. Such a request is given to the parser a second
 * time with a known method in the place of its own, over a stream that stands for the socket; the response closes
 * the connection, so that the stand-in serves one request only.
 */

/** What the parser sees: a method of the list without rules of its own. */
const STAND_IN = 'PURGE';

/**
 * Methods of RTSP (RFC 2326), which the parser knows too: it reads on for as long as a method begins like one of them,
 * and refuses them only when HTTP's version follows.
 */
const RTSP_METHODS: readonly string[] = [
  ...['ANNOUNCE', 'DESCRIBE', 'FLUSH', 'GET_PARAMETER', 'PAUSE', 'PLAY', 'RECORD', 'REDIRECT', 'SETUP'],
  ...['SET_PARAMETER', 'TEARDOWN'],
];

const PARSED_METHODS = [...METHODS, ...RTSP_METHODS];

/** No method is longer; without an end the parser would be given any number of bytes again. */
const MAX_METHOD = 64;

const SPACE = 0x20;

/** The real methods of requests on streams that stand for a socket. */
const realMethods = new WeakMap<Duplex, string>();

/** The method that a request on this connection was sent with, when the parser was shown another. */
export function realMethod(stream: Duplex): string | undefined {
  return realMethods.get(stream);
}

/** Where the request begins in the packet that the parser refused, and its method; undefined when that is unclear. */
export function findUnknownMethod(error: ClientError): { start: number; method: string } | undefined {
  const { rawPacket: packet, bytesParsed } = error;
  if (packet === undefined || bytesParsed === undefined) return undefined;
  if (error.code === 'HPE_INVALID_CONSTANT') return findRtspMethod(packet, bytesParsed);
  if (error.code !== 'HPE_INVALID_METHOD') return undefined;
  // The parser got as far as a known method begins alike: no further back than that does the request begin.
  const starts: number[] = [];
  for (let start = bytesParsed; start >= 0 && start > bytesParsed - MAX_METHOD; start--) {
    const begun = packet.toString('latin1', start, bytesParsed);
    if (PARSED_METHODS.some((method) => method.startsWith(begun))) starts.push(start);
    if (packet[start - 1] === 0x0a) break;
  }
  const start = starts.at(-1);
  // In the midst of a packet a request is preceded by the line end of another; the end of a body tells nothing.
  if (start === undefined || (start > 0 && packet[start - 1] !== 0x0a)) return undefined;
  const end = packet.indexOf(SPACE, start);
  if (end < 0 || end - start > MAX_METHOD) return undefined;
  const method = packet.toString('latin1', start, end);
  return isToken(method) ? { start, method } : undefined;
}

/** The parser stopped in the request line: it is a method of RTSP that it minds when the line begins with one. */
function findRtspMethod(packet: Buffer, bytesParsed: number): { start: number; method: string } | undefined {
  const start = packet.lastIndexOf(0x0a, bytesParsed - 1) + 1;
  const method = packet.toString('latin1', start, packet.indexOf(SPACE, start));
  return RTSP_METHODS.includes(method) ? { start, method } : undefined;
}

/**
 * Takes a socket away from Node's HTTP server and gives the server a stream in its place, on which the refused
 * packet arrives again from `start`, its method replaced.
 * @returns the stream
 */
export function replay(
  server: Server,
  socket: Socket,
  packet: Buffer,
  found: { start: number; method: string },
  prepare: (stream: Socket) => void,
): void {
  release(socket);
  const rest = packet.subarray(found.start + found.method.length);
  const stream = new StandIn(socket, Buffer.concat([Buffer.from(STAND_IN, 'latin1'), rest]));
  realMethods.set(stream, found.method);
  // The HTTP server uses of a socket only what StandIn has.
  const standIn = stream as unknown as Socket;
  prepare(standIn);
  server.emit('connection', standIn);
}

/** Makes Node's HTTP server let go of a socket, as if it had closed: this frees its parser. */
function release(socket: Socket): void {
  for (const listener of socket.listeners('close')) listener.call(socket, false);
  for (const event of ['close', 'data', 'end', 'drain', 'timeout', 'error', 'pause', 'resume'] as const) {
    socket.removeAllListeners(event);
  }
  socket.setTimeout(0);
}

/** A stream that stands for a socket. */
class StandIn extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket, first: Buffer) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.push(first);
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error: Error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    socket.on('timeout', () => this.emit('timeout'));
    if (socket.readableEnded) this.push(null);
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  setTimeout(time: number): this {
    this.#socket.setTimeout(time);
    return this;
  }

  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.end(() => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
