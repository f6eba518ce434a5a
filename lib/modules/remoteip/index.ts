import { isIP, isIPv4 } from 'node:net';
import { canonicalAddress } from '../../http/hosts.js';
import { displayText } from '../../http/byte-string.js';
import type { Module, Outcome } from '../../http/module.js';
import { REMOTE_IP, type RemoteIpSettings, type TrustedProxy } from '../../http/remote-ip-settings.js';
import type { HttpRequest } from '../../http/request.js';
import { IpSubnet } from '../../config/ip-subnet.js';
import { NamedProxy, REMOTE_IP_DIRECTIVES } from './directives.js';

/** Networks that are nobody's on the Internet, so that an outer proxy has nothing to say about them. */
const PRIVATE = ['10.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'].map(
  (text) => IpSubnet.parse(text),
);
/** The addresses of IPv6 that are somebody's (RFC 4291). */
const GLOBAL = IpSubnet.parse('2000::/3');

/** mod_remoteip: clients behind proxies, by a header or by the PROXY protocol. */
export const remoteipModule: Module = {
  name: 'remoteip',
  directives: REMOTE_IP_DIRECTIVES,
  earlyHooks: { received: findClient },
  hooks: {
    async start({ configuration }) {
      const proxies = configuration.hosts.flatMap(({ settings }) => settings.get(REMOTE_IP).proxies ?? []);
      const named = proxies.flatMap(({ subnet }) => (subnet instanceof NamedProxy ? [subnet] : []));
      await Promise.all([...new Set(named)].map((proxy) => proxy.resolve()));
    },
  },
};

function findClient(request: HttpRequest): Outcome {
  const { client } = request.origin;
  const settings = request.host.settings.get(REMOTE_IP);
  if (client !== undefined) {
    request.remoteAddress = client.address;
    request.remotePort = client.port;
    request.log('remoteAddressTaken', { address: client.address, source: 'from PROXY protocol' });
  } else if (settings.header !== undefined) {
    readHeader(request, settings.header, settings);
  }
  return 'declined';
}

/** Goes along the header from its end: each proxy that is trusted names the one before it. */
function readHeader(
  request: HttpRequest,
  header: string,
  { proxies, proxiesHeader }: RemoteIpSettings,
): void {
  const key = header.toLowerCase();
  const value = request.header(key);
  if (value === undefined) return;
  let rest: string | undefined = value;
  let address = request.remoteAddress;
  let found: string | undefined;
  let isInternal = proxies !== undefined;
  const passed: string[] = [];
  while (rest !== undefined) {
    const proxy = proxies === undefined ? undefined : proxyOf(proxies, address);
    if (proxies !== undefined && proxy === undefined) break;
    // An outer proxy cannot make an inner one of the next.
    if (isInternal && proxy !== undefined) ({ isInternal } = proxy);
    const comma: number = rest.lastIndexOf(',');
    const named = rest.slice(comma + 1).replace(/^ +| +$/g, '');
    const problem = named === '' ? '' : problemOf(named, isInternal);
    if (problem !== undefined) {
      if (named !== '') {
        const shown = { header, value: displayText(named), reason: problem };
        request.log('remoteAddressInvalid', shown);
      }
      break;
    }
    rest = comma < 0 ? undefined : rest.slice(0, comma);
    if (!isInternal) passed.push(found ?? request.remoteAddress);
    found = canonicalAddress(named);
    address = found;
  }
  if (found === undefined) return;
  request.remoteAddress = found;
  request.remotePort = 0;
  replaceHeader(request, key, header, rest);
  if (passed.length > 0) {
    request.notes.set('remoteip-proxy-ip-list', passed.join(', '));
    if (proxiesHeader !== undefined) {
      replaceHeader(request, proxiesHeader.toLowerCase(), proxiesHeader, passed.join(', '));
    }
  }
  const source = passed.length > 0 ? `by proxies ${passed.join(', ')}` : 'by internal proxies';
  request.log('remoteAddressTaken', { address: found, source });
}

function proxyOf(proxies: readonly TrustedProxy[], address: string): TrustedProxy | undefined {
  return proxies.find(({ subnet }) => subnet.has(address));
}

/** Why an address in the header does not count; undefined when it does. */
function problemOf(text: string, isInternal: boolean): string | undefined {
  if (isIP(text) === 0) return 'cannot be parsed as a client IP';
  if (isInternal) return undefined;
  const address = canonicalAddress(text);
  const isPublic = isIPv4(address) ? !PRIVATE.some((subnet) => subnet.has(address)) : GLOBAL.has(address);
  return isPublic ? undefined : 'appears to be a private IP or nonsensical.  Ignored';
}

/** Puts one header in the place of all of that name; without a value they are taken away. */
function replaceHeader(request: HttpRequest, key: string, name: string, value: string | undefined): void {
  const kept = request.rawHeaders.filter(
    (_, index, list) => list[index - (index % 2)]?.toLowerCase() !== key,
  );
  request.rawHeaders = value === undefined ? kept : [...kept, name, value];
}
