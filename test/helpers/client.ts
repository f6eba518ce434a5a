import http from 'node:http';
import net from 'node:net';
import type { Test } from 'tap';

/** What to ask for besides the target. */
export interface RequestOptions {
  /** GET, or POST with a body */
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** A response, as far as it came. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: http.IncomingHttpHeaders;
  /** one character per byte */
  readonly body: string;
  /** false when the connection was cut before the response's end */
  readonly complete: boolean;
}

/** A connection that a test writes bytes to. */
export interface Wire {
  send(bytes: string | Buffer): void;
  /** Waits until what has come matches, or the connection is closed; resolves to all that has come, byte by byte. */
  until(pattern: RegExp): Promise<string>;
  /** Waits until the server has closed the connection; resolves to all that came. */
  closed(): Promise<string>;
  /** Closes the sending side. */
  end(): void;
  /** Breaks the connection off. */
  reset(): void;
}

/** Sends one request on a connection of its own. Rejects when no status came. */
export function request(port: number, target: string, options: RequestOptions = {}): Promise<Reply> {
  const { body, method = body === undefined ? 'GET' : 'POST' } = options;
  return new Promise((resolve, reject) => {
    const sent = http.request(
      {
        host: '127.0.0.1',
        port,
        path: target,
        method,
        agent: false,
        headers: {
          Host: 'site.test',
          ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
          ...options.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        const done = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: response.headers,
            body: Buffer.concat(chunks).toString('latin1'),
            complete: response.complete,
          });
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', done).on('error', done).on('close', done);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Connects to a server. The connection is broken off when the test ends. */
export function connect(t: Test, port: number): Promise<Wire> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let isClosed = false;
  const waiting = new Set<() => void>();
  const look = (): void => waiting.forEach((check) => check());
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    look();
  });
  // What cuts a connection is seen in what has come until then.
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  socket.on('close', () => {
    isClosed = true;
    look();
  });
  t.teardown(() => socket.destroy());
  const when = (condition: () => boolean): Promise<string> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!condition() && !isClosed) return;
        waiting.delete(check);
        resolve(text);
      };
      waiting.add(check);
      check();
    });
  const wire: Wire = {
    send: (bytes) => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    until: (pattern) => when(() => pattern.test(text)),
    closed: () => when(() => false),
    end: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
  };
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(wire)).once('error', reject);
  });
}

/** The lines `key=value` that the extensions for tests report. */
export function report({ body }: { readonly body: string }): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of body.split('\n')) {
    const at = line.indexOf('=');
    if (at <= 0) continue;
    values[line.slice(0, at)] = line
      .slice(at + 1)
      .replace(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  }
  return values;
}
