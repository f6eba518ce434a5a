/** The host and the port that a request is for. */
export interface Authority {
  /** in lower case, without a dot at its end; "" when the client named none */
  readonly name: string;
  /** undefined when the client named none */
  readonly port: number | undefined;
}

const AUTHORITY = /^(\[[0-9a-f:.]{2,45}\]|[\w.-]{0,253})(?::(\d{0,5}))?$/i;

/** So many hosts are remembered: clients that name others are none that the server is for. */
const MAX_KNOWN = 100;

const known = new Map<string, Authority>();

/** What a Host header, or the authority of a URL, names; undefined when it is malformed. */
export function parseAuthority(text: string): Authority | undefined {
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const match = AUTHORITY.exec(text);
  if (match === null) return undefined;
  const port = match[2] === undefined || match[2] === '' ? undefined : Number(match[2]);
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  const name = (match[1] ?? '').toLowerCase();
  const authority = { name: name.endsWith('.') ? name.slice(0, -1) : name, port };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, authority);
  return authority;
}
