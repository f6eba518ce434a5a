import type { WrongArgument } from '../isapi/bad-arguments.js';
import { HSE_IO, systemError } from '../isapi/constants.js';
import type { RefusalKind } from '../isapi/refusals.js';
import { offsetsOf, readPointer, sizeOf } from '../isapi/layout.js';
import type { NativeFile } from './platform.js';
import { TRUE, type CallResult, type Session } from './session.js';

const TRANSMIT_FILE = 1006;

/** HSE_TF_INFO as an extension filled it in. */
interface Transmission {
  readonly callback: bigint;
  readonly context: bigint;
  readonly file: bigint;
  readonly status: bigint;
  readonly bytes: number;
  readonly offset: number;
  readonly head: { readonly address: bigint; readonly length: number };
  readonly tail: { readonly address: bigint; readonly length: number };
  readonly flags: number;
}

function readTransmission(session: Session, address: bigint): Transmission {
  const { platform } = session.environment;
  const at = offsetsOf('HSE_TF_INFO', platform.abi);
  const info = Buffer.alloc(sizeOf('HSE_TF_INFO', platform.abi));
  platform.copyIn(address, info, 0, info.length);
  const pointer = (offset: number): bigint => readPointer(info, offset, platform.abi);
  const piece = (start: number, length: number): Transmission['head'] => {
    const from = pointer(start);
    return { address: from, length: from === 0n ? 0 : info.readUInt32LE(length) };
  };
  return {
    callback: pointer(at.pfnHseIO),
    context: pointer(at.pContext),
    /* An ELF extension's hFile is an int descriptor. */
    file: platform.abi === 'elf' ? BigInt(info.readInt32LE(at.hFile)) : pointer(at.hFile),
    status: pointer(at.pszStatusCode),
    bytes: info.readUInt32LE(at.BytesToWrite),
    offset: info.readUInt32LE(at.Offset),
    head: piece(at.pHead, at.HeadLength),
    tail: piece(at.pTail, at.TailLength),
    flags: info.readUInt32LE(at.dwFlags),
  };
}

/**
 * HSE_REQ_TRANSMIT_FILE: head, file and tail, with status and headers before them when HSE_IO_SEND_HEADERS is set.
 * The file is read at explicit offsets and stays the extension's. With HSE_IO_ASYNC and ISAPIFakeAsync the
 * completion is called before it returns; it gets the number of bytes, head and tail included.
 */
export function transmitFile(session: Session, buffer: bigint): CallResult {
  const refused = (refusal: RefusalKind, name?: string): CallResult =>
    session.refuse(refusal, 'INVALID_PARAMETER', {
      code: TRANSMIT_FILE,
      ...(name !== undefined && { name }),
    });
  const badArgument = (name: WrongArgument<typeof TRANSMIT_FILE>): CallResult =>
    refused('bad-argument', name);
  if (buffer === 0n) return badArgument('the structure is NULL');
  const t = readTransmission(session, buffer);
  const asynchronous = (t.flags & HSE_IO.ASYNC) !== 0;
  const completion = t.callback === 0n ? session.completion : { callback: t.callback, context: t.context };
  if (asynchronous && !session.fakeAsync) {
    const error = systemError('INVALID_PARAMETER', session.environment.platform.abi);
    session.noteOnce({ kind: 'unsupported', code: TRANSMIT_FILE, as: 'HSE_IO_ASYNC', error });
    return session.fail('INVALID_PARAMETER');
  }
  const file = session.environment.platform.file(t.file);
  if (!file) return badArgument('hFile is no file that is open');
  if (asynchronous && !completion) return refused('no-completion');

  const withHeaders = (t.flags & HSE_IO.SEND_HEADERS) !== 0;
  if (withHeaders && session.sendHead(textOf(session, t.status), headText(session, t)) !== TRUE) {
    return session.fail('INVALID_PARAMETER');
  }
  if (!withHeaders && !session.send(session.source(t.head.address, t.head.length))) {
    return session.fail('WRITE_FAULT');
  }
  const sent = sendPart(session, file, t.offset, t.bytes);
  if (sent === undefined || !session.send(session.source(t.tail.address, t.tail.length))) {
    return session.fail('WRITE_FAULT');
  }
  if (t.bytes > 0 && sent < t.bytes) {
    session.note({ kind: 'disconnect', cut: true });
    session.partly('file-short', {
      code: TRANSMIT_FILE,
      detail: `${String(sent)} of ${String(t.bytes)} bytes`,
    });
    return session.fail('WRITE_FAULT');
  }
  if ((t.flags & HSE_IO.DISCONNECT_AFTER_SEND) !== 0) session.note({ kind: 'disconnect', cut: false });
  if (asynchronous) session.complete(t.head.length + sent + t.tail.length, 0, completion);
  return TRUE;
}

function textOf(session: Session, address: bigint): string {
  return address === 0n ? '' : session.environment.platform.readText(address);
}

function headText(session: Session, t: Transmission): string {
  const bytes = Buffer.alloc(t.head.length);
  if (bytes.length > 0) session.environment.platform.copyIn(t.head.address, bytes, 0, bytes.length);
  return bytes.toString('latin1');
}

const CHUNK_BYTES = 64 * 1024;

/** Sends `bytes` of a file, or to its end for 0. Returns how many it had; undefined when the client is gone. */
function sendPart(session: Session, file: NativeFile, offset: number, bytes: number): number | undefined {
  const limit = bytes === 0 ? Infinity : bytes;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let sent = 0;
  while (sent < limit) {
    const count = file.read(chunk, 0, Math.min(CHUNK_BYTES, limit - sent), offset + sent);
    if (count === 0) break;
    const source = {
      length: count,
      fill: (from: number, target: Buffer, at: number, part: number): void => {
        chunk.copy(target, at, from, from + part);
      },
    };
    if (!session.send(source)) return undefined;
    sent += count;
  }
  return sent;
}
