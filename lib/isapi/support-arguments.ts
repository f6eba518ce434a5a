import type { CallFields } from './call-values.js';
import type { CallView } from './call-view.js';
import { HSE_IO, HSE_URL_FLAGS } from './constants.js';
import { maskPairs } from './secrets/texts.js';

/** The three pointers of ServerSupportFunction. */
export interface SupportPointers {
  readonly buffer: bigint;
  readonly size: bigint;
  readonly type: bigint;
}

/** How the arguments of one function of ServerSupportFunction are shown. */
export interface SupportArguments {
  /** what the extension gives */
  readonly given: (view: CallView, at: SupportPointers) => CallFields;
  /** what it gets, when the call has succeeded */
  readonly got?: (view: CallView, at: SupportPointers) => CallFields;
}

/** `0x3 HSE_IO_SYNC|HSE_IO_ASYNC` */
export function flagNames(value: number, names: Readonly<Record<string, number>>, prefix: string): string {
  const found = Object.entries(names).flatMap(([name, bit]) => ((value & bit) !== 0 ? [prefix + name] : []));
  return `0x${value.toString(16)}${found.length === 0 ? '' : ` ${found.join('|')}`}`;
}

export function ioFlags(value: number): string {
  return flagNames(value, HSE_IO, 'HSE_IO_');
}

const none = (): CallFields => ({});
const url: SupportArguments = { given: (view, { buffer }) => ({ url: view.text(buffer) }) };
const wideUrl: SupportArguments = { given: (view, { buffer }) => ({ url: view.wideText(buffer) }) };
const answer = (name: string): SupportArguments => ({
  given: none,
  got: (view, { buffer }) => ({ [name]: view.u32(buffer) }),
});

/** The functions by number, one row each; see `support-functions.ts` for their names. */
const ROWS: Readonly<Record<number, SupportArguments>> = {
  1: url,
  2: url,
  3: {
    given: (view, { buffer, type }) => ({ status: view.text(buffer), headers: view.headers(type) }),
  },
  4: { given: (view, { buffer }) => (buffer === 0n ? {} : { status: view.u32(buffer) }) },
  1001: {
    given: (view, { buffer, size }) => ({ url: view.text(buffer), room: view.u32(size) }),
    got: (view, { buffer, size }) => ({ path: view.text(buffer), size: view.u32(size) }),
  },
  1003: { given: (view, { buffer }) => ({ text: view.text(buffer) }) },
  1005: {
    given: (view, { buffer, type }) => ({ callback: view.address(buffer), context: view.address(type) }),
  },
  1006: { given: transmission },
  1008: answer('keep'),
  1010: {
    given: (view, { size, type }) => ({ size: view.u32(size), flags: flagsAt(view, type) }),
  },
  1012: { given: url.given, got: mappedPath },
  1016: { given: headersWithLengths },
  1018: answer('connected'),
  1023: wideUrl,
  1024: wideUrl,
  1025: { given: (view, at) => childRequest(view, at, (address) => view.wideText(address)) },
  1026: { given: (view, at) => childRequest(view, at, (address) => view.text(address)) },
  1028: { given: customError },
  1032: { given: (view, { buffer }) => ({ reason: view.text(buffer) }) },
  1033: url,
  1037: { given: vector },
  /* The BOOL is the pointer itself. */
  1043: { given: (_view, { buffer }) => ({ flush: buffer === 0n ? 0 : 1 }) },
};

/** What is shown of a function that has no row: where its arguments are. */
const UNKNOWN: SupportArguments = {
  given: (view, { buffer, size, type }) => ({
    buffer: view.address(buffer),
    size: view.address(size),
    type: view.address(type),
  }),
};

/** How the arguments of a function are shown. */
export function supportArguments(code: number): SupportArguments {
  return ROWS[code] ?? UNKNOWN;
}

function flagsAt(view: CallView, address: bigint): string | number {
  const flags = view.u32(address);
  return typeof flags === 'number' ? ioFlags(flags) : view.address(address);
}

function transmission(view: CallView, { buffer }: SupportPointers): CallFields {
  const info = view.structure('HSE_TF_INFO', buffer);
  if (!info) return { info: view.address(buffer) };
  const head = info.pointer('pHead');
  const tail = info.pointer('pTail');
  const flags = info.u32('dwFlags');
  const hasHeaders = (flags & HSE_IO.SEND_HEADERS) !== 0;
  const headLength = head === 0n ? 0 : info.u32('HeadLength');
  /* The file is an int descriptor for ELF extensions. */
  const file = view.abi === 'elf' ? String(BigInt.asIntN(32, info.pointer('hFile'))) : undefined;
  return {
    file: file === undefined ? view.address(info.pointer('hFile')) : Number(file),
    offset: info.u32('Offset'),
    bytes: info.u32('BytesToWrite'),
    flags: ioFlags(flags),
    ...(hasHeaders && { status: view.text(info.pointer('pszStatusCode')) }),
    ...(info.pointer('pfnHseIO') !== 0n && {
      callback: view.address(info.pointer('pfnHseIO')),
      context: view.address(info.pointer('pContext')),
    }),
    /* Without the flag a head may be header lines all the same. */
    ...(headLength > 0 && { head: view.headers(head, headLength), headBytes: headLength }),
    ...(tail !== 0n && { tail: view.data(tail, info.u32('TailLength')) }),
  };
}

const MAX_PATH = 260;

function mappedPath(view: CallView, { type }: SupportPointers): CallFields {
  const info = view.structure('HSE_URL_MAPEX_INFO', type);
  if (!info) return {};
  return {
    path: info.characters('lpszPath', MAX_PATH),
    flags: flagNames(info.u32('dwFlags'), HSE_URL_FLAGS, 'HSE_URL_FLAGS_'),
    matchingPath: info.u32('cchMatchingPath'),
    matchingUrl: info.u32('cchMatchingURL'),
  };
}

function headersWithLengths(view: CallView, { buffer }: SupportPointers): CallFields {
  const info = view.structure('HSE_SEND_HEADER_EX_INFO', buffer);
  if (!info) return { info: view.address(buffer) };
  const status = view.headers(info.pointer('pszStatus'), info.u32('cchStatus'));
  return {
    status: view.showsSecrets ? status : maskPairs(status),
    headers: view.headers(info.pointer('pszHeader'), info.u32('cchHeader')),
    keep: info.u32('fKeepConn'),
  };
}

function childRequest(
  view: CallView,
  { buffer }: SupportPointers,
  text: (address: bigint) => string,
): CallFields {
  const info = view.structure('HSE_EXEC_URL_INFO', buffer);
  if (!info) return { info: view.address(buffer) };
  const entity = view.structure('HSE_EXEC_URL_ENTITY_INFO', info.pointer('pEntity'));
  return {
    url: text(info.pointer('pszUrl')),
    method: view.text(info.pointer('pszMethod')),
    headers: view.headers(info.pointer('pszChildHeaders')),
    flags: `0x${info.u32('dwExecUrlFlags').toString(16)}`,
    ...(entity && { body: entity.u32('cbAvailable') }),
  };
}

function customError(view: CallView, { buffer }: SupportPointers): CallFields {
  const info = view.structure('HSE_CUSTOM_ERROR_INFO', buffer);
  if (!info) return { info: view.address(buffer) };
  return { status: view.text(info.pointer('pszStatus')), subError: info.u16('uHttpSubError') };
}

function vector(view: CallView, { buffer }: SupportPointers): CallFields {
  const info = view.structure('HSE_RESPONSE_VECTOR', buffer);
  if (!info) return { info: view.address(buffer) };
  return {
    flags: ioFlags(info.u32('dwFlags')),
    status: view.text(info.pointer('pszStatus')),
    headers: view.headers(info.pointer('pszHeaders')),
    elements: info.u32('nElementCount'),
  };
}
