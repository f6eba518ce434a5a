import type { ByteSource } from './byte-source.js';
import { DIRECTORY, offsetOf, type PeHeaders } from './pe-headers.js';

/** A tool that the header between the DOS program and the PE header names. */
export interface RichTool {
  readonly product: number;
  readonly build: number;
  readonly count: number;
}

const RICH = 0x68636952;
const DANS = 0x536e6144;
const MOST_TOOLS = 128;

/**
 * The header that Microsoft's linkers write, and nobody else's: which of their tools made how many of the parts. It ends
 * with "Rich" and the key that everything before it is masked with; it begins with "DanS". Never raises.
 */
export function readRich(source: ByteSource, peHeader: number): RichTool[] {
  const end = Math.min(peHeader, source.size, 4096);
  if (end < 0x80) return [];
  const head = source.bytes(0, end);
  let rich = -1;
  for (let at = 0x40; at + 8 <= end; at += 4) if (head.readUInt32LE(at) === RICH) rich = at;
  if (rich < 0) return [];
  const key = head.readUInt32LE(rich + 4);
  const word = (at: number): number => (head.readUInt32LE(at) ^ key) >>> 0;
  const tools: RichTool[] = [];
  for (let at = rich - 8; at >= 0x40 && tools.length < MOST_TOOLS; at -= 8) {
    if (word(at) === DANS || word(at + 4) === DANS) break;
    const id = word(at);
    // Between "DanS" and the first tool lie words of zero.
    if (id !== 0) tools.unshift({ product: id >>> 16, build: id & 0xffff, count: word(at + 4) });
  }
  return tools;
}

/** What a debug directory says. */
export interface CodeView {
  /** the file with the debugging symbols, as the linker was told */
  readonly symbols?: string;
  /** the time stamps of the file are a hash of its content */
  readonly isReproducible?: boolean;
}

/** Types of IMAGE_DEBUG_DIRECTORY (winnt.h). */
const DEBUG = { codeView: 2, reproducible: 16 } as const;
const MOST_ENTRIES = 32;
const RSDS = 0x53445352;
const NB10 = 0x3031424e;

/** Reads the debug directory of a PE file. Raises Unreadable. */
export function readCodeView(source: ByteSource, headers: PeHeaders): CodeView {
  const { address, size } = headers.directory(DIRECTORY.debug);
  if (address === 0) return {};
  const table = offsetOf(headers, address);
  let symbols: string | undefined;
  let isReproducible = false;
  for (let i = 0; i < Math.min(Math.floor(size / 28), MOST_ENTRIES); i++) {
    const at = table + i * 28;
    const type = source.u32(at + 12);
    if (type === DEBUG.reproducible) isReproducible = true;
    const data = source.u32(at + 24);
    if (type !== DEBUG.codeView || data === 0) continue;
    const signature = source.u32(data);
    if (signature === RSDS) symbols = source.text(data + 24);
    if (signature === NB10) symbols = source.text(data + 16);
  }
  return {
    ...(symbols !== undefined && symbols !== '' && { symbols }),
    ...(isReproducible && { isReproducible }),
  };
}
