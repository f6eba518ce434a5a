import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type net from 'node:net';
import os from 'node:os';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { HelperOptions, HelperReply, HelperRequest, Person } from './protocol.js';

const HELPER = fileURLToPath(new URL('helper.js', import.meta.url));

/** How long the helper may take for an answer. Milliseconds. */
const ANSWER_TIME = 30_000;

/** Bytes of log lines on their way to the helper at most. */
const MAX_APPENDING = 16 * 1024 * 1024;

/** What is started by another process; like a ChildProcess, as far as it is needed. */
export interface RemoteChild {
  readonly pid: number | undefined;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  kill(signal: NodeJS.Signals): void;
  once(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'exit', listener: (status: number | null, signal: NodeJS.Signals | null) => void): unknown;
}

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Answer {
  readonly text: string | undefined;
  readonly handle: net.Server | undefined;
}

/** A request that waits for its answer. */
interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** The rights of root that the server has given up, as far as a helper process has kept them for it. */
export class Rights {
  readonly people: readonly Person[];
  readonly #helper: ChildProcess;
  readonly #server: Person;
  readonly #waiting = new Map<number, Waiting>();
  readonly #children = new Map<number, Child>();
  #lastId = 0;
  #appending = 0;

  /** Starts the helper, which has to happen while this process still has the rights. */
  constructor(options: Omit<HelperOptions, 'folder'>, onLost: () => void) {
    this.people = options.people;
    this.#server = options.server;
    const given: HelperOptions = { ...options, folder: os.tmpdir() };
    this.#helper = fork(HELPER, [JSON.stringify(given)], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
      execArgv: [],
    });
    this.#helper.on('message', (message, handle) => {
      // What the helper says is what its source says.
      this.#receive(message as HelperReply, handle as net.Server | undefined);
    });
    this.#helper.on('error', () => undefined);
    this.#helper.once('exit', () => {
      this.#lost();
      onLost();
    });
    this.#helper.unref();
    this.#helper.channel?.unref();
  }

  /** Whether worker processes can be started as somebody. */
  allows({ uid, gid }: Person): boolean {
    return this.people.some((each) => each.uid === uid && each.gid === gid);
  }

  /** The group that files for others keep, so that the server still has them. */
  get serverGroup(): number {
    return this.#server.gid;
  }

  /** Hands a folder of pipes, or a file in one, over to somebody. */
  async give(path: string, { uid, gid }: Person): Promise<void> {
    await this.#ask((id) => ({ kind: 'give', id, person: { uid, gid }, path }));
  }

  /** Starts a process as somebody. */
  spawn({ uid, gid }: Person, { command, args, env }: SpawnOptions): RemoteChild {
    const id = ++this.#lastId;
    const child = new Child((signal) => this.#send({ kind: 'kill', id, signal }));
    this.#children.set(id, child);
    this.#hold();
    this.#send({ kind: 'spawn', id, person: { uid, gid }, command, args, env });
    return child;
  }

  /** Opens a port. The handle is for `listen` of a server. */
  async listen(host: string | undefined, port: number, backlog: number | undefined): Promise<net.Server> {
    const { handle } = await this.#ask((id) => ({ kind: 'listen', id, host, port, backlog }));
    if (handle === undefined) throw new Error('the port was closed again');
    return handle;
  }

  /** Opens a log, or opens it anew, for `append`. */
  async openLog(path: string): Promise<void> {
    await this.#ask((id) => ({ kind: 'reopen', id, path }));
  }

  /** Appends to a log that was opened; false when too much waits already. */
  append(path: string, text: string): boolean {
    if (this.#appending + text.length > MAX_APPENDING || !this.#helper.connected) return false;
    this.#appending += text.length;
    this.#send({ kind: 'append', path, text }, () => (this.#appending -= text.length));
    return true;
  }

  /** Reads a file that was named at the start: a byte string. */
  async read(path: string): Promise<string> {
    const { text } = await this.#ask((id) => ({ kind: 'read', id, path }));
    return text ?? '';
  }

  /** Removes a file that was named at the start. */
  async remove(path: string): Promise<void> {
    await this.#ask((id) => ({ kind: 'remove', id, path }));
  }

  /** Ends the helper. */
  close(): void {
    this.#helper.removeAllListeners('exit');
    if (this.#helper.connected) this.#helper.disconnect();
  }

  #ask(make: (id: number) => HelperRequest): Promise<Answer> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        this.#hold();
        reject(new Error(`the helper process has not answered within ${ANSWER_TIME / 1000} s`));
      }, ANSWER_TIME);
      this.#waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#hold();
      this.#send(make(id));
    });
  }

  /** The channel keeps this process alive as long as something is expected from it. */
  #hold(): void {
    const { channel } = this.#helper;
    if (this.#children.size + this.#waiting.size > 0) channel?.ref();
    else channel?.unref();
  }

  #send(request: HelperRequest, sent?: () => void): void {
    if (this.#helper.connected) this.#helper.send(request, () => sent?.());
    else if ('id' in request) setImmediate(() => this.#fail(request.id, 'the helper process has ended'));
  }

  #receive(reply: HelperReply, handle: net.Server | undefined): void {
    const child = this.#children.get(reply.id);
    switch (reply.kind) {
      case 'answer': {
        if (reply.problem !== undefined) {
          this.#fail(reply.id, reply.problem);
          break;
        }
        this.#waiting.get(reply.id)?.resolve({ text: reply.text, handle });
        this.#waiting.delete(reply.id);
        break;
      }
      case 'started':
        child?.started(reply.pid);
        break;
      case 'output':
        child?.[reply.stream].write(reply.text);
        break;
      case 'ended':
        this.#children.delete(reply.id);
        child?.ended(reply.status, reply.signal);
        break;
    }
    this.#hold();
  }

  #fail(id: number, problem: string): void {
    this.#waiting.get(id)?.reject(new Error(problem));
    this.#waiting.delete(id);
    const child = this.#children.get(id);
    this.#children.delete(id);
    child?.failed(problem);
    this.#hold();
  }

  /** Without the helper nobody can be started, and what was started cannot be ended. */
  #lost(): void {
    for (const id of [...this.#waiting.keys(), ...this.#children.keys()]) {
      this.#fail(id, 'the helper process has ended');
    }
  }
}

/** A process that the helper has started. */
class Child extends EventEmitter implements RemoteChild {
  pid: number | undefined;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly #kill: (signal: NodeJS.Signals) => void;
  /** what it is to be ended with as soon as it is there */
  #signal: NodeJS.Signals | undefined;

  constructor(kill: (signal: NodeJS.Signals) => void) {
    super();
    this.#kill = kill;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.pid === undefined) this.#signal = signal;
    else this.#kill(signal);
  }

  started(pid: number): void {
    this.pid = pid;
    if (this.#signal !== undefined) this.#kill(this.#signal);
  }

  ended(status: number | null, signal: NodeJS.Signals | null): void {
    this.stdout.end();
    this.stderr.end();
    this.emit('exit', status, signal);
  }

  failed(problem: string): void {
    if (this.pid !== undefined) this.ended(null, 'SIGKILL');
    else {
      this.stdout.end();
      this.stderr.end();
      this.emit('error', new Error(problem));
    }
  }
}

/** Those of this process; undefined as long as it has not given any up. */
let current: Rights | undefined;

/** What is left of the rights that this process was started with, if it has given them up. */
export function keptRights(): Rights | undefined {
  return current;
}

/** From now on these are the rights that are left. */
export function keepRights(rights: Rights | undefined): void {
  current = rights;
}
