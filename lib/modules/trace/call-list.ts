import type { TraceCall, TraceReturn } from '../../channel/trace-events.js';
import { displayText } from '../../http/byte-string.js';
import type { CallFields, CallValue } from '../../isapi/call-values.js';
import { ABIS, type Abi } from '../../isapi/constants.js';
import { supportFunction } from '../../isapi/support-functions.js';
import { systemErrorName } from '../../isapi/system-error-names.js';
import type { TraceEvent } from './trace-record.js';

/** What the texts and data of one request's calls may take. Bytes, about. */
const MAX_BYTES = 1024 * 1024;

/** What a call takes besides its texts. Bytes, about. */
const CALL_BYTES = 200;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The calls of one request, put together from what the worker says of them, as many as there may be. */
export class CallList {
  readonly #limit: number;
  readonly #memory: { left: number };
  readonly #events = new Map<number, Writable<TraceEvent>>();
  #bytes = 0;
  #start = 0;
  #abi: Abi = 'elf';
  /** calls that are not kept */
  leftOut = 0;

  /**
   * @param limit calls that are kept
   * @param memory what all lists together may still take, in bytes
   */
  constructor(limit: number, memory: { left: number }) {
    this.#limit = limit;
    this.#memory = memory;
  }

  /** The worker begins: its times count from here, in microseconds of the request. */
  begin(start: number, abi: string): void {
    this.#start = start;
    this.#abi = ABIS.find((each) => each === abi) ?? 'elf';
  }

  /** Takes what the worker says; returns the call that it is about, as far as it is known, or undefined for none that is kept. */
  take(step: TraceCall | TraceReturn): TraceEvent | undefined {
    return step.kind === 'call' ? this.#called(step) : this.#returned(step);
  }

  /** The calls in the order in which they were made. */
  events(): readonly TraceEvent[] {
    return [...this.#events.values()];
  }

  /** Fields with their byte strings turned into text; data stays as it is. */
  texts(fields: CallFields): CallFields {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]): [string, CallValue] => [
        name,
        typeof value === 'string' ? displayText(value) : value,
      ]),
    );
  }

  /** Gives the memory back. */
  release(): void {
    this.#memory.left += this.#bytes;
    this.#bytes = 0;
  }

  #called({ call, at, thread, depth, name, code, given }: TraceCall): TraceEvent | undefined {
    if (this.#events.size >= this.#limit || !this.#takes(CALL_BYTES + weight(given))) {
      this.leftOut++;
      return undefined;
    }
    const known = code === undefined ? undefined : supportFunction(code)?.name;
    const event: Writable<TraceEvent> = {
      at: this.#start + at,
      ...(thread !== undefined && { thread }),
      depth,
      name,
      ...(code !== undefined && { code }),
      ...(known !== undefined && { function: known }),
      given: this.texts(given),
    };
    this.#events.set(call, event);
    return event;
  }

  #returned({ call, at, result, error, got }: TraceReturn): TraceEvent | undefined {
    const event = this.#events.get(call);
    if (!event) return undefined;
    event.duration = Math.max(0, this.#start + at - event.at);
    if (result !== undefined) event.result = result;
    if (error !== undefined) {
      const name = systemErrorName(error, this.#abi);
      event.error = { number: error, ...(name !== undefined && { name }) };
    }
    if (this.#takes(weight(got))) event.got = this.texts(got);
    return event;
  }

  #takes(bytes: number): boolean {
    if (this.#bytes + bytes > MAX_BYTES || bytes > this.#memory.left) return false;
    this.#bytes += bytes;
    this.#memory.left -= bytes;
    return true;
  }
}

function weight(fields: CallFields): number {
  let bytes = 0;
  for (const value of Object.values(fields)) {
    bytes += 24;
    if (typeof value === 'string') bytes += value.length;
    else if (typeof value === 'object') bytes += value.first.length;
  }
  return bytes;
}
