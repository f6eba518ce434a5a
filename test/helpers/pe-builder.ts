/** A resource of a made DLL. */
export interface MadeResource {
  readonly type: number | string;
  readonly name: number | string;
  readonly language?: number;
  readonly content: Buffer;
}

/** An export of a made DLL. */
export interface MadeExport {
  /** undefined for one that is exported by its number alone */
  readonly name?: string;
  /** "library.function" for one that another library has */
  readonly forward?: string;
  /** bytes of its code */
  readonly code?: Buffer;
}

/** What a made DLL is like; what is absent is left out of it. */
export interface MadePe {
  readonly bits?: 32 | 64;
  readonly linker?: readonly [major: number, minor: number];
  readonly timestamp?: number;
  readonly subsystem?: number;
  readonly dllFlags?: number;
  readonly fileFlags?: number;
  /** names of sections beside the one with the content */
  readonly sections?: readonly string[];
  readonly imports?: Readonly<Record<string, readonly (string | number)[]>>;
  readonly delayImports?: Readonly<Record<string, readonly (string | number)[]>>;
  readonly exportName?: string;
  readonly exports?: readonly MadeExport[];
  readonly resources?: readonly MadeResource[];
  readonly resourceStamp?: number;
  /** tools of Microsoft's Rich header: product and build */
  readonly rich?: readonly (readonly [product: number, build: number])[];
  /** texts that lie in the content */
  readonly texts?: readonly string[];
  readonly symbols?: string;
  readonly clr?: string;
  readonly tlsCallbacks?: number;
  readonly certificate?: Buffer;
  /** bytes behind the DOS header */
  readonly dosStub?: string;
}

const BASE = 0x1000_0000;
const ADDRESS = 0x1000;
const OFFSET = 0x800;
const HEADER = 0x200;

/** The content of the section, piece by piece. */
class Layout {
  readonly #parts = new Map<number, Buffer>();
  /** the address of the next piece */
  next = ADDRESS;

  /** Adds a piece; gives its address. */
  place(content: Buffer): number {
    const address = this.next;
    const padded = Buffer.alloc(Math.ceil(content.length / 16) * 16 + 16);
    content.copy(padded);
    this.#parts.set(address, padded);
    this.next += padded.length;
    return address;
  }

  text(value: string): number {
    return this.place(Buffer.from(`${value}\0`, 'latin1'));
  }

  words(values: readonly number[]): number {
    return this.place(wordsOf(values));
  }

  /** Writes over a piece: for what is known only after its place. */
  fill(address: number, content: Buffer): void {
    const part = this.#parts.get(address);
    if (part === undefined) throw new Error('there is no such piece');
    content.copy(part);
  }

  get content(): Buffer {
    return Buffer.concat([...this.#parts.values()]);
  }
}

function wordsOf(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32LE(value >>> 0, index * 4));
  return buffer;
}

function pointersOf(values: readonly bigint[], is64: boolean): Buffer {
  const width = is64 ? 8 : 4;
  const buffer = Buffer.alloc(values.length * width);
  values.forEach((value, index) => {
    if (is64) buffer.writeBigUInt64LE(value, index * width);
    else buffer.writeUInt32LE(Number(value), index * width);
  });
  return buffer;
}

type Directories = Map<number, readonly [address: number, size: number]>;

/** Lays out a DLL: headers, and one section that begins at 0x1000 in memory and at 0x800 in the file. */
export function buildPe(made: MadePe): Buffer {
  const is64 = made.bits === 64;
  const layout = new Layout();
  const directories: Directories = new Map();
  for (const value of made.texts ?? []) layout.text(value);
  if (made.exports !== undefined) directories.set(0, placeExports(made, layout));
  placeImports(made, layout, directories);
  if (made.symbols !== undefined) {
    const path = Buffer.from(`${made.symbols}\0`, 'latin1');
    const data = Buffer.concat([Buffer.from('RSDS'), Buffer.alloc(20), path]);
    const address = layout.place(data);
    directories.set(6, [layout.words([0, 0, 0, 2, data.length, address, address - ADDRESS + OFFSET]), 28]);
  }
  if (made.clr !== undefined) {
    const name = Buffer.from(`${made.clr}\0`, 'latin1');
    const root = layout.place(Buffer.concat([wordsOf([0x424a5342, 0, 0, 12]), name]));
    directories.set(14, [layout.words([72, 0x00050002, root, 64]), 72]);
  }
  if (made.tlsCallbacks !== undefined) {
    const callbacks = Array.from({ length: made.tlsCallbacks }, () => BigInt(BASE + ADDRESS));
    const list = BigInt(BASE + layout.place(pointersOf([...callbacks, 0n], is64)));
    directories.set(9, [layout.place(pointersOf([0n, 0n, 0n, list, 0n], is64)), is64 ? 40 : 20]);
  }
  if (made.resources !== undefined) {
    const tree = layResources(made.resources, made.resourceStamp ?? 0, layout.next);
    directories.set(2, [layout.place(tree), tree.length]);
  }
  return withHeaders(made, layout.content, directories);
}

function placeImports(made: MadePe, layout: Layout, directories: Directories): void {
  const is64 = made.bits === 64;
  const high = is64 ? 1n << 63n : 1n << 31n;
  const thunks = (functions: readonly (string | number)[]): number => {
    const values = functions.map((each) =>
      typeof each === 'number' ? high | BigInt(each) : BigInt(layout.text(`\0\0${each}`)),
    );
    return layout.place(pointersOf([...values, 0n], is64));
  };
  if (made.imports !== undefined) {
    const rows = Object.entries(made.imports).flatMap(([library, functions]) => {
      const table = thunks(functions);
      return [table, 0, 0, layout.text(library), table];
    });
    directories.set(1, [layout.words([...rows, 0, 0, 0, 0, 0]), rows.length * 4 + 20]);
  }
  if (made.delayImports !== undefined) {
    const rows = Object.entries(made.delayImports).flatMap(([library, functions]) => {
      const table = thunks(functions);
      return [1, layout.text(library), 0, table, table, 0, 0, 0];
    });
    directories.set(13, [layout.words([...rows, 0, 0, 0, 0, 0, 0, 0, 0]), rows.length * 4 + 32]);
  }
}

function placeExports(made: MadePe, layout: Layout): readonly [address: number, size: number] {
  const exports = made.exports ?? [];
  const codes = exports.map(({ code }) => layout.place(code ?? Buffer.from([0xc3])));
  const names = exports.flatMap(({ name }) => (name === undefined ? [] : [name])).sort();
  const nameTable = layout.words(names.map((name) => layout.text(name)));
  const ordinals = Buffer.alloc(names.length * 2);
  names.forEach((name, index) => {
    const ordinal = exports.findIndex((each) => each.name === name);
    ordinals.writeUInt16LE(ordinal, index * 2);
  });
  const ordinalTable = layout.place(ordinals);
  const own = layout.text(made.exportName ?? 'made.dll');
  // What lies within the table's size is a forward and no code: so the texts of forwards follow the table.
  const address = layout.place(Buffer.alloc(40));
  const targets = exports.map(({ forward }, index) =>
    forward === undefined ? (codes[index] ?? 0) : layout.text(forward),
  );
  const functions = layout.words(targets);
  const counts = [1, exports.length, names.length];
  layout.fill(address, wordsOf([0, 0, 0, own, ...counts, functions, nameTable, ordinalTable]));
  return [address, functions - address];
}

function withHeaders(made: MadePe, content: Buffer, directories: Directories): Buffer {
  const is64 = made.bits === 64;
  const optional = HEADER + 24;
  const optionalSize = (is64 ? 112 : 96) + 16 * 8;
  const certificate = made.certificate === undefined ? Buffer.alloc(0) : certificateTable(made.certificate);
  const bytes = Buffer.alloc(OFFSET + content.length);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(HEADER, 0x3c);
  bytes.write(made.dosStub ?? '', 0x40, 'latin1');
  writeRich(bytes, made.rich ?? []);
  bytes.write('PE\0\0', HEADER, 'latin1');
  bytes.writeUInt16LE(is64 ? 0x8664 : 0x14c, HEADER + 4);
  const names = made.sections ?? [];
  bytes.writeUInt16LE(1 + names.length, HEADER + 6);
  bytes.writeUInt32LE(made.timestamp ?? 0, HEADER + 8);
  bytes.writeUInt16LE(optionalSize, HEADER + 20);
  bytes.writeUInt16LE(0x2002 | (made.fileFlags ?? 0), HEADER + 22);
  bytes.writeUInt16LE(is64 ? 0x20b : 0x10b, optional);
  bytes.writeUInt8(made.linker?.[0] ?? 6, optional + 2);
  bytes.writeUInt8(made.linker?.[1] ?? 0, optional + 3);
  if (is64) bytes.writeBigUInt64LE(BigInt(BASE), optional + 24);
  else bytes.writeUInt32LE(BASE, optional + 28);
  bytes.writeUInt32LE(0x1000, optional + 32);
  bytes.writeUInt32LE(0x200, optional + 36);
  bytes.writeUInt16LE(4, optional + 48);
  bytes.writeUInt32LE(OFFSET, optional + 60);
  bytes.writeUInt16LE(made.subsystem ?? 2, optional + 68);
  bytes.writeUInt16LE(made.dllFlags ?? 0, optional + 70);
  const table = optional + optionalSize - 16 * 8;
  bytes.writeUInt32LE(16, table - 4);
  for (const [index, [address, size]] of directories) {
    bytes.writeUInt32LE(address, table + index * 8);
    bytes.writeUInt32LE(size, table + index * 8 + 4);
  }
  if (certificate.length > 0) {
    bytes.writeUInt32LE(bytes.length, table + 4 * 8);
    bytes.writeUInt32LE(certificate.length, table + 4 * 8 + 4);
  }
  let section = optional + optionalSize;
  for (const name of [...names, '.made']) {
    bytes.write(name, section, 'latin1');
    if (name === '.made') {
      for (const [at, value] of [
        [8, content.length],
        [12, ADDRESS],
        [16, content.length],
        [20, OFFSET],
      ] as const) {
        bytes.writeUInt32LE(value, section + at);
      }
    }
    section += 40;
  }
  content.copy(bytes, OFFSET);
  return Buffer.concat([bytes, certificate]);
}

function certificateTable(pkcs7: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(8 + pkcs7.length, 0);
  head.writeUInt16LE(0x200, 4);
  head.writeUInt16LE(2, 6);
  return Buffer.concat([head, pkcs7]);
}

function writeRich(bytes: Buffer, tools: readonly (readonly [number, number])[]): void {
  if (tools.length === 0) return;
  const key = 0x12345678;
  const masked = [
    0x536e6144,
    0,
    0,
    0,
    ...tools.flatMap(([product, build]) => [((product << 16) | build) >>> 0, 1]),
  ];
  const all = [...masked.map((value) => (value ^ key) >>> 0), 0x68636952, key];
  all.forEach((value, index) => bytes.writeUInt32LE(value, 0x80 + index * 4));
}

/** Lays out a resource table: folders of types, of names, of languages, then the entries and the contents. */
function layResources(resources: readonly MadeResource[], stamp: number, address: number): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const place = (content: Buffer): number => {
    const offset = length;
    const padded = Buffer.alloc(Math.ceil(content.length / 4) * 4);
    content.copy(padded);
    parts.push(padded);
    length += padded.length;
    return offset;
  };
  // The folders come first, so their size has to be known before: one of each level for each resource, and the root.
  const folderSize = 16 + 8;
  const rootSize = 16 + 8 * resources.length;
  const foldersSize = rootSize + 2 * folderSize * resources.length;
  length = foldersSize;
  const idOf = (id: number | string): number => {
    if (typeof id === 'number') return id;
    const name = Buffer.alloc(2 + id.length * 2);
    name.writeUInt16LE(id.length, 0);
    name.write(id, 2, 'utf16le');
    return (0x80000000 + place(name)) >>> 0;
  };
  const folders = Buffer.alloc(foldersSize);
  folders.writeUInt32LE(stamp, 4);
  folders.writeUInt16LE(resources.length, 14);
  resources.forEach(({ type, name, language, content }, index) => {
    const names = rootSize + index * 2 * folderSize;
    const languages = names + folderSize;
    const data = Buffer.alloc(16);
    data.writeUInt32LE(address + place(content), 0);
    data.writeUInt32LE(content.length, 4);
    const leaf = place(data);
    const entries = [
      [16 + index * 8, idOf(type), 0x80000000 + names],
      [names + 16, idOf(name), 0x80000000 + languages],
      [languages + 16, language ?? 0, leaf],
    ] as const;
    for (const [at, id, target] of entries) {
      folders.writeUInt32LE(id, at);
      folders.writeUInt32LE(target >>> 0, at + 4);
    }
    folders.writeUInt16LE(1, names + 14);
    folders.writeUInt16LE(1, languages + 14);
  });
  return Buffer.concat([folders, ...parts]);
}

/** A VS_VERSIONINFO with a fixed part and one table of texts. */
export function versionResource(version: readonly number[], texts: Readonly<Record<string, string>>): Buffer {
  const fixed = Buffer.alloc(52);
  fixed.writeUInt32LE(0xfeef04bd, 0);
  const [a = 0, b = 0, c = 0, d = 0] = version;
  fixed.writeUInt32LE(((a << 16) | b) >>> 0, 8);
  fixed.writeUInt32LE(((c << 16) | d) >>> 0, 12);
  fixed.writeUInt32LE(((a << 16) | b) >>> 0, 16);
  fixed.writeUInt32LE(((c << 16) | d) >>> 0, 20);
  const strings = Object.entries(texts).map(([key, value]) =>
    versionBlock(key, Buffer.from(`${value}\0`, 'utf16le'), 1),
  );
  const table = versionBlock('040904b0', Buffer.alloc(0), 1, strings);
  const info = versionBlock('StringFileInfo', Buffer.alloc(0), 1, [table]);
  return versionBlock('VS_VERSION_INFO', fixed, 0, [info]);
}

function versionBlock(key: string, value: Buffer, type: 0 | 1, children: readonly Buffer[] = []): Buffer {
  const align = (buffer: Buffer): Buffer =>
    Buffer.concat([buffer, Buffer.alloc((4 - (buffer.length % 4)) % 4)]);
  const head = align(Buffer.concat([Buffer.alloc(6), Buffer.from(`${key}\0`, 'utf16le')]));
  const block = Buffer.concat([align(Buffer.concat([head, value])), ...children.map(align)]);
  block.writeUInt16LE(block.length, 0);
  block.writeUInt16LE(type === 1 ? value.length / 2 : value.length, 2);
  block.writeUInt16LE(type, 4);
  return block;
}

/** A resource PACKAGEINFO as Borland's linkers write it. */
export function packageResource(
  flags: number,
  requires: readonly string[],
  units: readonly string[],
): Buffer {
  const number = (value: number): Buffer => {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32LE(value >>> 0, 0);
    return buffer;
  };
  return Buffer.concat([
    number(flags),
    number(requires.length),
    ...requires.map((name) => Buffer.from(`\x01${name}\0`, 'latin1')),
    number(units.length),
    ...units.map((name) => Buffer.from(`\x10\x01${name}\0`, 'latin1')),
  ]);
}
