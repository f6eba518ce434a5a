import dns from 'node:dns/promises';
import { sameAddress } from '../config/ip-subnet.js';

/** Answers that are kept; when there are more, all are forgotten. */
const MAX_KEPT = 1000;

/** How long an answer is kept, and how long one is waited for, in milliseconds. */
const KEPT_FOR = 60_000;
const PATIENCE = 10_000;

/** Questions that are open at the same time; beyond that the answer is that nothing is known. */
const MAX_OPEN = 64;

/** So many of them are put to the system at once: its answers and the reading of files have four threads in common. */
const MAX_ASKED = 2;

/** What the system knows of names and addresses. */
export interface Resolver {
  /** @throws Error when there is no name */
  nameOf(address: string): Promise<string>;
  /** @throws Error when there is no address */
  addressesOf(name: string): Promise<readonly string[]>;
}

const system: Resolver = {
  nameOf: async (address) => (await dns.lookupService(address, 0)).hostname,
  addressesOf: async (name) => (await dns.lookup(name, { all: true })).map(({ address }) => address),
};

interface Kept<T> {
  readonly until: number;
  readonly answer: Promise<T>;
}

/** Names of addresses and addresses of names, as the system resolves them: asked once, within bounds. */
export class HostNames {
  readonly #resolver: Resolver;
  readonly #names = new Map<string, Kept<string | undefined>>();
  readonly #addresses = new Map<string, Kept<readonly string[]>>();
  readonly #verified = new Map<string, Kept<string | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #asked = 0;

  constructor(resolver: Resolver = system) {
    this.#resolver = resolver;
  }

  /** The name of an address, in lower case; undefined without one, and when the system does not answer in time. */
  name(address: string): Promise<string | undefined> {
    return this.#ask(this.#names, address, undefined, async () => {
      const name = await this.#inTurn(() => this.#resolver.nameOf(address));
      // Without a name the system gives the address back.
      return sameAddress(name, address) ? undefined : name.toLowerCase();
    });
  }

  /**
   * The name of an address, in lower case, when that name leads back to the address (Apache's double-reverse
   * lookup); undefined otherwise, and when the system does not answer in time.
   */
  verifiedName(address: string): Promise<string | undefined> {
    return this.#ask(this.#verified, address, undefined, async () => {
      const name = await this.name(address);
      if (name === undefined) return undefined;
      const addresses = await this.addresses(name);
      return addresses.some((each) => sameAddress(each, address)) ? name : undefined;
    });
  }

  /** The addresses of a name; none when it has none, and when the system does not answer in time. */
  addresses(name: string): Promise<readonly string[]> {
    return this.#ask(this.#addresses, name, [], () => this.#inTurn(() => this.#resolver.addressesOf(name)));
  }

  #ask<T>(kept: Map<string, Kept<T>>, key: string, nothing: T, ask: () => Promise<T>): Promise<T> {
    const now = Date.now();
    const known = kept.get(key);
    if (known && known.until > now) return known.answer;
    if (this.#open >= MAX_OPEN) return Promise.resolve(nothing);
    this.#open++;
    const question = ask()
      .catch(() => nothing)
      .finally(() => this.#open--);
    const answer = withPatience(question, nothing);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, { until: now + KEPT_FOR, answer });
    return answer;
  }

  async #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#asked < MAX_ASKED) this.#asked++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await ask();
    } finally {
      // Whoever is next has this one's turn.
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#asked--;
    }
  }
}

/** The server's own: whoever asks, the answers are kept for all. */
export const systemNames = new HostNames();

function withPatience<T>(question: Promise<T>, nothing: T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(nothing), PATIENCE);
    void question.then((answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

/** Whether a host is in a domain: the name itself or a name that ends in it, after a dot; letter case does not count. */
export function isInDomain(host: string, domain: string): boolean {
  const [name, end] = [host.toLowerCase(), domain.toLowerCase()];
  if (!name.endsWith(end)) return false;
  return name.length === end.length || end.startsWith('.') || name[name.length - end.length - 1] === '.';
}
