import { Unreadable, type ByteSource } from './byte-source.js';
import { DIRECTORY, offsetOf, type PeHeaders } from './pe-headers.js';

/** A function that a PE file exports by a name. */
export interface ExportedFunction {
  readonly name: string;
  readonly ordinal: number;
  /** for one that another library has: "library.function", as it stands */
  readonly forward?: string;
  /** its address in the loaded image, 0 for a forwarded one */
  readonly address: number;
}

export interface ExportTable {
  /** what the file calls itself: mostly the name that it was linked with */
  readonly name: string;
  readonly functions: readonly ExportedFunction[];
  /** functions that are exported by their number alone */
  readonly unnamed: number;
}

/** Bounds for tables whose length a file only claims. */
const MOST_NAMES = 65_536;

/** Reads the export table with its ordinals and forwards (IMAGE_EXPORT_DIRECTORY). Raises Unreadable. */
export function readExportTable(source: ByteSource, headers: PeHeaders): ExportTable {
  const { address, size } = headers.directory(DIRECTORY.exports);
  if (address === 0) return { name: '', functions: [], unnamed: 0 };
  const table = offsetOf(headers, address);
  const nameAddress = source.u32(table + 12);
  const base = source.u32(table + 16);
  const functionCount = source.u32(table + 20);
  const nameCount = source.u32(table + 24);
  const functionTable = source.u32(table + 28);
  const nameTable = source.u32(table + 32);
  const ordinalTable = source.u32(table + 36);
  if (nameCount > MOST_NAMES || functionCount > MOST_NAMES) throw new Unreadable('is too large');

  const functions: ExportedFunction[] = [];
  const named = new Set<number>();
  for (let i = 0; i < nameCount; i++) {
    const name = source.text(offsetOf(headers, source.u32(offsetOf(headers, nameTable + i * 4))));
    const index = source.u16(offsetOf(headers, ordinalTable + i * 2));
    if (index >= functionCount) throw new Unreadable('points outside itself');
    named.add(index);
    const target = source.u32(offsetOf(headers, functionTable + index * 4));
    const isForward = target >= address && target < address + size;
    functions.push({
      name,
      ordinal: base + index,
      address: isForward ? 0 : target,
      ...(isForward && { forward: source.text(offsetOf(headers, target)) }),
    });
  }
  let unnamed = 0;
  for (let index = 0; index < functionCount; index++) {
    if (named.has(index)) continue;
    if (source.u32(offsetOf(headers, functionTable + index * 4)) !== 0) unnamed++;
  }
  return { name: nameAddress === 0 ? '' : source.text(offsetOf(headers, nameAddress)), functions, unnamed };
}
