import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadConfiguration, type Configuration } from '../../lib/config/configuration.js';
import { formatProblem } from '../../lib/config/problems.js';
import type { Handler, Module } from '../../lib/http/module.js';
import { openErrorLog, type ServerLog } from '../../lib/http/log.js';
import { startServer, type RunningServer } from '../../lib/http/server.js';
import { builtInModules } from '../../lib/modules/index.js';

export interface TestServer {
  readonly root: string;
  readonly port: number;
  readonly server: RunningServer;
  /** sends bytes, closes the sending side when `end`, and gives what came until the server closed the connection */
  send(text: string, end?: boolean): Promise<string>;
  /** GET with `Connection: close`; headers as lines */
  get(target: string, ...headers: string[]): Promise<Response>;
  /** stops the server and gives its error log, if `config` names no other */
  stop(): Promise<string>;
  readonly log: ServerLog;
}

export interface Response {
  readonly status: number;
  readonly reason: string;
  /** lower-case names */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Files and folders by name, as `testdir` takes them. */
export interface Folder {
  [name: string]: string | Buffer | Folder;
}

export interface TestSite {
  /** directives after `Listen`, `DocumentRoot www` and `ErrorLog`; `@ROOT@` is the folder */
  readonly config?: string;
  /** files below the root */
  readonly files?: Folder;
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly modules?: readonly Module[];
}

/** A module that provides handlers for a test. */
export function handlerModule(handlers: Readonly<Record<string, Handler>>): Module {
  return { name: 'test', directives: [], handlers };
}

/** Reads a configuration that must have no errors. */
export function configure(text: string, root: string, modules: readonly Module[]): Configuration {
  const { configuration, problems } = loadConfiguration({
    file: join(root, 'httpd.conf'),
    serverRoot: root,
    modules,
    environment: {},
    text,
  });
  if (configuration === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return configuration;
}

/** What is wrong with directives, as `line:column: severity: message`. */
export function problemsOf(text: string, root: string): string[] {
  const modules = builtInModules([]);
  const file = join(root, 'httpd.conf');
  const { problems } = loadConfiguration({ file, serverRoot: root, modules, environment: {}, text });
  return problems.map(({ place, severity, message }) => {
    return `${place?.line ?? 0}:${place?.column ?? 0}: ${severity}: ${message.replaceAll(root, '@ROOT@')}`;
  });
}

/** Starts a server for a test; it is stopped when the test ends. */
export async function serve(t: Test, site: TestSite = {}): Promise<TestServer> {
  const root = t.testdir({ www: {}, ...site.files });
  const modules = builtInModules([handlerModule(site.handlers ?? {}), ...(site.modules ?? [])]);
  const text = [
    'Listen 127.0.0.1:0',
    'ServerName site.test',
    'DocumentRoot www',
    'LogLevel info',
    (site.config ?? '').replaceAll('@ROOT@', root),
  ].join('\n');
  const configuration = configure(text, root, modules);
  const log = openErrorLog(configuration, join(root, 'error.log'));
  const server = await startServer({ configuration, modules, log, version: '1.2.3' });
  const port = Number(new URL(server.urls[0] ?? '').port);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= server.close().then(() => log.close());
    return closed;
  };
  const stop = async (): Promise<string> => {
    await close();
    const file = join(root, 'error.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  t.teardown(close);
  const send = (bytes: string, end = false): Promise<string> => exchange(port, bytes, end);
  return {
    root,
    port,
    server,
    log,
    send,
    stop,
    async get(target, ...headers) {
      const lines = [`GET ${target} HTTP/1.1`, 'Host: site.test', 'Connection: close', ...headers];
      return parseResponse(await send(`${lines.join('\r\n')}\r\n\r\n`));
    },
  };
}

/** Sends bytes over a connection of its own and gives all that comes until it is closed; `RESET` at the end for a reset. */
export function exchange(port: number, bytes: string, end = false): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      if (end) socket.end(bytes, 'latin1');
      else socket.write(bytes, 'latin1');
    });
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(received));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(`${received}RESET`);
      else reject(error);
    });
  });
}

/** Takes one response apart; chunks are joined, bytes that follow it are part of the body. */
export function parseResponse(text: string): Response {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const [, status = '', reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(statusLine) ?? [];
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name] ?? ''}\n${value}` : value;
  }
  const raw = text.slice(end + 4);
  const body = headers['transfer-encoding'] === 'chunked' ? joinChunks(raw) : raw;
  return { status: Number(status), reason, headers, body };
}

function joinChunks(raw: string): string {
  let body = '';
  let at = 0;
  for (;;) {
    const end = raw.indexOf('\r\n', at);
    const size = parseInt(raw.slice(at, end), 16);
    if (end < 0 || !(size > 0)) return body;
    body += raw.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

/** The responses on one connection, split where a status line begins. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) [^\r]*\r\n/g)].map(([, status]) => Number(status));
}
