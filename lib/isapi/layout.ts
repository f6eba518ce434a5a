import type { Abi } from './constants.js';

/**
 * The structures of httpext.h. Offsets are computed from the fields' types by the compilers' rule (each field at a
 * multiple of its own alignment), once for x86 and once for x64; tests hold them against the compiled headers. ELF
 * extensions use the x64 layout, where a file handle is an int (`handle` is read as 32 bits there).
 */
export type FieldType = 'u16' | 'u32' | 'u64' | 'pointer' | 'handle' | `char[${number}]` | `wchar[${number}]`;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly offset: { readonly x86: number; readonly x64: number };
}

export interface StructureLayout {
  readonly fields: readonly Field[];
  /** bytes */
  readonly size: { readonly x86: number; readonly x64: number };
}

type Machine = 'x86' | 'x64';

const SCALARS: Readonly<Record<string, number>> = { u16: 2, u32: 4, u64: 8 };

function measure(type: FieldType, machine: Machine): { size: number; alignment: number } {
  const array = /^(w?)char\[(\d+)\]$/.exec(type);
  if (array) {
    const element = array[1] === 'w' ? 2 : 1;
    return { size: element * Number(array[2]), alignment: element };
  }
  const size = SCALARS[type] ?? (machine === 'x64' ? 8 : 4);
  return { size, alignment: size };
}

function structure(definition: Readonly<Record<string, FieldType>>): StructureLayout {
  const end = { x86: 0, x64: 0 };
  const alignment = { x86: 1, x64: 1 };
  const place = (type: FieldType, machine: Machine): number => {
    const m = measure(type, machine);
    const offset = Math.ceil(end[machine] / m.alignment) * m.alignment;
    end[machine] = offset + m.size;
    alignment[machine] = Math.max(alignment[machine], m.alignment);
    return offset;
  };
  const fields = Object.entries(definition).map(([name, type]) => ({
    name,
    type,
    offset: { x86: place(type, 'x86'), x64: place(type, 'x64') },
  }));
  const whole = (machine: Machine): number =>
    Math.ceil(end[machine] / alignment[machine]) * alignment[machine];
  return { fields, size: { x86: whole('x86'), x64: whole('x64') } };
}

const DEFINITIONS = {
  HSE_VERSION_INFO: { dwExtensionVersion: 'u32', lpszExtensionDesc: 'char[256]' },
  EXTENSION_CONTROL_BLOCK: {
    cbSize: 'u32',
    dwVersion: 'u32',
    ConnID: 'pointer',
    dwHttpStatusCode: 'u32',
    lpszLogData: 'char[80]',
    lpszMethod: 'pointer',
    lpszQueryString: 'pointer',
    lpszPathInfo: 'pointer',
    lpszPathTranslated: 'pointer',
    cbTotalBytes: 'u32',
    cbAvailable: 'u32',
    lpbData: 'pointer',
    lpszContentType: 'pointer',
    GetServerVariable: 'pointer',
    WriteClient: 'pointer',
    ReadClient: 'pointer',
    ServerSupportFunction: 'pointer',
  },
  HSE_TF_INFO: {
    pfnHseIO: 'pointer',
    pContext: 'pointer',
    hFile: 'handle',
    pszStatusCode: 'pointer',
    BytesToWrite: 'u32',
    Offset: 'u32',
    pHead: 'pointer',
    HeadLength: 'u32',
    pTail: 'pointer',
    TailLength: 'u32',
    dwFlags: 'u32',
  },
  HSE_SEND_HEADER_EX_INFO: {
    pszStatus: 'pointer',
    pszHeader: 'pointer',
    cchStatus: 'u32',
    cchHeader: 'u32',
    fKeepConn: 'u32',
  },
  HSE_URL_MAPEX_INFO: {
    lpszPath: 'char[260]',
    dwFlags: 'u32',
    cchMatchingPath: 'u32',
    cchMatchingURL: 'u32',
    dwReserved1: 'u32',
    dwReserved2: 'u32',
  },
  HSE_UNICODE_URL_MAPEX_INFO: {
    lpszPath: 'wchar[260]',
    dwFlags: 'u32',
    cchMatchingPath: 'u32',
    cchMatchingURL: 'u32',
  },
  HSE_EXEC_URL_INFO: {
    pszUrl: 'pointer',
    pszMethod: 'pointer',
    pszChildHeaders: 'pointer',
    pUserInfo: 'pointer',
    pEntity: 'pointer',
    dwExecUrlFlags: 'u32',
  },
  HSE_EXEC_URL_USER_INFO: {
    hImpersonationToken: 'pointer',
    pszCustomUserName: 'pointer',
    pszCustomAuthType: 'pointer',
  },
  HSE_EXEC_URL_ENTITY_INFO: { cbAvailable: 'u32', lpbData: 'pointer' },
  HSE_EXEC_URL_STATUS: { uHttpStatusCode: 'u16', uHttpSubStatus: 'u16', dwWin32Error: 'u32' },
  HSE_CUSTOM_ERROR_INFO: { pszStatus: 'pointer', uHttpSubError: 'u16', fAsync: 'u32' },
  HSE_VECTOR_ELEMENT: { ElementType: 'u32', pvContext: 'pointer', cbOffset: 'u64', cbSize: 'u64' },
  HSE_RESPONSE_VECTOR: {
    dwFlags: 'u32',
    pszStatus: 'pointer',
    pszHeaders: 'pointer',
    nElementCount: 'u32',
    lpElementArray: 'pointer',
  },
} as const satisfies Record<string, Readonly<Record<string, FieldType>>>;

export type StructureName = keyof typeof DEFINITIONS;
type FieldName<S extends StructureName> = keyof (typeof DEFINITIONS)[S] & string;

export const STRUCTURES = Object.fromEntries(
  Object.entries(DEFINITIONS).map(([name, definition]) => [name, structure(definition)]),
) as Readonly<Record<StructureName, StructureLayout>>;

function machineOf(abi: Abi): Machine {
  return abi === 'win32' ? 'x86' : 'x64';
}

/** The size of a structure in bytes. */
export function sizeOf(name: StructureName, abi: Abi): number {
  return STRUCTURES[name].size[machineOf(abi)];
}

/** The offsets of a structure's fields in bytes, by name. */
export function offsetsOf<S extends StructureName>(
  name: S,
  abi: Abi,
): Readonly<Record<FieldName<S>, number>> {
  const machine = machineOf(abi);
  return Object.fromEntries(
    STRUCTURES[name].fields.map((field) => [field.name, field.offset[machine]]),
  ) as Record<FieldName<S>, number>;
}

/** The size of a pointer in bytes. */
export function pointerSize(abi: Abi): 4 | 8 {
  return abi === 'win32' ? 4 : 8;
}

/** The pointer at an offset of a structure's bytes. */
export function readPointer(bytes: Buffer, offset: number, abi: Abi): bigint {
  return pointerSize(abi) === 8 ? bytes.readBigUInt64LE(offset) : BigInt(bytes.readUInt32LE(offset));
}
