import ref from 'ref-napi';
import t from 'tap';

import { ControlBlockWriter, type ControlBlockFields } from '../../lib/isapi/control-block.js';

/**
 * Control blocks that our code wrote, read back by a library that knows the types of C and nothing of us. The offsets
 * are the documented ones, not those of our table.
 */
const OFFSETS = {
  x86: {
    cbSize: 0,
    dwVersion: 4,
    ConnID: 8,
    dwHttpStatusCode: 12,
    lpszLogData: 16,
    lpszMethod: 96,
    lpszQueryString: 100,
    lpszPathInfo: 104,
    lpszPathTranslated: 108,
    cbTotalBytes: 112,
    cbAvailable: 116,
    lpbData: 120,
    lpszContentType: 124,
    GetServerVariable: 128,
    WriteClient: 132,
    ReadClient: 136,
    ServerSupportFunction: 140,
  },
  x64: {
    cbSize: 0,
    dwVersion: 4,
    ConnID: 8,
    dwHttpStatusCode: 16,
    lpszLogData: 20,
    lpszMethod: 104,
    lpszQueryString: 112,
    lpszPathInfo: 120,
    lpszPathTranslated: 128,
    cbTotalBytes: 136,
    cbAvailable: 140,
    lpbData: 144,
    lpszContentType: 152,
    GetServerVariable: 160,
    WriteClient: 168,
    ReadClient: 176,
    ServerSupportFunction: 184,
  },
} as const;

const FIELDS: ControlBlockFields = {
  method: 'PROPFIND',
  queryString: 'a=1&b=\xe9',
  pathInfo: '',
  pathTranslated: 'C:\\www\\page.htm',
  contentType: 'text/plain',
  totalBytes: 0xffffffff,
  available: Buffer.from('body\0with NUL', 'latin1'),
};

const CALLBACKS = {
  getServerVariable: 0x11111110n,
  writeClient: 0x22222220n,
  readClient: 0x33333330n,
  serverSupportFunction: 0x44444440n,
};

const TEXTS = {
  lpszMethod: FIELDS.method,
  lpszQueryString: FIELDS.queryString,
  lpszPathInfo: FIELDS.pathInfo,
  lpszPathTranslated: FIELDS.pathTranslated,
  lpszContentType: FIELDS.contentType,
} as const;

/** The bytes up to their NUL. */
function untilNul(bytes: Buffer): string {
  return bytes.toString('latin1', 0, bytes.indexOf(0));
}

// Pointers can be followed where they are as wide as this process's own.
const pointersFit = process.arch === 'x64' || process.arch === 'arm64';

for (const abi of ['elf', 'win64'] as const) {
  void t.test(`a control block for ${abi} is read back through its pointers`, { skip: !pointersFit }, (t) => {
    const writer = new ControlBlockWriter(abi);
    const memory = Buffer.alloc(writer.measure(FIELDS), 0xaa);
    const address = BigInt(ref.address(memory));
    writer.write(memory, address, FIELDS, CALLBACKS);
    const at = OFFSETS.x64;
    const u32 = (offset: number): unknown => ref.get(memory, offset, ref.types.uint32);

    t.equal(u32(at.cbSize), 192);
    t.equal(u32(at.dwVersion), 0x60000);
    t.equal(u32(at.dwHttpStatusCode), 0);
    t.equal(u32(at.cbTotalBytes), 0xffffffff);
    t.equal(u32(at.cbAvailable), FIELDS.available.length);
    t.equal(ref.readCString(memory, at.lpszLogData), '');
    t.equal(
      BigInt(ref.address(ref.readPointer(memory, at.ConnID, 1))),
      address,
      'ConnID is the address of the block',
    );
    for (const [name, text] of Object.entries(TEXTS)) {
      const pointed = ref.readPointer(memory, at[name as keyof typeof TEXTS], 64);
      t.equal(untilNul(pointed), text, name);
    }
    const data = ref.readPointer(memory, at.lpbData, FIELDS.available.length + 1);
    t.strictSame(Buffer.from(data.subarray(0, -1)), FIELDS.available);
    t.equal(data[FIELDS.available.length], 0, 'a NUL follows the body');
    const callback = (offset: number): bigint => BigInt(ref.get(memory, offset, ref.types.uint64));
    t.equal(callback(at.GetServerVariable), CALLBACKS.getServerVariable);
    t.equal(callback(at.WriteClient), CALLBACKS.writeClient);
    t.equal(callback(at.ReadClient), CALLBACKS.readClient);
    t.equal(callback(at.ServerSupportFunction), CALLBACKS.serverSupportFunction);
    t.end();
  });
}

void t.test('a control block for win32 has 32-bit pointers into its own memory', (t) => {
  const writer = new ControlBlockWriter('win32');
  const memory = Buffer.alloc(writer.measure(FIELDS), 0xaa);
  // As a 32-bit process would have it; above 2 GiB, where signed numbers would go wrong.
  const address = 0xbff00010;
  writer.write(memory, BigInt(address), FIELDS, CALLBACKS);
  const at = OFFSETS.x86;
  const u32 = (offset: number): number => Number(ref.get(memory, offset, ref.types.uint32));

  t.equal(u32(at.cbSize), 144);
  t.equal(u32(at.dwVersion), 0x60000);
  t.equal(u32(at.ConnID), address);
  t.equal(u32(at.dwHttpStatusCode), 0);
  t.equal(u32(at.cbTotalBytes), 0xffffffff);
  t.equal(u32(at.cbAvailable), FIELDS.available.length);
  for (const [name, text] of Object.entries(TEXTS)) {
    const offset = u32(at[name as keyof typeof TEXTS]) - address;
    t.equal(untilNul(memory.subarray(offset)), text, name);
  }
  const data = u32(at.lpbData) - address;
  t.strictSame(memory.subarray(data, data + FIELDS.available.length), FIELDS.available);
  t.equal(ref.get(memory, data + FIELDS.available.length, ref.types.uint8), 0);
  t.equal(u32(at.GetServerVariable), 0x11111110);
  t.equal(u32(at.WriteClient), 0x22222220);
  t.equal(u32(at.ReadClient), 0x33333330);
  t.equal(u32(at.ServerSupportFunction), 0x44444440);
  t.end();
});

for (const [abi, at] of [
  ['win64', OFFSETS.x64],
  ['win32', OFFSETS.x86],
] as const) {
  void t.test(`what a ${abi} extension leaves in its block is read where C wrote it`, (t) => {
    const writer = new ControlBlockWriter(abi);
    const memory = Buffer.alloc(writer.measure(FIELDS));
    writer.write(memory, 0x10000n, FIELDS, CALLBACKS);
    ref.set(memory, at.dwHttpStatusCode, 404, ref.types.uint32);
    memory.write('logged\0', at.lpszLogData, 'latin1');
    t.equal(writer.readStatus(memory), 404);
    t.equal(writer.readLogData(memory), 'logged');

    // 80 bytes without a NUL: the pointer behind them is no part of the text.
    memory.fill('x', at.lpszLogData, at.lpszLogData + 80);
    t.equal(writer.readLogData(memory), 'x'.repeat(80));

    writer.writeStatus(memory, 502);
    t.equal(ref.get(memory, at.dwHttpStatusCode, ref.types.uint32), 502);
    t.end();
  });
}
