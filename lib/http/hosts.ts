import { lookup, lookupService } from 'node:dns/promises';
import { isIP, isIPv4, SocketAddress } from 'node:net';
import { hostname } from 'node:os';
import type { Configuration, VirtualHost } from '../config/configuration.js';
import type { HostAddress } from '../config/host-address.js';
import type { Problem } from '../config/place.js';
import { HOST } from './host-settings.js';
import { HostSet, type HostIdentity, type NamedHost } from './host-set.js';
import { CORE } from './settings.js';

/** So many pairs of local address and port are remembered; more are made by clients of a whole network of addresses. */
const MAX_SETS = 1000;

/** So long all names of `<VirtualHost>` together may take to be resolved, in milliseconds. */
const RESOLUTION_TIME = 30_000;

/** What looks up names and addresses; the system's resolver, or a test's. */
export interface Resolver {
  addresses(name: string): Promise<readonly string[]>;
  name(address: string): Promise<string>;
}

/** An address and a port with the hosts that share them. */
export interface Chain {
  /** `*`, or an address */
  readonly address: string;
  /** 0: any */
  readonly port: number;
  /** in order of the files; a host that has the address twice is there twice */
  readonly hosts: readonly NamedHost[];
}

/** What of a connection decides over its hosts, and where they are kept. */
interface Placing {
  readonly localAddress: string;
  readonly localPort: number;
  hosts: { readonly table: HostTable; readonly set: HostSet } | undefined;
}

/** One address of a host, as it is looked for. */
interface Placed {
  readonly address: string;
  readonly port: number;
  readonly addressName: string;
}

/**
 * All hosts of a configuration by address, port and name. Which one a request is for is decided as Apache does:
 * addresses before `*`, the port before any port, then the name among the hosts of that address and port.
 */
export class HostTable {
  readonly #configuration: Configuration;
  /** of names in `<VirtualHost>`; without an entry it has not been resolved, or could not be */
  readonly #resolved = new Map<string, readonly string[]>();
  /** names of addresses, for hosts without ServerName */
  readonly #reverse = new Map<string, string>();
  readonly #identities = new Map<VirtualHost, HostIdentity>();
  readonly #sets = new Map<string, HostSet>();
  #exact: Chain[] = [];
  #wild: Chain[] = [];

  /** Hosts with names for addresses are left out until they are resolved. */
  constructor(configuration: Configuration) {
    this.#configuration = configuration;
    this.#build();
  }

  /**
   * Resolves the names that are given as addresses, and looks up names for hosts that have none.
   * @returns a warning for each that has no result; its host is never chosen by that address
   */
  async resolve(resolver: Resolver = SYSTEM_RESOLVER): Promise<readonly Problem[]> {
    const problems: Problem[] = [];
    const names = new Map<string, HostAddress>();
    for (const { addresses } of this.#configuration.hosts) {
      for (const address of addresses) if (!isLiteral(address.name)) names.set(address.name, address);
    }
    await Promise.all(
      [...names].map(async ([name, { place }]) => {
        const found = await within(resolver.addresses(name));
        if (found !== undefined) this.#resolved.set(name, found.map(canonicalAddress));
        else {
          const hint = isIP(name) === 0 && name.includes(':') ? '; put an IPv6 address into brackets' : '';
          const message = `Could not resolve host name ${name} -- ignoring!${hint}`;
          problems.push({ severity: 'warning', message, place });
        }
      }),
    );
    await Promise.all(
      this.#nameless().map(async ([address, host]) => {
        const name = await within(resolver.name(address));
        if (name !== undefined) this.#reverse.set(address, name);
        else {
          const message = `Failed to resolve server name for ${address} (check DNS) -- or specify an explicit ServerName`;
          problems.push({ severity: 'warning', message, ...(host.place && { place: host.place }) });
        }
      }),
    );
    this.#build();
    return problems;
  }

  /** The hosts for connections to an address and port of this machine. */
  at(localAddress: string, localPort: number): HostSet {
    const key = `${localAddress} ${localPort}`;
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = this.#find(canonicalAddress(localAddress), localPort);
      if (this.#sets.size >= MAX_SETS) this.#sets.clear();
      this.#sets.set(key, set);
    }
    return set;
  }

  /** The hosts for a connection, which keeps them for its next request. */
  of(connection: Placing): HostSet {
    if (connection.hosts?.table !== this) {
      connection.hosts = { table: this, set: this.at(connection.localAddress, connection.localPort) };
    }
    return connection.hosts.set;
  }

  /** The host for a name on an address and port; without a name, or with one that is nobody's, the first of them. */
  hostFor(localAddress: string, localPort: number, name: string | undefined): VirtualHost {
    const set = this.at(localAddress, localPort);
    return (name !== undefined && set.isNamed ? set.find(name.toLowerCase()) : undefined) ?? set.base;
  }

  /** What a host of the configuration is called. */
  identity(host: VirtualHost): HostIdentity {
    return this.#identities.get(host) ?? this.#identify(host, []);
  }

  /** The chains of addresses, then those of `*`, in Apache's order within each kind. */
  get chains(): { readonly exact: readonly Chain[]; readonly wild: readonly Chain[] } {
    return { exact: this.#exact, wild: this.#wild };
  }

  #find(address: string, port: number): HostSet {
    const chain = findChain(this.#exact, address, port) ?? findChain(this.#wild, '*', port);
    const first = chain?.hosts[0];
    if (chain !== undefined && first !== undefined) {
      return new HostSet(first.host, chain.hosts, chain.hosts.length > 1);
    }
    const { main } = this.#configuration;
    return new HostSet(main, [{ host: main, identity: this.identity(main), addressName: '' }], false);
  }

  #build(): void {
    const exact: Chain[] = [];
    const wild: Chain[] = [];
    this.#identities.clear();
    this.#sets.clear();
    // From the last to the first, each before those that are there, as Apache builds its lists.
    for (const host of this.#configuration.hosts.toReversed()) {
      const placed = this.#place(host);
      const identity = this.#identify(host, placed);
      this.#identities.set(host, identity);
      for (const [index, { address, port, addressName }] of placed.entries()) {
        const chains = address === '*' ? wild : exact;
        const named = { host, identity, addressName };
        const found = chains.findIndex((chain) => chain.address === address && chain.port === port);
        const chain = chains[found];
        const before = placed[index - 1];
        if (chain === undefined) chains.unshift({ address, port, hosts: [named] });
        else if (address !== '*' || before?.address !== '*' || before.port !== port) {
          chains[found] = { ...chain, hosts: [named, ...chain.hosts] };
        }
      }
    }
    this.#exact = exact;
    this.#wild = wild;
  }

  #place(host: VirtualHost): Placed[] {
    const usual = this.#configuration.main.settings.get(CORE).serverNamePort ?? 0;
    return host.addresses.flatMap(({ name, port = usual }) => {
      if (name === '*') return [{ address: '*', port, addressName: name }];
      const addresses = isLiteral(name) ? [canonicalAddress(name)] : (this.#resolved.get(name) ?? []);
      return addresses.map((address) => ({
        address: address === '::' || address === '0.0.0.0' ? '*' : address,
        port,
        addressName: name,
      }));
    });
  }

  #identify(host: VirtualHost, placed: readonly Placed[]): HostIdentity {
    const { serverName, serverNamePort } = host.own.made(CORE);
    const scheme = host.own.made(HOST).serverScheme === 'https' ? 'https' : 'http';
    if (serverName !== undefined) return { name: serverName, port: serverNamePort ?? 0, scheme };
    const { main } = this.#configuration;
    const mainName = main.settings.get(CORE).serverName ?? hostname();
    const mainPort = main.settings.get(CORE).serverNamePort ?? 0;
    const [first] = placed;
    const port = (first?.port ?? 0) || mainPort;
    if (host === main || placed.some(({ address }) => address === '*'))
      return { name: mainName, port, scheme };
    if (first === undefined) return { name: 'bogus_host_without_forward_dns', port, scheme };
    return { name: this.#reverse.get(first.address) ?? 'bogus_host_without_reverse_dns', port, scheme };
  }

  /** The first address of each host that has neither a name nor a `*`. */
  #nameless(): (readonly [address: string, host: VirtualHost])[] {
    return this.#configuration.hosts.flatMap((host) => {
      const placed = this.#place(host);
      const [first] = placed;
      const isNamed = host.own.made(CORE).serverName !== undefined;
      if (isNamed || first === undefined || placed.some(({ address }) => address === '*')) return [];
      return [[first.address, host] as const];
    });
  }
}

/** The chain for a port, else the one for any port. */
function findChain(chains: readonly Chain[], address: string, port: number): Chain | undefined {
  const same = chains.filter((chain) => chain.address === address);
  return same.find((chain) => chain.port === port) ?? same.find((chain) => chain.port === 0);
}

function isLiteral(name: string): boolean {
  return name === '*' || isIP(name) !== 0;
}

/** An address as the sockets of this machine show it; IPv4 within IPv6 as IPv4. */
export function canonicalAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const [plain = '', scope] = address.split('%');
  const text = new SocketAddress({ address: plain, family: 'ipv6' }).address;
  const mapped = text.startsWith('::ffff:') ? text.slice(7) : '';
  if (isIPv4(mapped)) return mapped;
  return scope === undefined ? text : `${text}%${scope}`;
}

const SYSTEM_RESOLVER: Resolver = {
  async addresses(name) {
    const found = await lookup(name, { all: true, order: 'verbatim' });
    return [...new Set(found.map(({ address }) => address))];
  },
  async name(address) {
    const { hostname: found } = await lookupService(address, 0);
    if (found === address) throw new Error('it has no name');
    return found;
  },
};

/** What a promise resolves to, unless it fails or takes too long. */
async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), RESOLUTION_TIME);
  });
  try {
    return await Promise.race([promise, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
