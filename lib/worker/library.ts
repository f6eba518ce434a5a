import type { CallFields } from '../isapi/call-values.js';
import { HSE_TERM } from '../isapi/constants.js';
import { sizeOf } from '../isapi/layout.js';
import { OpenError, type BoundFunction, type Memory, type Platform } from './platform.js';

/** Why an extension cannot be used: what the server's log says is made from it. */
export type LoadFailure =
  | { readonly stage: 'open'; readonly systemCode: number; readonly systemText: string }
  | { readonly stage: 'missing export'; readonly name: string }
  | { readonly stage: 'refused'; readonly systemCode: number };

/** What GetExtensionVersion said. */
export interface ExtensionVersion {
  readonly version: number;
  readonly description: string;
}

/** Who wants to know of every step by which a library is loaded and let go. */
export interface LoadObserver {
  /** Makes a call; `outcome` says what came of it. */
  around<T>(name: string, given: CallFields, run: () => T, outcome: (value: T) => CallOutcome): T;
}

/** What a call gave back. */
export interface CallOutcome {
  /** absent when it returns nothing */
  readonly result?: number | string;
  /** the last error that it left; 0 for none */
  readonly error?: number;
  readonly got?: CallFields;
}

/** The libraries that one worker process can have known at the same time. */
export const LIBRARY_SLOTS = 4096;

const SLOT_WORDS = 2;
const LOCK = 0;
const USERS = 1;

/** Memory that the threads of a worker process share to count who uses which library. */
export function makeLibraryTable(): SharedArrayBuffer {
  return new SharedArrayBuffer(LIBRARY_SLOTS * SLOT_WORDS * 4);
}

interface EntryPoints {
  readonly handle: bigint;
  readonly httpExtensionProc: BoundFunction;
  readonly httpExtensionProcAsync: (...args: unknown[]) => Promise<unknown>;
}

/** A library that this thread uses. */
export interface Library {
  readonly slot: number;
  readonly httpExtensionProc: BoundFunction;
  /** the same on a native thread of its own */
  readonly httpExtensionProcAsync: (...args: unknown[]) => Promise<unknown>;
}

interface OpenLibrary extends Library {
  readonly handle: bigint;
}

/** The names that 32-bit extensions may export an entry point under: plain, or decorated for stdcall. */
const DECORATIONS = { GetExtensionVersion: 4, HttpExtensionProc: 4, TerminateExtension: 4 } as const;
type EntryPoint = keyof typeof DECORATIONS;

/**
 * The libraries of one worker thread. Threads share a library that is loaded: the first user calls
 * GetExtensionVersion, the last one TerminateExtension(HSE_TERM_MUST_UNLOAD), each under the slot's lock, so that no
 * other thread meets a half-loaded one. A cached library is kept by every thread that has used it, until `close`.
 */
export class Libraries {
  readonly #platform: Platform;
  readonly #table: Int32Array;
  readonly #kept = new Map<number, OpenLibrary>();
  readonly #versionInfo: Memory;

  constructor(platform: Platform, table: SharedArrayBuffer) {
    this.#platform = platform;
    this.#table = new Int32Array(table);
    this.#versionInfo = platform.allocate(sizeOf('HSE_VERSION_INFO', platform.abi));
  }

  /**
   * Takes part in a library, loading it when no thread of the process has it. `onLoad` hears of a fresh load, `observer`
   * of each step.
   */
  acquire(
    slot: number,
    path: string,
    cached: boolean,
    onLoad?: (version: ExtensionVersion) => void,
    observer?: LoadObserver,
  ): Library | LoadFailure {
    const kept = this.#kept.get(slot);
    if (kept) {
      if (observer) reportKept(observer, path, kept.handle);
      return kept;
    }
    return this.#locked(slot, () => {
      const opened = this.#opened(slot, path, observer);
      if ('stage' in opened) return opened;
      if (this.#users(slot) === 0) {
        const version = this.#versionOf(opened.handle, observer);
        if ('stage' in version) {
          this.#platform.closeLibrary(opened.handle);
          return version;
        }
        onLoad?.(version);
      }
      this.#setUsers(slot, this.#users(slot) + 1);
      const library = { slot, ...opened };
      if (cached) this.#kept.set(slot, library);
      return library;
    });
  }

  /** Whether this thread keeps the library beyond a request. */
  keeps(library: Library): boolean {
    return this.#kept.has(library.slot);
  }

  /** Ends a thread's part in an uncached library; the last one unloads it. */
  release(library: Library, observer?: LoadObserver): void {
    if (!this.keeps(library)) this.#close(library as OpenLibrary, observer);
  }

  /** Ends the thread's part in all cached libraries. */
  close(): void {
    for (const library of this.#kept.values()) this.#close(library);
    this.#kept.clear();
  }

  #close(library: OpenLibrary, observer?: LoadObserver): void {
    this.#locked(library.slot, () => {
      const users = this.#users(library.slot);
      if (users === 1) this.#terminate(library.handle, observer);
      this.#free(library.handle, users - 1, observer);
      this.#setUsers(library.slot, users - 1);
    });
  }

  #opened(slot: number, path: string, observer: LoadObserver | undefined): EntryPoints | LoadFailure {
    if (!observer) return this.#open(path);
    const note = this.#users(slot) === 0 ? {} : { note: 'other threads of the process have it loaded' };
    return observer.around(
      'LoadLibrary',
      { file: path },
      () => this.#open(path),
      (opened) => {
        if (!('stage' in opened)) return { result: hex(opened.handle), got: note };
        if (opened.stage !== 'open') return { got: { missing: 'name' in opened ? opened.name : '' } };
        return { result: 'NULL', error: opened.systemCode, got: { reason: opened.systemText } };
      },
    );
  }

  #versionOf(handle: bigint, observer: LoadObserver | undefined): ExtensionVersion | LoadFailure {
    if (!observer) return this.#callGetExtensionVersion(handle);
    return observer.around(
      'GetExtensionVersion',
      {},
      () => this.#callGetExtensionVersion(handle),
      (version) => {
        if ('stage' in version) return { result: 0, error: 'systemCode' in version ? version.systemCode : 0 };
        const { version: number, description } = version;
        return {
          result: 1,
          got: { version: `${String(number >>> 16)}.${String(number & 0xffff)}`, description },
        };
      },
    );
  }

  #terminate(handle: bigint, observer: LoadObserver | undefined): void {
    const address = this.#entryPoint(handle, 'TerminateExtension');
    if (address === 0n) return;
    const terminate = (): unknown => this.#platform.bind(address, 'int', ['uint32'])(HSE_TERM.MUST_UNLOAD);
    if (!observer) {
      terminate();
      return;
    }
    const flags = `0x${HSE_TERM.MUST_UNLOAD.toString(16)} HSE_TERM_MUST_UNLOAD`;
    observer.around('TerminateExtension', { flags }, terminate, (value) => ({ result: Number(value) }));
  }

  #free(handle: bigint, users: number, observer: LoadObserver | undefined): void {
    if (!observer) {
      this.#platform.closeLibrary(handle);
      return;
    }
    const got: CallFields = users === 0 ? {} : { note: 'other threads of the process go on with it' };
    observer.around(
      'FreeLibrary',
      { handle: hex(handle) },
      () => {
        this.#platform.closeLibrary(handle);
      },
      () => ({ got }),
    );
  }

  #open(path: string): EntryPoints | LoadFailure {
    let handle: bigint;
    try {
      handle = this.#platform.openLibrary(path);
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      return { stage: 'open', systemCode: error.systemCode, systemText: error.message };
    }
    const missing = (['GetExtensionVersion', 'HttpExtensionProc'] as const).find(
      (name) => this.#entryPoint(handle, name) === 0n,
    );
    if (missing) {
      this.#platform.closeLibrary(handle);
      return { stage: 'missing export', name: missing };
    }
    const address = this.#entryPoint(handle, 'HttpExtensionProc');
    return {
      handle,
      httpExtensionProc: this.#platform.bind(address, 'uint32', ['void *']),
      httpExtensionProcAsync: this.#platform.bindAsync(address, 'uint32', ['void *']),
    };
  }

  #entryPoint(handle: bigint, name: EntryPoint): bigint {
    const plain = this.#platform.symbol(handle, name);
    if (plain !== 0n || this.#platform.abi === 'elf') return plain;
    const decorated = `${name}@${String(DECORATIONS[name])}`;
    return this.#platform.symbol(handle, decorated) || this.#platform.symbol(handle, `_${decorated}`);
  }

  #callGetExtensionVersion(handle: bigint): ExtensionVersion | LoadFailure {
    const { bytes, address } = this.#versionInfo;
    bytes.fill(0);
    const getExtensionVersion = this.#platform.bind(this.#entryPoint(handle, 'GetExtensionVersion'), 'int', [
      'void *',
    ]);
    /* BOOL means nonzero: Pascal extensions return -1. */
    if (getExtensionVersion(address) === 0) {
      return { stage: 'refused', systemCode: this.#platform.lastError() };
    }
    const end = bytes.indexOf(0, 4);
    return { version: bytes.readUInt32LE(0), description: bytes.toString('latin1', 4, end < 0 ? 260 : end) };
  }

  #users(slot: number): number {
    return Atomics.load(this.#table, slot * SLOT_WORDS + USERS);
  }

  #setUsers(slot: number, users: number): void {
    Atomics.store(this.#table, slot * SLOT_WORDS + USERS, users);
  }

  /** Runs with the slot's lock held by this thread. */
  #locked<T>(slot: number, run: () => T): T {
    const word = slot * SLOT_WORDS + LOCK;
    while (Atomics.compareExchange(this.#table, word, 0, 1) !== 0) Atomics.wait(this.#table, word, 1);
    try {
      return run();
    } finally {
      Atomics.store(this.#table, word, 0);
      Atomics.notify(this.#table, word, 1);
    }
  }
}

function reportKept(observer: LoadObserver, file: string, handle: bigint): void {
  const got = { note: 'this thread has it loaded (ISAPICacheFile)' };
  observer.around(
    'LoadLibrary',
    { file },
    () => undefined,
    () => ({ result: hex(handle), got }),
  );
}

function hex(handle: bigint): string {
  return `0x${handle.toString(16)}`;
}
