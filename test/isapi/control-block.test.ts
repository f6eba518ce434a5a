import t from 'tap';

import { ABIS, type Abi } from '../../lib/isapi/constants.js';
import { ControlBlockWriter, type ControlBlockFields } from '../../lib/isapi/control-block.js';
import { offsetsOf, readPointer, sizeOf } from '../../lib/isapi/layout.js';

const ADDRESS = 0x7654_3210n;

const FIELDS: ControlBlockFields = {
  method: 'POST',
  queryString: 'a=b&caf\xe9',
  pathInfo: '/more path',
  pathTranslated: '/srv/www/more path',
  contentType: 'text/x-kit',
  totalBytes: 0xffffffff,
  available: Buffer.from('read\0ahead\xff', 'latin1'),
};

const EMPTY: ControlBlockFields = {
  method: '',
  queryString: '',
  pathInfo: '',
  pathTranslated: '',
  contentType: '',
  totalBytes: 0,
  available: Buffer.alloc(0),
};

const CALLBACKS = {
  getServerVariable: 0x1000_0001n,
  writeClient: 0x1000_0002n,
  readClient: 0x1000_0003n,
  serverSupportFunction: 0xfffffff4n,
};

/** Memory with a written block; what the block does not cover is 0xEE. */
function written(
  abi: Abi,
  fields: ControlBlockFields,
  spare = 0,
): { writer: ControlBlockWriter; memory: Buffer } {
  const writer = new ControlBlockWriter(abi);
  const memory = Buffer.alloc(writer.measure(fields) + spare, 0xee);
  writer.write(memory, ADDRESS, fields, CALLBACKS);
  return { writer, memory };
}

/** The bytes that the pointer at an offset points to, up to their NUL. */
function textAt(memory: Buffer, offset: number, abi: Abi): string {
  const start = Number(readPointer(memory, offset, abi) - ADDRESS);
  return memory.toString('latin1', start, memory.indexOf(0, start));
}

for (const abi of ABIS) {
  const o = offsetsOf('EXTENSION_CONTROL_BLOCK', abi);

  t.test(`${abi}: every field is where the layout says`, async (t) => {
    const { memory } = written(abi, FIELDS);
    t.equal(memory.readUInt32LE(o.cbSize), abi === 'win32' ? 144 : 192);
    t.equal(memory.readUInt32LE(o.dwVersion), 0x60000);
    t.equal(readPointer(memory, o.ConnID, abi), ADDRESS, 'ConnID is the block itself');
    t.equal(memory.readUInt32LE(o.dwHttpStatusCode), 0);
    t.equal(memory.toString('latin1', o.lpszLogData, o.lpszLogData + 80), '\0'.repeat(80));
    t.equal(textAt(memory, o.lpszMethod, abi), 'POST');
    t.equal(textAt(memory, o.lpszQueryString, abi), 'a=b&caf\xe9');
    t.equal(textAt(memory, o.lpszPathInfo, abi), '/more path');
    t.equal(textAt(memory, o.lpszPathTranslated, abi), '/srv/www/more path');
    t.equal(textAt(memory, o.lpszContentType, abi), 'text/x-kit');
    t.equal(memory.readUInt32LE(o.cbTotalBytes), 0xffffffff);
    t.equal(memory.readUInt32LE(o.cbAvailable), 11);
    const data = Number(readPointer(memory, o.lpbData, abi) - ADDRESS);
    t.equal(memory.toString('latin1', data, data + 11), 'read\0ahead\xff');
    t.equal(memory[data + 11], 0, 'a NUL behind the data');
    t.equal(readPointer(memory, o.GetServerVariable, abi), 0x1000_0001n);
    t.equal(readPointer(memory, o.WriteClient, abi), 0x1000_0002n);
    t.equal(readPointer(memory, o.ReadClient, abi), 0x1000_0003n);
    t.equal(readPointer(memory, o.ServerSupportFunction, abi), 0xfffffff4n);
  });

  t.test(`${abi}: nothing is NULL for a request without anything`, async (t) => {
    const { memory } = written(abi, EMPTY);
    const texts = [o.lpszMethod, o.lpszQueryString, o.lpszPathInfo, o.lpszPathTranslated, o.lpszContentType];
    for (const offset of [...texts, o.lpbData]) {
      t.not(readPointer(memory, offset, abi), 0n);
      t.equal(textAt(memory, offset, abi), '');
    }
    t.equal(memory.readUInt32LE(o.cbAvailable), 0);
    t.equal(memory.readUInt32LE(o.cbTotalBytes), 0);
  });

  t.test(`${abi}: the memory that was measured is what is written, to the last byte`, async (t) => {
    const { memory } = written(abi, FIELDS, 4);
    t.equal(memory.readUInt32LE(memory.length - 4), 0xeeeeeeee);
    t.equal(memory[memory.length - 5], 0);
    t.equal(new ControlBlockWriter(abi).measure(EMPTY), sizeOf('EXTENSION_CONTROL_BLOCK', abi) + 6);
  });

  t.test(`${abi}: memory of an earlier block leaves nothing behind`, async (t) => {
    const { writer, memory } = written(abi, FIELDS);
    writer.writeStatus(memory, 404);
    memory.write('logged', o.lpszLogData, 'latin1');
    writer.write(memory, ADDRESS, EMPTY, CALLBACKS);
    t.equal(writer.readStatus(memory), 0);
    t.equal(writer.readLogData(memory), '');
    t.equal(textAt(memory, o.lpszQueryString, abi), '');
  });

  t.test(`${abi}: dwHttpStatusCode is written and read as 32 bits`, async (t) => {
    const { writer, memory } = written(abi, FIELDS);
    for (const [status, wanted] of [
      [404, 404],
      [0xffffffff, 0xffffffff],
      [-1, 0xffffffff],
    ] as const) {
      writer.writeStatus(memory, status);
      t.equal(writer.readStatus(memory), wanted);
    }
    t.equal(memory.readUInt32LE(o.lpszLogData), 0, 'its neighbour is untouched');
  });

  t.test(`${abi}: lpszLogData is read up to its NUL, 80 bytes at most`, async (t) => {
    const { writer, memory } = written(abi, FIELDS);
    t.equal(writer.readLogData(memory), '');
    memory.write('caf\xe9\0rest', o.lpszLogData, 'latin1');
    t.equal(writer.readLogData(memory), 'caf\xe9');
    memory.fill('x', o.lpszLogData, o.lpszLogData + 80);
    t.equal(writer.readLogData(memory), 'x'.repeat(80));
  });
}
