import { HostError, messageOf } from '../errors.js';
import type { Exchange } from './exchange.js';

/** Why a group that is being stopped takes nothing any more. */
export function shuttingDown(): HostError {
  return new HostError('POOL_STOPPED', 'the server is shutting down');
}

/** Anything thrown at the start of a worker process, with a code. */
export function asHostError(error: unknown): HostError {
  return error instanceof HostError ? error : new HostError('WORKER_START', messageOf(error));
}

/** Tells an exchange that no worker runs it. */
export function refuse(exchange: Exchange, error: HostError): void {
  exchange.onFailure({ kind: 'refused', error });
}
