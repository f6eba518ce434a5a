import type { Configuration, VirtualHost } from '../config/configuration.js';
import type { Problem } from '../config/place.js';
import { isWildcard } from './host-set.js';
import { HOST } from './host-settings.js';
import { HostTable, type Chain, type Resolver } from './hosts.js';
import { CORE } from './settings.js';

/** What `httpd -S` shows of virtual hosts, line by line. Names that stand for addresses are resolved. */
export async function describeHosts(
  configuration: Configuration,
  resolver?: Resolver,
): Promise<readonly string[]> {
  const table = new HostTable(configuration);
  await table.resolve(resolver);
  const { exact, wild } = table.chains;
  // httpd shows addresses in the order of its hash table.
  const sorted = exact.toSorted((a, b) => bucketOf(a.address) - bucketOf(b.address));
  const lines = [...sorted, ...wild].flatMap(describeChain);
  return ['VirtualHost configuration:', ...lines];
}

/** Names in `<VirtualHost>` that cannot be resolved, and addresses without a name that would need one. */
export function hostProblems(configuration: Configuration): Promise<readonly Problem[]> {
  return new HostTable(configuration).resolve();
}

function describeChain({ address, port, hosts }: Chain): string[] {
  const shown = `${address.includes(':') ? `[${address}]` : address}:${portText(port)}`.padEnd(22);
  const [first] = hosts;
  if (first === undefined) return [];
  if (hosts.length === 1) return [`${shown} ${first.identity.name} (${placeOf(first.host)})`];
  return [
    `${shown} is a NameVirtualHost`,
    `${' '.repeat(8)} default server ${first.identity.name} (${placeOf(first.host)})`,
    ...hosts.flatMap(({ host, identity }) => {
      const aliases = host.own.made(HOST).serverAliases ?? [];
      return [
        `${' '.repeat(8)} port ${portText(port)} namevhost ${identity.name} (${placeOf(host)})`,
        ...aliases.filter((alias) => !isWildcard(alias)).map((alias) => `${' '.repeat(16)} alias ${alias}`),
        ...aliases.filter(isWildcard).map((alias) => `${' '.repeat(16)} wild alias ${alias}`),
      ];
    }),
  ];
}

function portText(port: number): string {
  return port === 0 ? '*' : String(port);
}

function placeOf({ place }: VirtualHost): string {
  return place === undefined ? '' : `${place.file}:${place.line}`;
}

/** httpd's hash of an address: its last four bytes, one over the other. */
function bucketOf(address: string): number {
  return lastBytes(address).reduce((hash, byte) => hash ^ byte, 0);
}

function lastBytes(address: string): number[] {
  const numbers = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (numbers !== null) return numbers.slice(1).map(Number);
  const [plain = ''] = address.split('%');
  const [, tail = ''] = /::(.*)$/.exec(plain) ?? [];
  // Zeros that `::` stands for may be among the last two groups.
  const groups = (plain.includes('::') ? ['0', '0', ...tail.split(':')] : plain.split(':')).slice(-2);
  return groups.flatMap((group) => {
    const value = parseInt(group, 16) || 0;
    return [value >> 8, value & 255];
  });
}

/**
 * What is odd about the hosts of a configuration, and harmless: hosts that no Listen leads to, and hosts that others
 * stand before under all of their names.
 */
export function checkHosts(configuration: Configuration): Problem[] {
  const { listen } = configuration.main.settings.get(CORE);
  const ports = new Set(listen.map(({ port }) => port));
  const problems: Problem[] = [];
  const table = new HostTable(configuration);
  const usual = configuration.main.settings.get(CORE).serverNamePort ?? 0;
  for (const { addresses } of configuration.hosts) {
    for (const { name, port = usual, place } of addresses) {
      // An IPv6 address without brackets has no port, and another problem.
      if (name.endsWith(':') || port === 0 || ports.has(port) || ports.has(0) || ports.size === 0) continue;
      const message = `no Listen names port ${port}, so that nothing comes to this address; add Listen ${port}`;
      problems.push({ severity: 'warning', message, place });
    }
  }
  const { exact, wild } = table.chains;
  for (const { hosts } of [...exact, ...wild]) problems.push(...hiddenHosts(hosts));
  return problems;
}

/** Hosts whose ServerName others of the same address have before them. */
function hiddenHosts(hosts: Chain['hosts']): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, VirtualHost>();
  for (const { host, identity } of hosts) {
    const name = identity.name.toLowerCase();
    const before = seen.get(name);
    if (before === undefined) seen.set(name, host);
    else if (before !== host && host.place !== undefined) {
      const message = `${identity.name} leads to the host before it, in ${placeOf(before)}; give this one a ServerName of its own`;
      const hasAliases = (host.own.made(HOST).serverAliases ?? []).length > 0;
      if (!hasAliases) problems.push({ severity: 'warning', message, place: host.place });
    }
  }
  return problems;
}
