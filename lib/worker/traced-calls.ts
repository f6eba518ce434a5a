import { ioFlags, supportArguments, type SupportPointers } from '../isapi/support-arguments.js';
import type { CallFields } from '../isapi/call-values.js';
import { maskVariable } from '../isapi/secrets/texts.js';
import type { CallTracer, OpenCall } from './call-tracer.js';
import type { CallResult } from './session.js';

/**
 * The callbacks of an extension as its trace shows them: what they were given before they are carried out, and what
 * they gave afterwards. Memory is read carefully, because it is read before the call has a look at it.
 */

const HIGH_HALF = 0x1_0000_0000;

/** The function of ServerSupportFunction that reads the body. */
const ASYNC_READ_CLIENT = 1010;

interface Completion {
  readonly callback: bigint;
  readonly context: bigint;
  readonly bytes: number;
  readonly error: number;
}

/** Who makes a call. */
export interface Caller {
  /** the thread, where it is known */
  readonly thread: number | undefined;
  /** a ConnID that stands for no session */
  readonly stray: bigint | undefined;
}

interface Call {
  readonly name: string;
  readonly given: CallFields;
  readonly code?: number;
  /** what it gave */
  got(succeeded: boolean, open: OpenCall): CallFields;
}

function trace(tracer: CallTracer, call: Call, run: () => CallResult, caller: Caller): CallResult {
  const { stray, thread } = caller;
  const given =
    stray === undefined ? call.given : { ConnID: `${tracer.view.address(stray)} (UNKNOWN)`, ...call.given };
  const open = tracer.begin(call.name, given, thread, call.code);
  const result = run();
  const returned = result % HIGH_HALF;
  tracer.end(open, {
    result: returned,
    error: Math.floor(result / HIGH_HALF),
    got: call.got(returned !== 0, open),
  });
  return result;
}

/** A longer value of a variable is not looked at for its masking. Bytes. */
const MAX_VALUE_BYTES = 64 * 1024;

export function traceVariable(
  tracer: CallTracer,
  at: { readonly name: bigint; readonly buffer: bigint; readonly size: bigint },
  run: () => CallResult,
  caller: Caller,
): CallResult {
  const { view } = tracer;
  const name = view.text(at.name);
  const value = (size: number): CallFields => {
    const bytes = view.peek(at.buffer, Math.min(size, MAX_VALUE_BYTES));
    const terminator = /^UNICODE_/i.test(name) ? 2 : 1;
    const end = Math.max(0, bytes.length - terminator);
    const text =
      terminator === 2
        ? Buffer.from(bytes.toString('utf16le', 0, end), 'utf8').toString('latin1')
        : bytes.toString('latin1', 0, end);
    const shown = view.showsSecrets ? text : view.hide(maskVariable(name, text));
    const all = Buffer.from(shown, 'latin1');
    return { value: all.length <= view.firstBytes ? shown : view.firstOf(all) };
  };
  const call: Call = {
    name: 'GetServerVariable',
    given: { name, room: view.u32(at.size) },
    got: (succeeded) => {
      const size = view.u32(at.size);
      return { size, ...(succeeded && typeof size === 'number' && value(size)) };
    },
  };
  return trace(tracer, call, run, caller);
}

export function traceWrite(
  tracer: CallTracer,
  at: { readonly data: bigint; readonly size: bigint; readonly flags: number },
  run: () => CallResult,
  caller: Caller,
): CallResult {
  const size = tracer.view.u32(at.size);
  const data = typeof size === 'number' && at.data !== 0n ? tracer.written(at.data, size) : {};
  const call: Call = {
    name: 'WriteClient',
    given: {
      size,
      flags: ioFlags(at.flags),
      ...(at.data === 0n && { data: 'NULL' }),
      ...data,
    },
    got: () => ({}),
  };
  return trace(tracer, call, run, caller);
}

export function traceRead(
  tracer: CallTracer,
  at: { readonly buffer: bigint; readonly size: bigint },
  run: () => CallResult,
  caller: Caller,
): CallResult {
  const { view } = tracer;
  const call: Call = {
    name: 'ReadClient',
    given: { size: view.u32(at.size), ...(at.buffer === 0n && { buffer: 'NULL' }) },
    got: (succeeded, open) => (succeeded || open.count > 0 ? readResult(tracer, open) : {}),
  };
  return trace(tracer, call, run, caller);
}

/**
 * How many bytes of body a call has read, and the first of them. Where the extension wanted the number need not be there
 * any more after a completion.
 */
function readResult({ view }: CallTracer, { read, count }: OpenCall): CallFields {
  return { size: count, ...(count > 0 && { data: view.firstOf(Buffer.concat(read), count) }) };
}

export function traceSupport(
  tracer: CallTracer,
  code: number,
  at: SupportPointers,
  run: () => CallResult,
  caller: Caller,
): CallResult {
  const { view } = tracer;
  const row = supportArguments(code);
  const call: Call = {
    name: 'ServerSupportFunction',
    code,
    given: row.given(view, at),
    got: (succeeded, open) => {
      if (!succeeded) return {};
      if (code === ASYNC_READ_CLIENT) return readResult(tracer, open);
      return row.got?.(view, at) ?? {};
    },
  };
  return trace(tracer, call, run, caller);
}

/** A completion: the worker calls the extension. */
export function traceCompletion(
  tracer: CallTracer,
  { callback, context, bytes, error }: Completion,
  run: () => void,
): void {
  const { view } = tracer;
  const given = { callback: view.address(callback), context: view.address(context), bytes, error };
  tracer.around('completion', given, run, () => ({}));
}
