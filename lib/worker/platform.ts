import type { Abi } from '../isapi/constants.js';
import type { PathNotation } from '../isapi/paths.js';

/** A piece of native memory and a view of it. */
export interface Memory {
  readonly address: bigint;
  readonly bytes: Buffer;
}

/** Where call gates note what they see, in the scoreboard. */
export interface CallMarks {
  /** address of the crash record */
  readonly scoreboard: bigint;
  /** address of the worker thread's `systemThread` */
  readonly thread: bigint;
}

/** Why a library could not be opened, as the operating system says it. */
export class OpenError extends Error {
  /** GetLastError's number, or 0 where the system gives only a text */
  readonly systemCode: number;

  constructor(systemCode: number, message: string) {
    super(message);
    this.name = 'OpenError';
    this.systemCode = systemCode;
  }
}

/** A file that an extension has open, as TRANSMIT_FILE reads it. */
export interface NativeFile {
  /** bytes in the file, or undefined when it has no size (a pipe) */
  readonly size: number | undefined;
  /** Reads at a position of the file; the handle's own position does not matter. Returns 0 at the end. */
  read(target: Buffer, offset: number, length: number, position: number): number;
}

/**
 * What the worker needs of the operating system. Addresses are bigint, 0n for NULL. Reading or writing an address
 * that is not mapped ends the process, as it would in any host.
 */
export interface Platform {
  readonly abi: Abi;
  readonly notation: PathNotation;

  /** Memory for data, zeroed, never moved. */
  allocate(bytes: number): Memory;
  free(memory: Memory): void;
  /** Memory that code can be run from. */
  allocateCode(bytes: number): Memory;
  /** A view of a file that other processes see and change. */
  mapFile(path: string, bytes: number): Memory;
  /** A view of memory that is already there. */
  view(address: bigint, bytes: number): Buffer;

  copyIn(address: bigint, target: Buffer, offset: number, length: number): void;
  copyOut(address: bigint, source: Uint8Array, length: number): void;
  readU32(address: bigint): number;
  writeU32(address: bigint, value: number): void;
  /**
   * Copies as many of `length` bytes as can be read from an address that need not be one; returns how many. For
   * traces: they show what an extension hands over before it is used.
   */
  peek(address: bigint, target: Buffer, length: number): number;
  /** Bytes up to the NUL, as a byte string. */
  readText(address: bigint): string;

  /** Registers a callback with the calling convention of the ABI; it returns BOOL low and the last error high. */
  callback(parameters: readonly string[], call: (...args: never[]) => number): bigint;
  /** The address that stores a thread's last error: machine code calls or reads it, see `thunks.ts`. */
  readonly errnoLocation: bigint;

  /** Opens a library; its own folder is searched for what it needs. Throws OpenError. */
  openLibrary(path: string): bigint;
  closeLibrary(handle: bigint): void;
  /** The address of an export, 0n when it is missing. */
  symbol(handle: bigint, name: string): bigint;
  /**
   * A function at an address, called with the ABI's convention. `parameters` (four at most) and `result` are koffi's
   * type names.
   */
  bind(address: bigint, result: string, parameters: readonly string[]): BoundFunction;
  /**
   * Like bind, but the function runs on a native thread of its own, and the calling thread's event loop serves its
   * callbacks meanwhile.
   */
  bindAsync(
    address: bigint,
    result: string,
    parameters: readonly string[],
  ): (...args: unknown[]) => Promise<unknown>;
  /** The calling thread's last error after a bound function returned FALSE. */
  lastError(): number;

  /** A file that an extension passes as a handle or descriptor; undefined when it is none. */
  file(handle: bigint): NativeFile | undefined;

  /** The id of the calling thread, as crash records name it. */
  threadId(): number;
  /** Whether a thread of this process with this id still runs. */
  isThreadAlive(id: number): boolean;
  /** Makes what extensions print arrive line by line, or at once; called once, in the main thread. */
  unbufferOutput(): void;
  /** What every worker thread needs before it runs extensions. */
  prepareThread(): void;
  /** Lets machine code note a crash in the scoreboard before the process ends; called once, in the main thread. */
  recordCrashes(scoreboard: Memory): void;
}

export type BoundFunction = (...args: unknown[]) => unknown;
