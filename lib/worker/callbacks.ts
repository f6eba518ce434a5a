import type { CallbackAddresses } from '../isapi/control-block.js';
import { messageOf } from '../errors.js';
import { systemError } from '../isapi/constants.js';
import { isKnownVariable } from '../isapi/variables.js';
import type { Platform } from './platform.js';
import { TRUE, type CallResult, type Session } from './session.js';
import { serverSupportFunction } from './support.js';
import { lastErrorThunk } from './thunks.js';

/** Finds the session that a ConnID or a control block's address stands for. */
export type FindSession = (connection: bigint) => Session | undefined;

/** koffi hands over NULL as null. */
type Address = bigint | null;

/** The longest name of a variable that is told of. Bytes. */
const MAX_NAME = 256;

const CODE_BYTES = 4096;
const SLOT_BYTES = 128;

/**
 * Registers the four callbacks of the control block for this thread. An extension may call them from this thread or
 * from one of its own; those are served when this thread's event loop runs.
 */
export function registerCallbacks(platform: Platform, find: FindSession): CallbackAddresses {
  const code = platform.allocateCode(CODE_BYTES);
  let slots = 0;

  const register = (parameters: readonly string[], call: (...args: never[]) => CallResult): bigint => {
    const target = platform.callback(parameters, call);
    const offset = SLOT_BYTES * slots++;
    lastErrorThunk(platform.abi, target, parameters.length, platform.errnoLocation).copy(code.bytes, offset);
    return code.address + BigInt(offset);
  };

  const invalid = systemError('INVALID_PARAMETER', platform.abi) * 0x1_0000_0000;

  /** Runs a call for its session; an exception is a defect of this program, which the extension sees as a failure. */
  const serve = (connection: Address, name: string, call: (session: Session) => CallResult): CallResult => {
    const session = find(connection ?? 0n);
    if (!session) return invalid;
    if (session.closed) return session.late(name);
    try {
      return call(session);
    } catch (error) {
      session.note({ kind: 'defect', text: messageOf(error) });
      return invalid;
    }
  };

  return {
    getServerVariable: register(
      ['void *', 'void *', 'void *', 'void *'],
      (connection: Address, name: Address, buffer: Address, size: Address) =>
        serve(connection, 'GetServerVariable', (session) =>
          getServerVariable(session, name ?? 0n, buffer ?? 0n, size ?? 0n),
        ),
    ),
    writeClient: register(
      ['void *', 'void *', 'void *', 'uint32'],
      (connection: Address, data: Address, size: Address, flags: number) =>
        serve(connection, 'WriteClient', (session) => session.writeClient(data ?? 0n, size ?? 0n, flags)),
    ),
    readClient: register(
      ['void *', 'void *', 'void *'],
      (connection: Address, buffer: Address, size: Address) =>
        serve(connection, 'ReadClient', (session) => session.readClient(buffer ?? 0n, size ?? 0n)),
    ),
    serverSupportFunction: register(
      ['void *', 'uint32', 'void *', 'void *', 'void *'],
      (connection: Address, request: number, buffer: Address, size: Address, type: Address) =>
        serve(connection, 'ServerSupportFunction', (session) =>
          serverSupportFunction(session, request, buffer ?? 0n, size ?? 0n, type ?? 0n),
        ),
    ),
  };
}

/**
 * GetServerVariable. A buffer that is too small, or none, is left untouched and the size says how many bytes are
 * needed, the terminating NUL counted.
 */
function getServerVariable(session: Session, name: bigint, buffer: bigint, size: bigint): CallResult {
  if (name === 0n || size === 0n) {
    const what = name === 0n ? 'name' : 'size';
    return session.refuse('bad-argument', 'INVALID_PARAMETER', {
      name: `GetServerVariable: the ${what} is NULL`,
    });
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
