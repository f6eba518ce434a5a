/** What the sections of a hand-made DLL begin at, in the loaded image and in the file. */
export const SECTION_ADDRESS = 0x1000;
const SECTION_OFFSET = 0x400;
/** Where 32-bit DLLs want to be loaded. */
export const IMAGE_BASE = 0x10000000;

/**
 * A DLL of headers and one section, whose content begins at SECTION_ADDRESS. `directories` are the address and size of
 * data directories by their index.
 */
export function makePe(
  target: 'win64' | 'win32',
  content: Buffer,
  directories: Readonly<Record<number, readonly [address: number, size: number]>>,
): Buffer {
  const is64 = target === 'win64';
  const header = 0x40;
  const optional = header + 24;
  const optionalSize = (is64 ? 112 : 96) + 16 * 8;
  const bytes = Buffer.alloc(SECTION_OFFSET + content.length);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(header, 0x3c);
  bytes.write('PE\0\0', header, 'latin1');
  bytes.writeUInt16LE(is64 ? 0x8664 : 0x14c, header + 4);
  bytes.writeUInt16LE(1, header + 6); // sections
  bytes.writeUInt16LE(optionalSize, header + 20);
  bytes.writeUInt16LE(0x2002, header + 22); // a DLL, executable
  bytes.writeUInt16LE(is64 ? 0x20b : 0x10b, optional);
  if (is64) bytes.writeBigUInt64LE(BigInt(IMAGE_BASE), optional + 24);
  else bytes.writeUInt32LE(IMAGE_BASE, optional + 28);
  bytes.writeUInt32LE(0x1000, optional + 32); // alignment in memory
  bytes.writeUInt32LE(0x200, optional + 36); // and in the file
  bytes.writeUInt32LE(SECTION_OFFSET, optional + 60); // size of the headers
  bytes.writeUInt32LE(16, optional + optionalSize - 16 * 8 - 4);
  for (const [index, [address, size]] of Object.entries(directories)) {
    const at = optional + optionalSize - 16 * 8 + Number(index) * 8;
    bytes.writeUInt32LE(address, at);
    bytes.writeUInt32LE(size, at + 4);
  }
  const section = optional + optionalSize;
  bytes.write('.made', section, 'latin1');
  bytes.writeUInt32LE(content.length, section + 8);
  bytes.writeUInt32LE(SECTION_ADDRESS, section + 12);
  bytes.writeUInt32LE(content.length, section + 16);
  bytes.writeUInt32LE(SECTION_OFFSET, section + 20);
  content.copy(bytes, SECTION_OFFSET);
  return bytes;
}

/** Lays out a delay-load table of one library with one named function and the function number 7. */
export function delayLoadTable(
  target: 'win64' | 'win32',
  library: string,
  name: string,
  base: number,
): Buffer {
  const width = target === 'win64' ? 8 : 4;
  const content = Buffer.alloc(256);
  const address = (offset: number): number => SECTION_ADDRESS + offset + base;
  content.writeUInt32LE(base === 0 ? 1 : 0, 0); // attributes: addresses are relative
  content.writeUInt32LE(address(0x40), 4); // name of the library
  content.writeUInt32LE(address(0x80), 16); // names of the functions
  content.write(library, 0x40, 'latin1');
  content.writeUInt32LE(address(0xc0), 0x80);
  content.writeUInt32LE(7, 0x80 + width);
  content.writeUInt32LE(0x80000000 + (width === 4 ? 7 : 0), 0x80 + 2 * width - 4);
  content.write(name, 0xc2, 'latin1');
  return content;
}
