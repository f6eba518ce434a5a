import type { CallbackAddresses } from '../isapi/control-block.js';
import { messageOf } from '../errors.js';
import { systemError } from '../isapi/constants.js';
import { isKnownVariable } from '../isapi/variables.js';
import type { CallTracer } from './call-tracer.js';
import type { Platform } from './platform.js';
import { TRUE, type CallResult, type Session } from './session.js';
import { serverSupportFunction } from './support.js';
import { lastErrorThunk } from './thunks.js';
import { traceRead, traceSupport, traceVariable, traceWrite, type Caller } from './traced-calls.js';

/** Finds the session that a ConnID or a control block's address stands for. */
export type FindSession = (connection: bigint) => Session | undefined;

/** koffi hands over NULL as null. */
type Address = bigint | null;

/** The longest name of a variable that is told of. Bytes. */
const MAX_NAME = 256;

const CODE_BYTES = 4096;
const SLOT_BYTES = 128;

/** The callbacks of a worker thread. */
export interface Callbacks {
  readonly addresses: CallbackAddresses;
  /**
   * The same for requests that are traced: they are told which thread calls. Registered when they are asked for, so
   * that others cost nothing.
   */
  traced(): CallbackAddresses;
}

/**
 * Registers the four callbacks of the control block for this thread. An extension may call them from this thread or
 * from one of its own; those are served when this thread's event loop runs.
 * @param running the session that is inside the extension: a call with a ConnID that is none is seen in its trace
 */
export function registerCallbacks(
  platform: Platform,
  find: FindSession,
  running: () => Session | undefined,
): Callbacks {
  const code = platform.allocateCode(CODE_BYTES);
  let slots = 0;
  const invalid = systemError('INVALID_PARAMETER', platform.abi) * 0x1_0000_0000;

  /** An exception is a defect of this program, which the extension sees as a failure. */
  const failed = (session: Session | undefined, error: unknown): CallResult => {
    session?.note({ kind: 'defect', text: messageOf(error) });
    return invalid;
  };
  const serve = (
    session: Session | undefined,
    name: string,
    call: (session: Session) => CallResult,
  ): CallResult => {
    if (!session) return invalid;
    if (session.closed) return session.late(name);
    try {
      return call(session);
    } catch (error) {
      return failed(session, error);
    }
  };
  const guard = (session: Session | undefined, call: () => CallResult): CallResult => {
    try {
      return call();
    } catch (error) {
      return failed(session ?? running(), error);
    }
  };

  const caller = (session: Session | undefined, connection: Address, thread: number | undefined): Caller => ({
    thread,
    stray: session ? undefined : (connection ?? 0n),
  });

  const makeAll = (tellsThread: boolean): CallbackAddresses => {
    const register = (parameters: readonly string[], call: (...args: never[]) => CallResult): bigint => {
      const target = platform.callback(tellsThread ? [...parameters, 'uint32'] : parameters, call);
      const offset = SLOT_BYTES * slots++;
      const thunk = lastErrorThunk(
        platform.abi,
        target,
        parameters.length,
        platform.errnoLocation,
        tellsThread,
      );
      thunk.copy(code.bytes, offset);
      return code.address + BigInt(offset);
    };
    /** The session of a call, and who traces it: nobody, unless its request is traced. */
    const tracerOf = (session: Session | undefined): CallTracer | undefined =>
      session ? session.tracer : tellsThread ? running()?.tracer : undefined;

    return {
      getServerVariable: register(
        ['void *', 'void *', 'void *', 'void *'],
        (connection: Address, name: Address, buffer: Address, size: Address, thread?: number) => {
          const session = find(connection ?? 0n);
          const tracer = tracerOf(session);
          const call = (own: Session): CallResult =>
            getServerVariable(own, name ?? 0n, buffer ?? 0n, size ?? 0n);
          if (!tracer) return serve(session, 'GetServerVariable', call);
          const at = { name: name ?? 0n, buffer: buffer ?? 0n, size: size ?? 0n };
          return guard(session, () =>
            traceVariable(
              tracer,
              at,
              () => serve(session, 'GetServerVariable', call),
              caller(session, connection, thread),
            ),
          );
        },
      ),
      writeClient: register(
        ['void *', 'void *', 'void *', 'uint32'],
        (connection: Address, data: Address, size: Address, flags: number, thread?: number) => {
          const session = find(connection ?? 0n);
          const tracer = tracerOf(session);
          const call = (own: Session): CallResult => own.writeClient(data ?? 0n, size ?? 0n, flags);
          if (!tracer) return serve(session, 'WriteClient', call);
          const at = { data: data ?? 0n, size: size ?? 0n, flags };
          return guard(session, () =>
            traceWrite(
              tracer,
              at,
              () => serve(session, 'WriteClient', call),
              caller(session, connection, thread),
            ),
          );
        },
      ),
      readClient: register(
        ['void *', 'void *', 'void *'],
        (connection: Address, buffer: Address, size: Address, thread?: number) => {
          const session = find(connection ?? 0n);
          const tracer = tracerOf(session);
          const call = (own: Session): CallResult => own.readClient(buffer ?? 0n, size ?? 0n);
          if (!tracer) return serve(session, 'ReadClient', call);
          const at = { buffer: buffer ?? 0n, size: size ?? 0n };
          return guard(session, () =>
            traceRead(
              tracer,
              at,
              () => serve(session, 'ReadClient', call),
              caller(session, connection, thread),
            ),
          );
        },
      ),
      serverSupportFunction: register(
        ['void *', 'uint32', 'void *', 'void *', 'void *'],
        (
          connection: Address,
          request: number,
          buffer: Address,
          size: Address,
          type: Address,
          thread?: number,
        ) => {
          const session = find(connection ?? 0n);
          const tracer = tracerOf(session);
          const call = (own: Session): CallResult =>
            serverSupportFunction(own, request, buffer ?? 0n, size ?? 0n, type ?? 0n);
          if (!tracer) return serve(session, 'ServerSupportFunction', call);
          const at = { buffer: buffer ?? 0n, size: size ?? 0n, type: type ?? 0n };
          return guard(session, () =>
            traceSupport(
              tracer,
              request,
              at,
              () => serve(session, 'ServerSupportFunction', call),
              caller(session, connection, thread),
            ),
          );
        },
      ),
    };
  };
  const addresses = makeAll(false);
  let traced: CallbackAddresses | undefined;
  return { addresses, traced: () => (traced ??= makeAll(true)) };
}

/**
 * GetServerVariable. A buffer that is too small, or none, is left untouched and the size says how many bytes are
 * needed, the terminating NUL counted.
 */
function getServerVariable(session: Session, name: bigint, buffer: bigint, size: bigint): CallResult {
  if (name === 0n || size === 0n) {
    return session.badArgument('GetServerVariable', name === 0n ? 'the name is NULL' : 'the size is NULL');
  }
  const { platform } = session.environment;
  const text = platform.readText(name);
  const value = session.variables.get(text);
  if (!value) {
    if (isKnownVariable(text)) return session.fail('INVALID_INDEX');
    return session.refuse('unknown-variable', 'INVALID_INDEX', { name: text.slice(0, MAX_NAME) });
  }
  const needed = value.bytes.length + value.terminator;
  const capacity = platform.readU32(size);
  platform.writeU32(size, needed);
  if (buffer === 0n || capacity < needed) return session.fail('INSUFFICIENT_BUFFER');
  const bytes = Buffer.alloc(needed);
  value.bytes.copy(bytes);
  platform.copyOut(buffer, bytes, needed);
  return TRUE;
}
