import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { messageOf } from '../../errors.js';
import type { HelperOptions, HelperReply, HelperRequest, Person } from './protocol.js';

/**
 * The one process that keeps the rights of root when the server has given them up. It does a few things for the server
 * and for nobody else, and only with what it was told of before: it starts worker processes as the users of pools, opens
 * ports, and reads, writes and removes files that the configuration named at the start. It runs no extension and sees no
 * client.
 */
const options = JSON.parse(process.argv[2] ?? '') as HelperOptions;

/** The largest file that is read for the server, in bytes. */
const MAX_FILE = 64 * 1024 * 1024;

const children = new Map<number, ChildProcess>();
const logs = new Map<string, number>();

function say(reply: HelperReply, handle?: net.Server, sent?: () => void): void {
  if (process.connected) process.send?.(reply, handle, undefined, () => sent?.());
}

function allowed(person: Person): boolean {
  return options.people.some(({ uid, gid }) => uid === person.uid && gid === person.gid);
}

type Work = { [K in HelperRequest['kind']]: (request: Extract<HelperRequest, { kind: K }>) => void };

const WORK: Work = {
  give({ id, person, path: given }) {
    if (!allowed(person)) throw new Error('this user was not named at the start');
    give(given, person);
    say({ kind: 'answer', id });
  },
  spawn({ id, person, command, args, env }) {
    if (!allowed(person)) throw new Error('this user was not named at the start');
    const child = spawn(command, args, {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      uid: person.uid,
      gid: person.gid,
    });
    child.once('error', (error) => say({ kind: 'answer', id, problem: error.message }));
    if (child.pid === undefined) return;
    children.set(id, child);
    say({ kind: 'started', id, pid: child.pid });
    relay(id, 'stdout', child.stdout);
    relay(id, 'stderr', child.stderr);
    child.once('exit', (status, signal) => {
      children.delete(id);
      say({ kind: 'ended', id, status, signal });
    });
  },
  kill({ id, signal }) {
    children.get(id)?.kill(signal);
  },
  listen({ id, host, port, backlog }) {
    const server = net.createServer();
    server.once('error', (error) => say({ kind: 'answer', id, problem: error.message }));
    server.listen(
      { port, ...(host !== undefined && { host }), ...(backlog !== undefined && { backlog }) },
      () => {
        // The server has its own descriptor then.
        say({ kind: 'answer', id }, server, () => server.close());
      },
    );
  },
  append({ path: file, text }) {
    const log = logs.get(file);
    if (log !== undefined) fs.writeSync(log, text);
  },
  reopen({ id, path: file }) {
    if (!options.logs.includes(file)) throw new Error('this log was not named at the start');
    const opened = fs.openSync(file, 'a');
    const before = logs.get(file);
    if (before !== undefined) fs.closeSync(before);
    logs.set(file, opened);
    say({ kind: 'answer', id });
  },
  read({ id, path: file }) {
    if (!options.files.includes(file)) throw new Error('this file was not named at the start');
    if (fs.statSync(file).size > MAX_FILE) throw new Error('it is too large');
    say({ kind: 'answer', id, text: fs.readFileSync(file, 'latin1') });
  },
  remove({ id, path: file }) {
    if (!options.removable.includes(file)) throw new Error('this file was not named at the start');
    fs.unlinkSync(file);
    say({ kind: 'answer', id });
  },
};

/** Hands over a folder of pipes with what is in it, or one file. Links are never followed. */
function give(given: string, person: Person): void {
  const parts = path.relative(options.folder, given).split(path.sep);
  if (parts.length < 2 || parts.length > 3 || parts.some((part) => part === '..' || part === '')) {
    throw new Error(`${given} is no folder of pipes`);
  }
  // Step by step through descriptors, so that no name can be given another meaning in between.
  let folder = openFolder(options.folder);
  try {
    for (const part of parts.slice(0, -1)) {
      const next = openFolder(below(folder, part));
      fs.closeSync(folder);
      folder = next;
      if (fs.fstatSync(folder).uid !== options.server.uid && part === parts[0]) {
        throw new Error(`${given} is in a folder of somebody else`);
      }
    }
    handOver(below(folder, parts.at(-1) ?? ''), person);
  } finally {
    fs.closeSync(folder);
  }
}

function handOver(file: string, person: Person): void {
  const stats = fs.lstatSync(file);
  const isOwn = stats.uid === options.server.uid;
  if (stats.isDirectory() && isOwn) {
    const folder = openFolder(file);
    try {
      for (const name of fs.readdirSync(`/proc/self/fd/${folder}`)) handOver(below(folder, name), person);
      fs.fchownSync(folder, person.uid, options.server.gid);
    } finally {
      fs.closeSync(folder);
    }
  } else if (isOwn && (stats.isFIFO() || (stats.isFile() && stats.nlink === 1))) {
    fs.lchownSync(file, person.uid, options.server.gid);
  } else {
    throw new Error(`${path.basename(file)} is nothing that can be handed over`);
  }
}

function openFolder(name: string): number {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  return fs.openSync(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

function below(folder: number, name: string): string {
  return `/proc/self/fd/${folder}/${name}`;
}

/** What a worker process prints goes to the server, and no faster than the server takes it. */
function relay(id: number, stream: 'stdout' | 'stderr', from: Readable): void {
  from.setEncoding('utf8');
  from.on('data', (text: string) => {
    from.pause();
    say({ kind: 'output', id, stream, text }, undefined, () => from.resume());
  });
}

process.on('message', (message) => {
  // Only the server has the other end of the channel.
  const request = message as HelperRequest;
  try {
    (WORK[request.kind] as (request: HelperRequest) => void)(request);
  } catch (error) {
    if ('id' in request) say({ kind: 'answer', id: request.id, problem: messageOf(error) });
  }
});

// Worker processes see that the server is gone by their pipes.
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGWINCH'] as const) {
  process.on(signal, () => undefined);
}
