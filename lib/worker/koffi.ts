import { createRequire } from 'node:module';
import type koffiModule from 'koffi';

/**
 * The one place that imports koffi, the foreign function interface. Under Wine a worker process takes it from the
 * runtime's own folder, which ISAPI_HOST_KOFFI names, because the project's folder holds only the build for the
 * server's own system.
 */
const require = createRequire(import.meta.url);

export const koffi = require(process.env['ISAPI_HOST_KOFFI'] ?? 'koffi') as typeof koffiModule;

/** A function of a system library. Addresses are bigint; koffi gives null for 0. */
export type NativeFunction = (...args: unknown[]) => unknown;

/** An address that koffi returned, 0n for null. */
export function addressOf(value: unknown): bigint {
  return typeof value === 'bigint' ? value : 0n;
}
