import { BEGIN_FLAGS } from '../channel/begin.js';
import { ASK_KIND } from '../channel/frames.js';
import { encodeHead } from '../channel/head.js';
import type { SupportCode, WrongArgument } from '../isapi/bad-arguments.js';
import { HSE_IO, HSE_URL_FLAGS, systemError } from '../isapi/constants.js';
import { offsetsOf, readPointer, sizeOf } from '../isapi/layout.js';
import { TRUE, type CallResult, type Session } from './session.js';
import { transmitFile } from './transmit-file.js';

/** Carries out one function of ServerSupportFunction; addresses are 0n for NULL. */
type Support = (session: Session, buffer: bigint, size: bigint, type: bigint) => CallResult;

/** The functions by number; what is not here is unsupported (see `isapi/support-functions.ts`). */
const SUPPORT: ReadonlyMap<number, Support> = new Map<number, Support>([
  [1, sendUrlRedirect],
  [2, sendUrl],
  [3, sendResponseHeader],
  [4, doneWithSession],
  [1001, mapUrlToPath],
  [1003, appendLogParameter],
  [1005, ioCompletion],
  [1006, transmitFile],
  [1008, isKeepConn],
  [1010, asyncReadClient],
  [1012, mapUrlToPathEx],
  [1016, sendResponseHeaderEx],
  [1018, isConnected],
]);

/** ServerSupportFunction. */
export function serverSupportFunction(
  session: Session,
  code: number,
  buffer: bigint,
  size: bigint,
  type: bigint,
): CallResult {
  const support = SUPPORT.get(code);
  if (support) return support(session, buffer, size, type);
  return unsupported(session, code, { detail: describeArguments(session, code, buffer, size, type) });
}

function unsupported(
  session: Session,
  code: number,
  more: { readonly as?: string; readonly detail?: string } = {},
): CallResult {
  const error = systemError('INVALID_PARAMETER', session.environment.platform.abi);
  session.noteOnce({ kind: 'unsupported', code, ...more, error });
  return session.fail('INVALID_PARAMETER');
}

/** HSE_REQ_REPORT_UNHEALTHY, whose argument is the reason. */
const REPORT_UNHEALTHY = 1032;

/** More of a reason is not told. Bytes. */
const MAX_REASON = 1000;

/** Addresses below are none: numbers that are passed in place of pointers. */
const FIRST_ADDRESS = 0x10000n;

/** What is told of a function's arguments: nothing that they point to, which may be anything. */
function describeArguments(
  session: Session,
  code: number,
  buffer: bigint,
  size: bigint,
  type: bigint,
): string {
  if (code === REPORT_UNHEALTHY && buffer >= FIRST_ADDRESS) {
    const text = session.environment.platform.readText(buffer).trim();
    return text === '' ? 'without a reason' : text.slice(0, MAX_REASON);
  }
  const show = (value: bigint): string => {
    if (value === 0n) return 'NULL';
    return value < FIRST_ADDRESS ? String(value) : 'given';
  };
  return `buffer ${show(buffer)}, size ${show(size)}, type ${show(type)}`;
}

/** A function that was called with something that cannot be. */
function badArgument<C extends SupportCode>(session: Session, code: C, name: WrongArgument<C>): CallResult {
  return session.refuse('bad-argument', 'INVALID_PARAMETER', { code, name });
}

function textAt(session: Session, address: bigint): string {
  return address === 0n ? '' : session.environment.platform.readText(address);
}

function sendUrlRedirect(session: Session, buffer: bigint): CallResult {
  if (buffer === 0n) return badArgument(session, 1, 'the URL is NULL');
  session.settleOutput();
  if (session.writer.begun) session.partly('headers-late', { code: 1 });
  else session.writer.head.redirect(textAt(session, buffer));
  session.statusCode = 302;
  return TRUE;
}

/** The server sends the URL's response in place of this session's; headers given before are added to it. */
function sendUrl(session: Session, buffer: bigint): CallResult {
  if (buffer === 0n) return badArgument(session, 2, 'the URL is NULL');
  session.settleOutput();
  if (session.writer.begun) return session.refuse('headers-late', 'INVALID_PARAMETER', { code: 2 });
  const { head } = session.writer;
  session.ask(ASK_KIND.SEND_URL, `${textAt(session, buffer)}\0${head.given ? encodeHead(head) : ''}`);
  session.writer.replaced();
  return TRUE;
}

function sendResponseHeader(session: Session, buffer: bigint, _size: bigint, type: bigint): CallResult {
  return session.sendHead(textAt(session, buffer), textAt(session, type));
}

/** HSE_SEND_HEADER_EX_INFO: the lengths count, so the texts need not end in NUL. */
function sendResponseHeaderEx(session: Session, buffer: bigint): CallResult {
  if (buffer === 0n) return badArgument(session, 1016, 'the structure is NULL');
  const { platform } = session.environment;
  const layout = offsetsOf('HSE_SEND_HEADER_EX_INFO', platform.abi);
  const info = Buffer.alloc(sizeOf('HSE_SEND_HEADER_EX_INFO', platform.abi));
  platform.copyIn(buffer, info, 0, info.length);
  const text = (pointer: number, length: number): string => {
    const address = readPointer(info, pointer, platform.abi);
    if (address === 0n) return '';
    const bytes = Buffer.alloc(info.readUInt32LE(length));
    if (bytes.length > 0) platform.copyIn(address, bytes, 0, bytes.length);
    return bytes.toString('latin1');
  };
  const status = text(layout.pszStatus, layout.cchStatus);
  const end = status.indexOf('\0');
  return session.sendHead(end < 0 ? status : status.slice(0, end), text(layout.pszHeader, layout.cchHeader));
}

/** Without ISAPIFakeAsync it does nothing and succeeds, as the manual of mod_isapi says. */
function doneWithSession(session: Session): CallResult {
  if (session.fakeAsync) {
    session.done = true;
    session.onDone?.();
  } else session.partly('done-ignored', { code: 4 });
  return TRUE;
}

function mapUrlToPath(session: Session, buffer: bigint, size: bigint): CallResult {
  if (buffer === 0n) return badArgument(session, 1001, 'the buffer is NULL');
  if (size === 0n) return badArgument(session, 1001, 'the size is NULL');
  const { platform } = session.environment;
  const { text } = session.ask(ASK_KIND.MAP_URL, textAt(session, buffer));
  if (text === '') return session.fail('INVALID_PARAMETER');
  const path = platform.notation(text);
  const capacity = platform.readU32(size);
  if (path.length + 1 > capacity) {
    platform.writeU32(size, path.length + 1);
    return session.fail('INSUFFICIENT_BUFFER');
  }
  platform.copyOut(buffer, Buffer.from(`${path}\0`, 'latin1'), path.length + 1);
  platform.writeU32(size, path.length);
  return TRUE;
}

const MAX_PATH = 260;
/** Access rights of a file, and of what is no file: made of HSE_URL_FLAGS. */
const FILE_FLAGS = HSE_URL_FLAGS.READ | HSE_URL_FLAGS.WRITE;
const OTHER_FLAGS = FILE_FLAGS | HSE_URL_FLAGS.EXECUTE | HSE_URL_FLAGS.SCRIPT;

/**
 * HSE_URL_MAPEX_INFO. The path has backslashes for ELF extensions too, a folder's ends in one, and the flags tell
 * files from what is none: as mod_isapi fills it in.
 */
function mapUrlToPathEx(session: Session, buffer: bigint, _size: bigint, type: bigint): CallResult {
  if (buffer === 0n) return badArgument(session, 1012, 'the URL is NULL');
  if (type === 0n) return badArgument(session, 1012, 'the structure is NULL');
  const { platform } = session.environment;
  const answer = session.ask(ASK_KIND.MAP_URL_EX, textAt(session, buffer)).text.split('\0');
  const [serverPath = '', kind, matchedUrl, matchedPath] = answer;
  const plain = serverPath === '' ? '' : platform.notation(serverPath);
  const drive = plain.length - serverPath.length;
  const path = plain.replaceAll('/', '\\');
  if (path.length + 1 > MAX_PATH)
    return session.refuse('buffer-short', 'INSUFFICIENT_BUFFER', { code: 1012 });
  const layout = offsetsOf('HSE_URL_MAPEX_INFO', platform.abi);
  const info = Buffer.alloc(sizeOf('HSE_URL_MAPEX_INFO', platform.abi));
  info.write(path, layout.lpszPath, 'latin1');
  if (path !== '') info.writeUInt32LE(kind === 'file' ? FILE_FLAGS : OTHER_FLAGS, layout.dwFlags);
  info.writeUInt32LE(Number(matchedPath) + drive, layout.cchMatchingPath);
  info.writeUInt32LE(Number(matchedUrl), layout.cchMatchingURL);
  platform.copyOut(type, info, info.length);
  return TRUE;
}

function appendLogParameter(session: Session, buffer: bigint): CallResult {
  if (buffer === 0n) return badArgument(session, 1003, 'the text is NULL');
  session.note({ kind: 'log parameter', text: textAt(session, buffer) });
  return TRUE;
}

/** The last call wins. Without ISAPIFakeAsync there are no completions. */
function ioCompletion(session: Session, buffer: bigint, _size: bigint, type: bigint): CallResult {
  if (!session.fakeAsync) return unsupported(session, 1005);
  if (buffer === 0n) return badArgument(session, 1005, 'the callback is NULL');
  session.completion = { callback: buffer, context: type };
  return TRUE;
}

function isKeepConn(session: Session, buffer: bigint): CallResult {
  if (buffer === 0n) return badArgument(session, 1008, 'the result is NULL');
  const keep = (session.job.flags & BEGIN_FLAGS.KEEP_CONNECTION) !== 0;
  session.environment.platform.writeU32(buffer, keep ? 1 : 0);
  return TRUE;
}

/** Reads at once, then calls the completion, on the calling thread and before it returns. */
function asyncReadClient(session: Session, buffer: bigint, size: bigint, type: bigint): CallResult {
  const { platform } = session.environment;
  if (!session.fakeAsync) {
    session.noteOnce({ kind: 'async read refused', error: systemError('INVALID_PARAMETER', platform.abi) });
    return session.fail('INVALID_PARAMETER');
  }
  if (type === 0n || (platform.readU32(type) & HSE_IO.ASYNC) === 0) {
    return badArgument(session, 1010, 'the flags lack HSE_IO_ASYNC');
  }
  if (buffer === 0n || size === 0n) return badArgument(session, 1010, 'the buffer or its size is NULL');
  if (!session.completion) return session.refuse('no-completion', 'INVALID_PARAMETER', { code: 1010 });
  const { count, broken } = session.read(buffer, platform.readU32(size));
  platform.writeU32(size, count);
  session.complete(count, broken ? systemError('READ_FAULT', platform.abi) : 0);
  return TRUE;
}

function isConnected(session: Session, buffer: bigint): CallResult {
  if (buffer === 0n) return badArgument(session, 1018, 'the result is NULL');
  const connected = !session.lost && session.ask(ASK_KIND.CONNECTED, '').argument === 1;
  session.environment.platform.writeU32(buffer, connected ? 1 : 0);
  return TRUE;
}
