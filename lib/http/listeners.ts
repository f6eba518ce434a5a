import type { Server } from 'node:http';
import { HostError, messageOf } from '../errors.js';
import { keptRights } from '../pool/rights/rights.js';
import type { ListenAddress } from './settings.js';

/** What to do about an address that cannot be had. */
const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; end it, or let Listen name another port',
  EACCES: 'ports below 1024 need privileges; start with them, or let Listen name a higher port',
  EADDRNOTAVAIL: 'this machine does not have that address; let Listen name one that it has',
};

/**
 * Opens every address of Listen, or none.
 * @returns the URLs, with the real port where 0 was asked for
 * @throws HostError LISTEN
 */
export async function listenAll(
  addresses: readonly ListenAddress[],
  servers: readonly Server[],
): Promise<string[]> {
  try {
    const urls: string[] = [];
    for (const [index, address] of addresses.entries()) {
      const server = servers[index];
      if (server !== undefined) urls.push(await listen(server, address));
    }
    return urls;
  } catch (error) {
    for (const server of servers) if (server.listening) server.close();
    throw error;
  }
}

/**
 * Opens an address.
 * @param backlog connections that the system holds until they are accepted
 * @returns the URL, with the real port where 0 was asked for
 * @throws HostError LISTEN
 */
export async function listen(
  server: Server,
  { address, port }: ListenAddress,
  backlog?: number,
): Promise<string> {
  const place = `${address ?? '*'}:${port}`;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const options = { port, ...(address !== undefined && { host: address }), ...(backlog && { backlog }) };
      server.listen(options, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EACCES' && (await listenRemotely(server, { address, port }, backlog))) return urlOf(server);
    throw new HostError('LISTEN', `cannot listen on ${place}: ${ADVICE[code] ?? messageOf(error)}`, {
      cause: error,
    });
  }
  return urlOf(server);
}

/** Opens an address with the rights that the server was started with, if it has given them up. */
async function listenRemotely(
  server: Server,
  { address, port }: ListenAddress,
  backlog: number | undefined,
): Promise<boolean> {
  const rights = keptRights();
  if (rights === undefined) return false;
  try {
    const handle = await rights.listen(address, port, backlog);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(handle, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return true;
  } catch {
    return false;
  }
}

function urlOf(server: Server): string {
  const bound = server.address();
  // A server that listens on a port has an address object.
  if (bound === null || typeof bound === 'string') return '';
  const everywhere = bound.address === '::' || bound.address === '0.0.0.0';
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return `http://${everywhere ? 'localhost' : host}:${bound.port}/`;
}
