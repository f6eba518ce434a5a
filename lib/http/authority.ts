import { isIPv6 } from 'node:net';

/** The host and the port that a request is for. */
export interface Authority {
  /** in lower case, without a dot at its end, an IPv6 address in brackets; "" when the client named none */
  readonly name: string;
  /** undefined when the client named none */
  readonly port: number | undefined;
}

/** So many hosts are remembered: clients that name others are none that the server is for. */
const MAX_KNOWN = 100;

/** No longer text is remembered. */
const MAX_REMEMBERED = 300;

const knownStrict = new Map<string, Authority>();
const knownUnsafe = new Map<string, Authority>();

/**
 * What a Host header, or the authority of a URL, names; undefined when it is malformed. The rules are Apache's:
 * strict ones by RFC 3986 and RFC 1123, or only those that keep a name from being a path.
 */
export function parseAuthority(text: string, strict = true): Authority | undefined {
  const known = strict ? knownStrict : knownUnsafe;
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const authority = parse(text, strict);
  if (authority !== undefined && text.length <= MAX_REMEMBERED) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, authority);
  }
  return authority;
}

function parse(text: string, strict: boolean): Authority | undefined {
  if (text === '') return { name: '', port: undefined };
  // A number by itself is a name, and one that no host can have.
  if (/^\d+$/.test(text)) return strict ? undefined : { name: text, port: undefined };
  const digits = /:(\d+)$/.exec(text)?.[1];
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  const host = digits === undefined ? text : text.slice(0, -digits.length - 1);
  if (host === '') return undefined;
  const name = host.startsWith('[') ? bracketedName(host) : plainName(host);
  if (name === undefined) return undefined;
  if (strict && !name.startsWith('[') && !isHostName(name)) return undefined;
  return { name, port };
}

function bracketedName(host: string): string | undefined {
  if (!host.endsWith(']')) return undefined;
  const address = host.slice(1, -1);
  return !address.includes('%') && isIPv6(address) ? host.toLowerCase() : undefined;
}

function plainName(host: string): string | undefined {
  if (/[/\\]|\.\./.test(host)) return undefined;
  const lower = host.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** Letters, digits, `-` and `_`; an address of four numbers; else a last label that begins with a letter. */
function isHostName(name: string): boolean {
  if (!/^[a-z0-9._-]+$/.test(name)) return false;
  if (/^[0-9.]+$/.test(name)) return /^\d+\.\d+\.\d+\.\d+$/.test(name) && !/(?:^|\.)0\d/.test(name);
  const last = name.slice(name.lastIndexOf('.') + 1);
  return !name.includes('.') || last === '' || /^[a-z]/.test(last);
}
