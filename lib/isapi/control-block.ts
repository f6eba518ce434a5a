import { INTERFACE_VERSION, type Abi } from './constants.js';
import { offsetsOf, pointerSize, sizeOf } from './layout.js';

/** What a control block says of a request. Strings are byte strings without NUL. */
export interface ControlBlockFields {
  readonly method: string;
  readonly queryString: string;
  readonly pathInfo: string;
  readonly pathTranslated: string;
  readonly contentType: string;
  /** cbTotalBytes: 0xFFFFFFFF when unknown */
  readonly totalBytes: number;
  /** the bytes that were read ahead */
  readonly available: Uint8Array;
}

/** The addresses of the four callbacks. */
export interface CallbackAddresses {
  readonly getServerVariable: bigint;
  readonly writeClient: bigint;
  readonly readClient: bigint;
  readonly serverSupportFunction: bigint;
}

const LOG_DATA_LENGTH = 80;

/**
 * Writes control blocks (EXTENSION_CONTROL_BLOCK in httpext.h) and what they point to into one piece of memory, and
 * reads back what an extension left in them. ConnID is the block's own address; strings and lpbData are never NULL;
 * lpbData is followed by a NUL byte that cbAvailable does not count.
 */
export class ControlBlockWriter {
  readonly #offsets;
  readonly #size: number;
  readonly #pointer: 4 | 8;

  constructor(abi: Abi) {
    this.#offsets = offsetsOf('EXTENSION_CONTROL_BLOCK', abi);
    this.#size = sizeOf('EXTENSION_CONTROL_BLOCK', abi);
    this.#pointer = pointerSize(abi);
  }

  /** The bytes of memory that a block with these fields needs. */
  measure(fields: ControlBlockFields): number {
    const strings =
      fields.method.length +
      fields.queryString.length +
      fields.pathInfo.length +
      fields.pathTranslated.length +
      fields.contentType.length;
    return this.#size + strings + 5 + fields.available.length + 1;
  }

  /** Fills `memory`, which lies at `address` and has at least `measure(fields)` bytes. */
  write(memory: Buffer, address: bigint, fields: ControlBlockFields, callbacks: CallbackAddresses): void {
    const o = this.#offsets;
    memory.fill(0, 0, this.#size);
    memory.writeUInt32LE(this.#size, o.cbSize);
    memory.writeUInt32LE(INTERFACE_VERSION, o.dwVersion);
    this.#writePointer(memory, o.ConnID, address);
    memory.writeUInt32LE(fields.totalBytes, o.cbTotalBytes);
    memory.writeUInt32LE(fields.available.length, o.cbAvailable);
    this.#writePointer(memory, o.GetServerVariable, callbacks.getServerVariable);
    this.#writePointer(memory, o.WriteClient, callbacks.writeClient);
    this.#writePointer(memory, o.ReadClient, callbacks.readClient);
    this.#writePointer(memory, o.ServerSupportFunction, callbacks.serverSupportFunction);

    let end = this.#size;
    const text = (offset: number, value: string): void => {
      this.#writePointer(memory, offset, address + BigInt(end));
      end += memory.write(value, end, 'latin1');
      memory[end++] = 0;
    };
    text(o.lpszMethod, fields.method);
    text(o.lpszQueryString, fields.queryString);
    text(o.lpszPathInfo, fields.pathInfo);
    text(o.lpszPathTranslated, fields.pathTranslated);
    text(o.lpszContentType, fields.contentType);
    this.#writePointer(memory, o.lpbData, address + BigInt(end));
    memory.set(fields.available, end);
    memory[end + fields.available.length] = 0;
  }

  /** dwHttpStatusCode as it stands. */
  readStatus(memory: Buffer): number {
    return memory.readUInt32LE(this.#offsets.dwHttpStatusCode);
  }

  writeStatus(memory: Buffer, status: number): void {
    memory.writeUInt32LE(status >>> 0, this.#offsets.dwHttpStatusCode);
  }

  /** lpszLogData up to its NUL, as a byte string. */
  readLogData(memory: Buffer): string {
    const start = this.#offsets.lpszLogData;
    if (memory[start] === 0) return '';
    const nul = memory.subarray(start, start + LOG_DATA_LENGTH).indexOf(0);
    return memory.toString('latin1', start, start + (nul < 0 ? LOG_DATA_LENGTH : nul));
  }

  #writePointer(memory: Buffer, offset: number, value: bigint): void {
    if (this.#pointer === 8) memory.writeBigUInt64LE(value, offset);
    else memory.writeUInt32LE(Number(value), offset);
  }
}
