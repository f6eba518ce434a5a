import { once } from 'node:events';
import http2 from 'node:http2';
import tls from 'node:tls';
import type { Test } from 'tap';
import { parseResponse, type Response } from '../http/harness.js';

/** How a client of a test shakes hands. */
export interface HandshakeOptions extends tls.ConnectionOptions {
  /** the name that it asks for; none without */
  readonly name?: string;
  readonly allowHalfOpen?: boolean;
}

/** A client's connection with TLS after its handshake; it is broken off when the test ends. */
export async function handshake(
  t: Test,
  port: number,
  options: HandshakeOptions = {},
): Promise<tls.TLSSocket> {
  const { name, ...rest } = options;
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    servername: name ?? '',
    rejectUnauthorized: false,
    ...rest,
  });
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** The common name of the certificate that a server has shown. */
export function serverName(socket: tls.TLSSocket): string | string[] | undefined {
  return socket.getPeerCertificate().subject.CN;
}

/** Sends bytes and gives all that comes until the connection is closed, however it is. */
export async function send(socket: tls.TLSSocket, bytes: string): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write(bytes, 'latin1');
  await closed.catch(() => undefined);
  return text;
}

/**
 * GET over TLS, on a connection of its own; `asked` is its Host. The status is 0 when the server
 * closes the connection without a response.
 */
export async function secureGet(
  t: Test,
  port: number,
  target: string,
  options: HandshakeOptions & { readonly asked?: string; readonly headers?: readonly string[] } = {},
): Promise<Response> {
  const { asked, headers = [], ...rest } = options;
  let socket: tls.TLSSocket;
  try {
    socket = await handshake(t, port, rest);
  } catch {
    // Whether a server that does not like its client lets the handshake end before it says so is a matter of time.
    return parseResponse('');
  }
  const lines = [
    `GET ${target} HTTP/1.1`,
    `Host: ${asked ?? rest.name ?? 'site.test'}`,
    'Connection: close',
    ...headers,
  ];
  return parseResponse(await send(socket, `${lines.join('\r\n')}\r\n\r\n`));
}

/** A response of HTTP/2. */
export interface StreamReply {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: string;
  /** the code that the stream was reset with, 0 for none */
  readonly reset: number;
}

/** A session of HTTP/2; it is broken off when the test ends. */
export async function openSession(
  t: Test,
  url: string,
  options: http2.SecureClientSessionOptions = {},
): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(url, { rejectUnauthorized: false, ...options });
  session.on('error', () => undefined);
  t.teardown(() => session.destroy());
  await once(session, 'connect');
  return session;
}

/** One request on a session. */
export function ask(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<StreamReply> {
  const stream = session.request(
    { ':authority': 'site.test', ...headers },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(body);
  return replyOf(stream);
}

/** The response on a stream that was begun. */
export function replyOf(stream: http2.ClientHttp2Stream): Promise<StreamReply> {
  return new Promise((resolve) => {
    let received: http2.IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (headers) => (received = headers));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      resolve({
        status: Number((received as Record<string, unknown>)[':status'] ?? 0),
        headers: received,
        body: Buffer.concat(chunks).toString('latin1'),
        reset: stream.rstCode,
      });
    });
  });
}
