import type { Configuration } from '../config/configuration.js';
import type { IpSubnet } from '../config/ip-subnet.js';
import { Slot } from '../config/settings.js';
import type { HostTable } from './hosts.js';

/** A proxy whose word about its clients counts. */
export interface TrustedProxy {
  /** a network, or a name that is resolved when the server starts */
  readonly subnet: { has(address: string): boolean };
  /** it may name addresses of the inner network as well, and is not noted itself */
  readonly isInternal: boolean;
}

/** What mod_remoteip's directives say of a server or a virtual host. */
export interface RemoteIpSettings {
  readonly header: string | undefined;
  readonly proxiesHeader: string | undefined;
  /** undefined: every proxy is believed about addresses of the Internet */
  readonly proxies: readonly TrustedProxy[] | undefined;
  /** connections to the addresses of the host begin with the PROXY protocol */
  readonly proxyProtocol: boolean | undefined;
  /** clients that speak without it nevertheless: to the addresses of the host, those of the main server to all */
  readonly exceptions: readonly IpSubnet[];
}

export const REMOTE_IP = new Slot<RemoteIpSettings>('remoteip', {
  header: undefined,
  proxiesHeader: undefined,
  proxies: undefined,
  proxyProtocol: undefined,
  exceptions: [],
});

/** Configurations by whether any host wants the PROXY protocol. */
const users = new WeakMap<Configuration, boolean>();

/** Whether any host wants the PROXY protocol. */
export function usesProxyProtocol(configuration: Configuration): boolean {
  let uses = users.get(configuration);
  if (uses === undefined) {
    uses = configuration.hosts.some(({ own }) => own.made(REMOTE_IP).proxyProtocol === true);
    users.set(configuration, uses);
  }
  return uses;
}

/** Both ends of a connection. */
export interface Ends {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
}

/** Whether a connection has to begin with the PROXY protocol. */
export function wantsProxyProtocol({ main }: Configuration, hosts: HostTable, ends: Ends): boolean {
  const { proxyProtocol, exceptions = [] } = main.own.made(REMOTE_IP);
  const isException = (subnet: IpSubnet): boolean => subnet.has(ends.remoteAddress);
  if (exceptions.some(isException)) return false;
  let isOn = proxyProtocol === true;
  let isOff = proxyProtocol === false;
  const { exact, wild } = hosts.chains;
  for (const { address, port, hosts: named } of [...exact, ...wild]) {
    if (port !== 0 && port !== ends.localPort) continue;
    if (address !== '*' && address !== ends.localAddress) continue;
    for (const { host } of named) {
      const own = host.own.made(REMOTE_IP);
      if (own.proxyProtocol === true) isOn = true;
      if (own.proxyProtocol === false || own.exceptions?.some(isException) === true) isOff = true;
    }
  }
  return isOn && !isOff;
}
