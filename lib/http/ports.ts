import type { Server } from 'node:http';
import { HostError } from '../errors.js';
import { listen } from './listeners.js';
import type { ListenAddress } from './settings.js';

/** An address that is open. */
export interface Port {
  /** with the port that it really has */
  readonly address: ListenAddress;
  readonly server: Server;
  readonly url: string;
}

/** What a change of addresses has done so far: exactly one of the two has to be called. */
export interface PortChange {
  /** closes what is not wanted any more; connections that are open stay */
  commit(): void;
  /** closes what was opened, and opens again what had to make room for it */
  undo(): Promise<void>;
}

/** The addresses that the server accepts connections on. Those that stay through a change are never closed. */
export class Ports {
  readonly #create: (address: ListenAddress) => Server;
  #open = new Map<string, Port>();

  /** @param create makes the server for an address, which is then opened */
  constructor(create: (address: ListenAddress) => Server) {
    this.#create = create;
  }

  /** What is open, in the order of the Listen directives. */
  get all(): readonly Port[] {
    return [...this.#open.values()];
  }

  get servers(): Server[] {
    return [...this.#open.values()].map(({ server }) => server);
  }

  /**
   * Opens those of these addresses that are not open yet.
   * @param backlog connections that the system holds until they are accepted
   * @throws HostError LISTEN; then nothing has changed
   */
  async change(addresses: readonly ListenAddress[], backlog: number): Promise<PortChange> {
    const wanted = keysOf(addresses);
    const opened: Port[] = [];
    const madeRoom: Port[] = [];
    const next = new Map<string, Port>();
    const gone = [...this.#open].filter(([key]) => !wanted.has(key)).map(([, port]) => port);
    const undo = async (): Promise<void> => {
      for (const { server } of opened) server.close();
      const opening = madeRoom.map(({ server, address }) => listen(server, address, backlog));
      const failed = (await Promise.allSettled(opening)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    };
    try {
      for (const [key, address] of wanted) {
        const port = this.#open.get(key) ?? (await this.#openPort(address, backlog, gone, madeRoom));
        if (!this.#open.has(key)) opened.push(port);
        next.set(key, port);
      }
    } catch (error) {
      await undo().catch(() => undefined);
      throw error;
    }
    return {
      undo,
      commit: () => {
        this.#open = next;
        for (const port of gone) if (!madeRoom.includes(port)) port.server.close();
      },
    };
  }

  /** Closes all of them; connections that are open stay. */
  close(): void {
    for (const { server } of this.#open.values()) server.close();
    this.#open.clear();
  }

  /** Opens one address. One that goes may be in its way, as `*:80` is in that of `10.0.0.1:80`: it is closed then. */
  async #openPort(
    address: ListenAddress,
    backlog: number,
    gone: readonly Port[],
    madeRoom: Port[],
  ): Promise<Port> {
    try {
      return await this.#listen(address, backlog);
    } catch (error) {
      const inTheWay = gone.filter((port) => port.address.port === address.port && !madeRoom.includes(port));
      if (!isTaken(error) || address.port === 0 || inTheWay.length === 0) throw error;
      for (const port of inTheWay) port.server.close();
      madeRoom.push(...inTheWay);
      return this.#listen(address, backlog);
    }
  }

  async #listen(address: ListenAddress, backlog: number): Promise<Port> {
    const server = this.#create(address);
    const url = await listen(server, address, backlog);
    const bound = server.address();
    // A server that listens on a port has an address object.
    const port = bound === null || typeof bound === 'string' ? address.port : bound.port;
    return { address: { ...address, port }, server, url };
  }
}

/** Whether an address could not be had because it is in use, or because a helper with more rights was asked in vain. */
function isTaken(error: unknown): boolean {
  const code =
    error instanceof HostError ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
  return code === 'EADDRINUSE' || code === 'EACCES';
}

/** Addresses by what tells them apart: all that Listen says of them, and for any free port also which one it is. */
function keysOf(addresses: readonly ListenAddress[]): Map<string, ListenAddress> {
  const keys = new Map<string, ListenAddress>();
  for (const address of addresses) {
    const name = JSON.stringify(address);
    let key = name;
    for (let count = 2; keys.has(key); count++) key = `${name} ${count}`;
    keys.set(key, address);
  }
  return keys;
}
