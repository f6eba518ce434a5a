import { HostError, messageOf } from '../errors.js';
import type { Exchange } from './exchange.js';

/** Ends a request that no worker takes. */
export function refuse(exchange: Exchange, error: unknown): void {
  exchange.onFailure({
    kind: 'refused',
    error: error instanceof HostError ? error : new HostError('WORKER_START', messageOf(error)),
  });
}

/** Why a pool that is stopping takes no request. */
export function shuttingDown(): HostError {
  return new HostError('POOL_STOPPED', 'the server is shutting down');
}
