import net from 'node:net';

/** Why a text is no subnet: it looks like no address at all (a host name perhaps), or one of its parts is wrong. */
export class IpSubnetError extends Error {
  readonly looksLikeAddress: boolean;

  constructor(message: string, looksLikeAddress: boolean) {
    super(message);
    this.looksLikeAddress = looksLikeAddress;
  }
}

const BAD_ADDRESS = 'The specified IP address is invalid.';
const BAD_MASK = 'The specified network mask is invalid.';

/** Addresses in a network, as `Require ip` and the expression operator -ipmatch know them. */
export class IpSubnet {
  readonly #network: readonly number[];
  readonly #mask: readonly number[];

  private constructor(network: readonly number[], mask: readonly number[]) {
    this.#network = network.map((byte, index) => byte & (mask[index] ?? 0));
    this.#mask = mask;
  }

  /**
   * A subnet from an address, the beginning of an IPv4 address (`10.1`), an address and a number of bits
   * (`10.1.0.0/16`), or an IPv4 address and a mask (`10.1.0.0/255.255.0.0`), as `apr_ipsubnet_create` reads them.
   * @throws IpSubnetError
   */
  static parse(text: string): IpSubnet {
    const slash = text.indexOf('/');
    const address = slash < 0 ? text : text.slice(0, slash);
    if (!address.includes(':') && !/^[\d.]*$/.test(address)) {
      throw new IpSubnetError('it does not look like an IP address', false);
    }
    const bytes = addressBytes(address);
    if (slash < 0) {
      if (bytes) return new IpSubnet(bytes, new Array<number>(bytes.length).fill(0xff));
      return new IpSubnet(...partial(address));
    }
    if (!bytes) throw new IpSubnetError(BAD_ADDRESS, true);
    return new IpSubnet(bytes, parseMask(text.slice(slash + 1), bytes.length));
  }

  /** Whether an address is in it; one that stands for an IPv4 address in IPv6 counts as that. */
  has(address: string): boolean {
    const bytes = clientBytes(address);
    return (
      bytes?.length === this.#network.length &&
      bytes.every((byte, index) => (byte & (this.#mask[index] ?? 0)) === this.#network[index])
    );
  }
}

/** Whether two texts are the same address. */
export function sameAddress(a: string, b: string): boolean {
  const [first, second] = [clientBytes(a), clientBytes(b)];
  return (
    first !== undefined &&
    first.length === second?.length &&
    first.every((byte, index) => byte === second[index])
  );
}

/** The beginning of an IPv4 address: whole bytes, with or without a dot at the end. */
function partial(address: string): [network: number[], mask: number[]] {
  const parts = address.replace(/\.$/, '').split('.');
  if (parts.length > 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) {
    throw new IpSubnetError(BAD_ADDRESS, true);
  }
  const missing = new Array<number>(4 - parts.length).fill(0);
  return [
    [...parts.map(Number), ...missing],
    [...parts.map(() => 0xff), ...missing],
  ];
}

function parseMask(text: string, length: number): number[] {
  const bits = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (bits > 0 && bits <= length * 8) {
    return Array.from({ length }, (_, index) => {
      const left = Math.min(8, Math.max(0, bits - index * 8));
      return (0xff00 >> left) & 0xff;
    });
  }
  const mask = length === 4 && net.isIPv4(text) ? addressBytes(text) : undefined;
  if (!mask) throw new IpSubnetError(BAD_MASK, true);
  return mask;
}

/** An address as it came from a client: without a zone, and IPv4 where it only is written as IPv6. */
function clientBytes(address: string): number[] | undefined {
  const zone = address.indexOf('%');
  const plain = zone < 0 ? address : address.slice(0, zone);
  const bytes = plain.includes(':') ? ipv6Bytes(plain) : addressBytes(plain);
  return bytes && isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** The bytes of a whole address; undefined for what is none, and for an IPv4 address that is written as IPv6. */
function addressBytes(address: string): number[] | undefined {
  if (net.isIPv4(address)) return address.split('.').map(Number);
  const bytes = ipv6Bytes(address);
  return bytes && isMapped(bytes) ? undefined : bytes;
}

function isMapped(bytes: readonly number[]): boolean {
  return bytes.length === 16 && bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 0xff));
}

function ipv6Bytes(address: string): number[] | undefined {
  if (!net.isIPv6(address) || address.includes('%')) return undefined;
  const [head = '', tail] = address.split('::');
  const first = groupBytes(head);
  if (tail === undefined) return first;
  const last = groupBytes(tail);
  return [...first, ...new Array<number>(16 - first.length - last.length).fill(0), ...last];
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
