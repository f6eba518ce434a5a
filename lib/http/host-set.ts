import type { VirtualHost } from '../config/configuration.js';
import { HOST } from './host-settings.js';

/** The name and the port that a host goes by: Apache's server_hostname, port and server_scheme. */
export interface HostIdentity {
  readonly name: string;
  /** 0 when neither ServerName nor an address names one */
  readonly port: number;
  readonly scheme: 'http' | 'https';
}

/** A virtual host among those of an address, once for each of its own addresses that is the same. */
export interface NamedHost {
  readonly host: VirtualHost;
  readonly identity: HostIdentity;
  /** what its `<VirtualHost>` calls the address */
  readonly addressName: string;
}

/** So many names of clients are remembered: a client may send any, and few lead anywhere. */
const MAX_NAMES = 200;

/** The hosts that a connection may be for, which its address and port decide, to choose from by name. */
export class HostSet {
  /** the first of them in the files, or the main server: for what comes before a name is known, and for other names */
  readonly base: VirtualHost;
  /** whether names decide: it is so when there are several */
  readonly isNamed: boolean;
  readonly #hosts: readonly NamedHost[];
  readonly #found = new Map<string, VirtualHost | undefined>();

  /** @param hosts in order of the files; the first is the base */
  constructor(base: VirtualHost, hosts: readonly NamedHost[], isNamed: boolean) {
    this.base = base;
    this.#hosts = hosts;
    this.isNamed = isNamed;
  }

  /**
   * The host that a name is for: the first whose ServerName or ServerAlias it matches, else the first whose
   * `<VirtualHost>` has it as an address; undefined when it is none's.
   * @param name as parseAuthority gives it
   */
  find(name: string): VirtualHost | undefined {
    const known = this.#found.get(name);
    if (known !== undefined || this.#found.has(name)) return known;
    const found = this.#search(name);
    if (this.#found.size >= MAX_NAMES) this.#found.clear();
    this.#found.set(name, found);
    return found;
  }

  /** The host whose ServerPath the escaped path of a URL begins with, for a request without a name. */
  findByPath(path: string): VirtualHost | undefined {
    if (!this.isNamed) return undefined;
    return this.#hosts.find(({ host }) => pathBelow(path, host.own.made(HOST).serverPath) !== undefined)
      ?.host;
  }

  /** All hosts of the set, each once, in order of the files. */
  get hosts(): readonly VirtualHost[] {
    return [...new Set([this.base, ...this.#hosts.map(({ host }) => host)])];
  }

  #search(name: string): VirtualHost | undefined {
    const plain = name.startsWith('[') ? name.slice(1, -1) : name;
    const named = this.#hosts.find((candidate) => matchesName(candidate, name, plain));
    if (named !== undefined || !this.isNamed) return named?.host;
    return this.#hosts.find(({ addressName }) => addressName.toLowerCase() === plain)?.host;
  }
}

function matchesName({ host, identity }: NamedHost, name: string, plain: string): boolean {
  const own = identity.name.toLowerCase();
  if (own === name || own === plain) return true;
  return (host.own.made(HOST).serverAliases ?? []).some((alias) => matchesAlias(alias, plain));
}

/** Whether a name matches an alias, in which `*` stands for any characters and `?` for one. */
function matchesAlias(alias: string, name: string): boolean {
  const lower = alias.toLowerCase();
  if (!isWildcard(alias)) return lower === name;
  return wildcardMatches(lower, name);
}

export function isWildcard(alias: string): boolean {
  return /[*?]/.test(alias);
}

/** Without a regular expression: several stars in one would take forever with a long name. */
function wildcardMatches(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let mark = 0;
  let index = 0;
  while (at < name.length) {
    const character = pattern[index];
    if (character === '*') {
      star = index++;
      mark = at;
    } else if (character !== undefined && (character === '?' || character === name[at])) {
      index++;
      at++;
    } else if (star >= 0) {
      index = star + 1;
      at = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[index] === '*') index++;
  return index === pattern.length;
}

/** What of a path follows a ServerPath, without slashes before it; undefined when the path is not below it. */
export function pathBelow(path: string, serverPath: string | undefined): string | undefined {
  if (serverPath === undefined || serverPath === '' || !path.startsWith(serverPath)) return undefined;
  const rest = path.slice(serverPath.length);
  if (!serverPath.endsWith('/') && rest !== '' && !rest.startsWith('/')) return undefined;
  return rest.replace(/^\/+/, '');
}
