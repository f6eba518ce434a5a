import { IpSubnet, IpSubnetError, sameAddress } from '../../config/ip-subnet.js';
import { displayText } from '../../http/byte-string.js';
import { isInDomain, type HostNames } from '../../http/host-names.js';
import type { Module } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { parseNames, type Names } from '../authz-core/names.js';
import type { AuthzProvider, Check, RequireLine, Verdict } from '../authz-core/provider.js';

/** mod_authz_host has no directives of its own. */
export const authzHostModule: Module = { name: 'authz_host', directives: [] };

const LOCAL = [IpSubnet.parse('127.0.0.0/8'), IpSubnet.parse('::1')];

/** `Require ip`, `host`, `forward-dns` and `local`. */
export function hostProviders(names: HostNames): readonly AuthzProvider[] {
  return [
    { name: 'ip', parse: parseIp },
    {
      name: 'host',
      parse(line) {
        const hosts = parseNames('host', line);
        return hosts && ((request) => checkHost(names, request, hosts, line.text));
      },
    },
    {
      name: 'forward-dns',
      parse(line) {
        const hosts = parseNames('forward-dns', line);
        return hosts && ((request) => checkForward(names, request, hosts));
      },
    },
    { name: 'local', parse: () => (request) => (isLocal(request) ? 'granted' : 'denied') },
  ];
}

function parseIp({ words, context }: RequireLine): Check | undefined {
  if (words.length === 0) {
    context.error("'require ip' requires an argument");
    return undefined;
  }
  const subnets: IpSubnet[] = [];
  for (const word of words) {
    try {
      subnets.push(IpSubnet.parse(word.text));
    } catch (error) {
      if (!(error instanceof IpSubnetError)) throw error;
      const reason = error.looksLikeAddress ? `: ${error.message}` : '';
      context.error(`ip address '${word.text}' appears to be invalid${reason}`, word);
    }
  }
  if (subnets.length < words.length) return undefined;
  return ({ remoteAddress }) => (subnets.some((subnet) => subnet.has(remoteAddress)) ? 'granted' : 'denied');
}

function isLocal({ remoteAddress, localAddress }: HttpRequest): boolean {
  return sameAddress(remoteAddress, localAddress) || LOCAL.some((subnet) => subnet.has(remoteAddress));
}

/** The names up to a `#`: what follows looks like a comment, and must not let anybody in. */
function withoutComment(request: HttpRequest, names: readonly string[], provider: string): string[] {
  const result: string[] = [];
  for (const name of names) {
    const at = name.indexOf('#');
    if (at > 0) result.push(name.slice(0, at));
    else if (at < 0) result.push(name);
    if (at < 0) continue;
    request.log('requireComment', { provider, names: displayText(names.join(' ')) });
    break;
  }
  return result;
}

async function checkHost(
  names: HostNames,
  request: HttpRequest,
  hosts: Names,
  text: string,
): Promise<Verdict> {
  const name = await names.verifiedName(request.remoteAddress);
  if (name === undefined) {
    request.log('hostNameUnknown', { names: text, path: displayText(request.path) });
    return 'denied';
  }
  const domains = withoutComment(request, hosts(request) ?? [], 'host');
  return domains.some((domain) => isInDomain(name, domain)) ? 'granted' : 'denied';
}

async function checkForward(names: HostNames, request: HttpRequest, hosts: Names): Promise<Verdict> {
  for (const name of withoutComment(request, hosts(request) ?? [], 'forward-dns')) {
    const addresses = await names.addresses(name);
    if (addresses.length === 0) request.log('hostAddressUnknown', { name: displayText(name) });
    else if (addresses.some((address) => sameAddress(address, request.remoteAddress))) return 'granted';
  }
  return 'denied';
}
