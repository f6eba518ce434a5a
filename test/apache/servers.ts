import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ApacheCase } from './case-file.js';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));
const APACHE = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';

/** How long a server may take to start or to end. Milliseconds. */
const PATIENCE = 30_000;

/** The modules that isapi-host has and Debian does not link into the program. */
const LOADED = [
  'mpm_event access_compat authn_core authn_file authz_core authz_host authz_user authz_groupfile auth_basic alias dir env',
  'headers mime remoteip reqtimeout setenvif socache_shmcb speling ssl http2',
]
  .join(' ')
  .split(' ');

const PRELUDE = `Listen 127.0.0.1:@PORT@
ServerName site.test
DocumentRoot www
<Directory "@ROOT@">
    Require all granted
</Directory>
ErrorLog logs/error_log
LogLevel info
`;

/** The number of lines before those of a case, in both servers' files. */
const LINES_BEFORE = 40;

export function apacheIsThere(): boolean {
  return existsSync(APACHE) && existsSync(`${MODULES}/mod_mpm_event.so`);
}

/** What a configuration was refused with. */
export interface Refusal {
  /** counted from the case's own first line; 0 when no place is told */
  readonly line: number;
  readonly message: string;
}

/** One of the two servers, with a folder of its own. */
export interface Contestant {
  readonly name: string;
  readonly root: string;
  readonly ports: readonly number[];
  /** a text with the placeholders filled in */
  fill(text: string): string;
  /** a text with everything of its own turned back into placeholders */
  clear(text: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** how it refuses its configuration, or undefined when it does not */
  refusal(): Refusal | undefined;
}

type Command = (root: string) => readonly string[];

interface Kind {
  readonly name: 'apache' | 'isapi-host';
  before(root: string): string;
  readonly run: Command;
  readonly check: Command;
  refusal(output: string): Refusal;
}

const APACHE_KIND: Kind = {
  name: 'apache',
  before: (root) =>
    [
      ...LOADED.filter((name) => existsSync(`${MODULES}/mod_${name}.so`)).map(
        (name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`,
      ),
      'PidFile logs/apache.pid',
      `DefaultRuntimeDir ${root}/logs`,
      'TypesConfig /dev/null',
      ...(process.getuid?.() === 0 ? ['User nobody', 'Group nogroup'] : []),
    ].join('\n'),
  run: (root) => [APACHE, '-d', root, '-f', join(root, 'server.conf'), '-D', 'FOREGROUND'],
  check: (root) => [APACHE, '-d', root, '-f', join(root, 'server.conf'), '-t'],
  refusal(output) {
    const [, line = '0', message = ''] =
      /on line (\d+) of [^\n]*?\.(?:conf|inc):\s*([^\n]*)/.exec(output) ?? [];
    return { line: Number(line), message: message === '' ? output.trim() : message };
  },
};

const OUR_KIND: Kind = {
  name: 'isapi-host',
  // As root extensions run only where that is said.
  before: () => ['TypesConfig /dev/null', ...(process.getuid?.() === 0 ? ['User root'] : [])].join('\n'),
  run: (root) => [process.execPath, main, 'serve', '-d', root, '-f', join(root, 'server.conf')],
  check: (root) => [process.execPath, main, 'serve', '-d', root, '-f', join(root, 'server.conf'), '-t'],
  refusal(output) {
    const [, line = '0', message = ''] = /^(?:[^\n]*?:(\d+):\d+: )?error: ([^\n]*)/m.exec(output) ?? [];
    return { line: Number(line), message: message === '' ? output.trim() : message };
  },
};

/** Both servers for a case, with their folders made; neither is started. */
export async function contestants(folder: string, { config, sections }: ApacheCase): Promise<Contestant[]> {
  const made: Contestant[] = [];
  for (const kind of [APACHE_KIND, OUR_KIND]) {
    const own = sections.filter((section) => section.kind === kind.name).map(({ text }) => text);
    const contestant = await contestantOf(kind, join(folder, kind.name), [config, ...own].join('\n'));
    for (const { kind: what, words, text } of sections) {
      const path = join(contestant.root, words[0] ?? '');
      if (what === 'file') {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, contestant.fill(`${text}\n`));
        // Both servers tell the same Last-Modified.
        utimesSync(path, 1_700_000_000, 1_700_000_000);
      } else if (what === 'folder') mkdirSync(path, { recursive: true });
      else if (what === 'link') {
        mkdirSync(dirname(path), { recursive: true });
        symlinkSync(contestant.fill(words[1] ?? ''), path);
      } else if (what === 'shell') {
        execFileSync('sh', ['-ec', contestant.fill(text)], { cwd: contestant.root, stdio: 'pipe' });
      }
    }
    made.push(contestant);
  }
  return made;
}

async function contestantOf(kind: Kind, root: string, config: string): Promise<Contestant> {
  for (const name of ['www', 'logs']) mkdirSync(join(root, name), { recursive: true });
  const ports = await freePorts(3);
  const fill = (text: string): string =>
    text
      .replaceAll('@ROOT@', root)
      .replace(/@PORT(\d?)@/g, (_, index: string) => String(ports[Number(index || 1) - 1]));
  const clear = (text: string): string =>
    ports.reduce(
      (result, port, index) => result.replaceAll(String(port), `@PORT${index === 0 ? '' : index + 1}@`),
      text.replaceAll(root, '@ROOT@'),
    );
  const before = fill(`${kind.before(root)}\n${PRELUDE}`)
    .trimEnd()
    .split('\n');
  const padding = Array.from({ length: LINES_BEFORE - before.length }, () => '#');
  writeFileSync(join(root, 'server.conf'), [...before, ...padding, fill(config), ''].join('\n'));
  const [run = '', ...args] = kind.run(root);
  let child: ChildProcess | undefined;
  let output = '';
  return {
    name: kind.name,
    root,
    ports,
    fill,
    clear,
    async start() {
      const started = spawn(run, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
      child = started;
      for (const stream of [started.stdout, started.stderr]) {
        stream.on('data', (chunk) => (output += String(chunk)));
      }
      await isServing(ports[0] ?? 0, started, () => `${kind.name} did not start: ${output}${errorLog(root)}`);
    },
    async stop() {
      if (child?.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), PATIENCE);
      await ended;
      clearTimeout(timer);
    },
    refusal() {
      const [program = '', ...rest] = kind.check(root);
      const result = spawnSync(program, rest, { encoding: 'utf8', env: environment(), timeout: PATIENCE });
      if (result.status === 0) return undefined;
      const { line, message } = kind.refusal(result.stderr);
      return { line: Math.max(0, line - LINES_BEFORE), message: clear(message) };
    },
  };
}

/** Debian's apache2 reads nothing of its own configuration; no variable is to make a difference. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C', TZ: 'UTC' };
}

function errorLog(root: string): string {
  const file = join(root, 'logs', 'error_log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

async function isServing(port: number, child: ChildProcess, failure: () => string): Promise<void> {
  const until = performance.now() + PATIENCE;
  while (child.exitCode === null && performance.now() < until) {
    if (await connects(port)) return;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error(failure());
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Ports that nobody listens on: five digits, so that no other number of a text is taken for one. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
