import { lchownSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { HostError, messageOf } from '../../errors.js';
import { removeFile } from '../../pool/rights/remove-file.js';
import { ControlConnection, type Act } from './connection.js';
import { addressOf } from './path.js';

/** Clients at a time; further ones are told so. */
const MAX_CLIENTS = 32;

/** How long a server that may listen on a socket file has for taking a connection. Milliseconds. */
const PROBE_TIME = 2000;

/** Who a socket file is handed over to. */
export interface SocketOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The local socket on which the command line talks to this server. It belongs to the process and not to a
 * configuration: a reload leaves it as it is.
 */
export class ControlSocket {
  readonly path: string;
  readonly #server: Server;
  readonly #clients = new Set<ControlConnection>();

  private constructor(path: string, act: Act) {
    this.path = path;
    // Who has ended its side gets its answer all the same.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const client = new ControlConnection(
        socket,
        this.#clients.size < MAX_CLIENTS ? act : () => Promise.reject(tooMany()),
      );
      this.#clients.add(client);
      socket.once('close', () => this.#clients.delete(client));
    });
  }

  /**
   * Opens the socket, for its owner alone. A file that a server has left which is gone is replaced.
   * @param owner whose the file is to be, when that is another user
   * @throws HostError CONTROL when another server has it, or when it cannot be opened
   */
  static async open(path: string, act: Act, owner?: SocketOwner): Promise<ControlSocket> {
    const control = new ControlSocket(path, act);
    try {
      await clearAway(path);
      await control.#listen();
      if (owner !== undefined && isSocket(path)) lchownSync(path, owner.uid, owner.gid);
    } catch (error) {
      control.#server.close();
      if (error instanceof HostError) throw error;
      const advice = 'create its folder, or let ControlSocket name another file, or off';
      throw new HostError(
        'CONTROL',
        `the control socket ${path} cannot be opened: ${messageOf(error)}; ${advice}`,
        { cause: error },
      );
    }
    return control;
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.once('listening', () => {
        this.#server.on('error', () => undefined);
        resolve();
      });
      // From its first moment nobody else may connect: the file is made while this call runs.
      const mask = process.umask(0o177);
      try {
        this.#server.listen(addressOf(this.path));
      } finally {
        process.umask(mask);
      }
      this.#server.unref();
    });
  }

  /** Ends all connections, closes the socket and removes its file, as far as that is allowed. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    const own = inode(this.path);
    await new Promise((resolve) => this.#server.close(resolve));
    // Node has removed the file, unless it is in a folder of somebody else's.
    if (own !== undefined && inode(this.path) === own) await removeFile(this.path);
  }
}

/** What tells a file from a later one of the same name; undefined where there is none. */
function inode(path: string): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}

function tooMany(): HostError {
  return new HostError('CONTROL', `there are ${String(MAX_CLIENTS)} clients already; try again later`);
}

/** Removes the socket file of a server that is gone. Throws CONTROL when it is not one, or when that server is there. */
async function clearAway(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) {
    const advice = 'remove it, or let ControlSocket name another file';
    throw new HostError('CONTROL', `${path} is there and is no socket; ${advice}`);
  }
  if (await answers(path)) {
    const advice = 'stop it, or let ControlSocket (or PidFile, beside which it is) name another file';
    throw new HostError('CONTROL', `another server listens on the control socket ${path}; ${advice}`);
  }
  unlinkSync(path);
}

/** Whether a process listens on a socket file. Who does not answer in time is alive as well. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(addressOf(path));
    const end = (result: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(true), PROBE_TIME);
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}
