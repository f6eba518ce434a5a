import { createRequire } from 'node:module';
import type koffiModule from 'koffi';

/**
 * The one place that imports koffi, the foreign function interface. Under Wine a worker process takes it from the
 * runtime's own folder, which ISAPI_HOST_KOFFI names, because the project's folder holds only the build for the
 * server's own system.
 */
const require = createRequire(import.meta.url);

export const koffi = require(process.env['ISAPI_HOST_KOFFI'] ?? 'koffi') as typeof koffiModule;

/** The stack of an extension that is called on a thread of its own (`calls = async`): bytes. */
const ASYNC_STACK_BYTES = 2 * 1024 * 1024;

koffi.config({ ...koffi.config(), async_stack_size: ASYNC_STACK_BYTES });

/** A function of a system library. Addresses are bigint; koffi gives null for 0. */
export interface NativeFunction {
  (...args: unknown[]): unknown;
  async(...args: unknown[]): void;
}

/** Runs a function on a native thread of its own. */
export function callAsync(call: NativeFunction, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: unknown, result: unknown) => {
      if (error instanceof Error) reject(error);
      else resolve(result);
    });
  });
}

/** An address that koffi returned, 0n for null. */
export function addressOf(value: unknown): bigint {
  return typeof value === 'bigint' ? value : 0n;
}
