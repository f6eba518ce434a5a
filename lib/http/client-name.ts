import { HOST, type HostSettings } from './host-settings.js';
import type { HostNames } from './host-names.js';
import type { ServerRequest } from './server-request.js';

/** What of a request names are looked up for, and put into. */
export type NamedRequest = Pick<
  ServerRequest,
  'settings' | 'remoteAddress' | 'localAddress' | 'remoteHost' | 'localHost'
>;

/**
 * Looks up the names that a request needs by HostnameLookups and UseCanonicalName, once its settings are known.
 * @returns undefined when there is nothing to wait for, as is usual
 */
export function findNames(request: NamedRequest, names: HostNames): Promise<void> | undefined {
  const { hostnameLookups, useCanonicalName } = request.settings.get(HOST);
  const needsClient = hostnameLookups !== 'off' && request.remoteHost === undefined;
  const needsServer = useCanonicalName === 'dns' && request.localHost === undefined;
  if (!needsClient && !needsServer) return undefined;
  return find(request, names, needsClient ? hostnameLookups : 'off', needsServer);
}

async function find(
  request: NamedRequest,
  names: HostNames,
  client: HostSettings['hostnameLookups'],
  server: boolean,
): Promise<void> {
  const { remoteAddress, localAddress } = request;
  const [remoteHost, localHost] = await Promise.all([
    clientName(names, client, remoteAddress),
    server ? names.name(localAddress) : undefined,
  ]);
  request.remoteHost ??= remoteHost;
  request.localHost ??= localHost;
}

function clientName(
  names: HostNames,
  how: HostSettings['hostnameLookups'],
  address: string,
): Promise<string | undefined> | undefined {
  if (how === 'off') return undefined;
  return how === 'double' ? names.verifiedName(address) : names.name(address);
}
