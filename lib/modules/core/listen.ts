import { isIP } from 'node:net';
import type { Argument, DirectiveContext } from '../../config/directive.js';
import { CORE, type ListenAddress } from '../../http/settings.js';

const ADDRESS = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d+)$/;

/** Applies `Listen [address:]port [protocol]`. Port 0, which Apache does not have, takes any free port. */
export function applyListen(context: DirectiveContext, place?: Argument, protocol?: Argument): void {
  const match = ADDRESS.exec(place?.text ?? '');
  const port = Number(match?.[3] ?? NaN);
  const address = match?.[1] ?? match?.[2];
  if (!match || port > 65535) {
    context.error('Listen takes [address:]port, and the port is a number up to 65535', place);
    return;
  }
  if (address !== undefined && address !== '*' && isIP(address) === 0) {
    context.error(`Listen takes an IP address before the port, or *; ${address} is none`, place);
    return;
  }
  const scheme = protocol?.text.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    context.error(
      `Listen: the protocol ${protocol?.text ?? ''} is not available; http and https are`,
      protocol,
    );
    return;
  }
  const listen = context.server.get(CORE).listen;
  const added: ListenAddress = {
    address: address === '*' ? undefined : address,
    port,
    ...(scheme !== undefined && { protocol: scheme }),
  };
  if (port !== 0 && listen.some((other) => other.port === port && other.address === added.address)) {
    context.error('Cannot define multiple Listeners on the same IP:port', place);
    return;
  }
  context.server.set(CORE, 'listen', [...listen, added]);
}
