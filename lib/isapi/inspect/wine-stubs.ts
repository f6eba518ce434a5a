import { Unreadable, type ByteSource } from './byte-source.js';
import { withFile } from './library.js';
import { readExportTable, type ExportedFunction } from './pe-exports.js';
import { findPeHeader, offsetOf, readPeHeaders, type PeHeaders } from './pe-headers.js';

/** What Wine's build tools write behind the DOS header of a DLL that is Wine's own. */
const SIGNATURE = 'Wine builtin DLL';
const SIGNATURE_OFFSET = 0x40;
/** Before a function may be bytes to align it. */
const MOST_PADDING = 16;
const NOP = 0x90;

/**
 * Which functions of a DLL are stubs: Wine has their names, so that programs load, and ends the process when one is
 * called (exception 0x80000100). Empty for a DLL that is not Wine's, or cannot be read.
 */
export function findWineStubs(path: string, functions: readonly string[]): string[] {
  if (functions.length === 0) return [];
  return withFile(
    path,
    (source) => stubsOf(source, functions),
    () => [],
  );
}

function stubsOf(source: ByteSource, functions: readonly string[]): string[] {
  try {
    const signature = source.bytes(SIGNATURE_OFFSET, SIGNATURE.length).toString('latin1');
    const start = findPeHeader(source);
    if (signature !== SIGNATURE || start === undefined) return [];
    const headers = readPeHeaders(source, start);
    const exported = new Map(readExportTable(source, headers).functions.map((row) => [row.name, row]));
    return functions.filter((name) => {
      const row = exported.get(name);
      return row !== undefined && row.address !== 0 && isStub(source, headers, row);
    });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return [];
  }
}

/**
 * A stub gives its own name to a function that reports it (tools/winebuild/spec32.c, output_stub_funcs). Its code is
 * recognized, and that the name is its own.
 */
function isStub(source: ByteSource, headers: PeHeaders, { address, name }: ExportedFunction): boolean {
  try {
    let at = address;
    while (at < address + MOST_PADDING && source.u8(offsetOf(headers, at)) === NOP) at++;
    const code = source.bytes(offsetOf(headers, at), 32);
    const text = headers.is64 ? nameAddress64(code, at) : nameAddress32(code, headers.imageBase);
    return text !== undefined && source.text(offsetOf(headers, text)) === name;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return false;
  }
}

/** sub $0x28,%rsp; lea file(%rip),%rcx; lea name(%rip),%rdx; call */
function nameAddress64(code: Buffer, address: number): number | undefined {
  const isIt =
    code.readUInt32BE(0) === 0x4883ec28 &&
    code.readUIntBE(4, 3) === 0x488d0d &&
    code.readUIntBE(11, 3) === 0x488d15 &&
    code[18] === 0xe8;
  return isIt ? address + 18 + code.readInt32LE(14) : undefined;
}

/** sub $0xc,%esp; movl $name,4(%esp); movl $file,(%esp); call */
function nameAddress32(code: Buffer, base: number): number | undefined {
  const isIt =
    code.readUIntBE(0, 3) === 0x83ec0c &&
    code.readUInt32BE(3) === 0xc7442404 &&
    code.readUIntBE(11, 3) === 0xc70424 &&
    code[18] === 0xe8;
  return isIt ? code.readUInt32LE(7) - base : undefined;
}
