import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** The first bytes of a connection, where something in between says whom it stands for. */
export type ProxyHeader =
  /** so many bytes of header; without a client the connection speaks for itself */
  | { readonly kind: 'done'; readonly length: number; readonly client: ProxiedClient | undefined }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid'; readonly reason: string };

export interface ProxiedClient {
  readonly address: string;
  readonly port: number;
}

/** The beginning of version 2, which no protocol that clients speak has. */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** The longest line of version 1, its end included. */
const MAX_LINE = 107;

/** Bytes of version 2 before its addresses. */
const FIXED_BYTES = 16;

/** What follows the addresses of version 2 has no use here, and no sender has as much of it. */
const MAX_REST = 4096;

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' };
const invalid = (reason: string): ProxyHeader => ({ kind: 'invalid', reason });

/** Reads the header of the PROXY protocol, version 1 or 2, as HAProxy's document describes it. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const compared = Math.min(bytes.length, SIGNATURE.length);
  if (bytes.subarray(0, compared).equals(SIGNATURE.subarray(0, compared))) {
    return bytes.length < FIXED_BYTES ? INCOMPLETE : readBinary(bytes);
  }
  const begun = bytes.toString('latin1', 0, 6);
  if (!'PROXY '.startsWith(begun)) return invalid('the connection does not begin with a PROXY header');
  const end = bytes.indexOf('\r\n');
  if (end < 0 || end + 2 > MAX_LINE) {
    return bytes.length < MAX_LINE && end < 0 ? INCOMPLETE : invalid('the PROXY header has no end');
  }
  return readLine(bytes.toString('latin1', 0, end), end + 2);
}

function readLine(line: string, length: number): ProxyHeader {
  const [, family, source = '', target = '', sourcePort, targetPort, ...rest] = line.split(' ');
  if (family === 'UNKNOWN') return { kind: 'done', length, client: undefined };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined;
  if (isAddress === undefined) return invalid(`the protocol ${JSON.stringify(family ?? '')} is not known`);
  const port = portOf(sourcePort);
  if (
    !isAddress(source) ||
    !isAddress(target) ||
    port === undefined ||
    portOf(targetPort) === undefined ||
    rest.length > 0
  ) {
    return invalid('the PROXY header has no proper addresses');
  }
  return { kind: 'done', length, client: { address: source, port } };
}

function portOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

function readBinary(bytes: Buffer): ProxyHeader {
  const versionAndCommand = bytes[12] ?? 0;
  const family = bytes[13] ?? 0;
  const rest = bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2) return invalid('the PROXY header has an unknown version');
  if (rest > MAX_REST) return invalid('the PROXY header is too long');
  const length = FIXED_BYTES + rest;
  if (bytes.length < length) return INCOMPLETE;
  const command = versionAndCommand & 15;
  // A proxy that looks whether the server is there speaks for itself.
  if (command === 0) return { kind: 'done', length, client: undefined };
  if (command !== 1) return invalid('the PROXY header has an unknown command');
  if (family === 0x11 && rest >= 12) {
    const address = bytes.subarray(16, 20).join('.');
    return { kind: 'done', length, client: { address, port: bytes.readUInt16BE(24) } };
  }
  if (family === 0x21 && rest >= 36) {
    const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(16 + index * 2).toString(16));
    const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' });
    const port = bytes.readUInt16BE(48);
    return { kind: 'done', length, client: { address: address.replace(/^::ffff:(?=\d+\.)/, ''), port } };
  }
  return invalid(`the address family ${family.toString(16)} is not known`);
}
