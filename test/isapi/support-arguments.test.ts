import t from 'tap';

import { CallView } from '../../lib/isapi/call-view.js';
import type { CallFields } from '../../lib/isapi/call-values.js';
import type { Abi } from '../../lib/isapi/constants.js';
import { offsetsOf, pointerSize, sizeOf, type StructureName } from '../../lib/isapi/layout.js';
import { supportArguments } from '../../lib/isapi/support-arguments.js';
import { SUPPORT_FUNCTIONS } from '../../lib/isapi/support-functions.js';

/** Memory that a test fills, from this address on. */
const BASE = 0x10000n;

class FakeMemory {
  readonly bytes = Buffer.alloc(64 * 1024);
  readonly view: CallView;
  readonly #abi: Abi;
  #end = 16;

  constructor(abi: Abi, showsSecrets = false) {
    this.#abi = abi;
    this.view = new CallView({
      abi,
      showsSecrets,
      firstBytes: 8,
      peek: (address, length) => {
        const start = Number(address - BASE);
        return start < 0 || start >= this.bytes.length
          ? Buffer.alloc(0)
          : this.bytes.subarray(start, start + length);
      },
    });
  }

  put(bytes: Buffer): bigint {
    const at = this.#end;
    bytes.copy(this.bytes, at);
    this.#end += Math.ceil((bytes.length + 1) / 16) * 16;
    return BASE + BigInt(at);
  }

  text(text: string): bigint {
    return this.put(Buffer.from(`${text}\0`, 'latin1'));
  }

  wide(text: string): bigint {
    return this.put(Buffer.from(`${text}\0`, 'utf16le'));
  }

  u32(value: number): bigint {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.put(bytes);
  }

  structure(name: StructureName, fields: Readonly<Record<string, number | bigint>>): bigint {
    const bytes = Buffer.alloc(sizeOf(name, this.#abi));
    const offsets = offsetsOf(name, this.#abi) as Readonly<Record<string, number>>;
    for (const [field, value] of Object.entries(fields)) {
      const at = offsets[field] ?? -1;
      if (typeof value === 'number') bytes.writeUInt32LE(value, at);
      else if (pointerSize(this.#abi) === 8) bytes.writeBigUInt64LE(value, at);
      else bytes.writeUInt32LE(Number(value), at);
    }
    return this.put(bytes);
  }

  given(code: number, buffer: bigint, size = 0n, type = 0n): CallFields {
    return supportArguments(code).given(this.view, { buffer, size, type });
  }
}

for (const abi of ['elf', 'win64', 'win32'] as const) {
  t.test(`arguments of ${abi} extensions`, async (t) => {
    const memory = new FakeMemory(abi);
    t.same(memory.given(1, memory.text('/next?token=abc')), { url: '/next?token=********' });
    t.same(memory.given(3, memory.text('200 OK'), 0n, memory.text('Set-Cookie: a=b\r\n\r\nbody')), {
      status: '200 OK',
      headers: 'Set-Cookie: a=********\r\n\r\nbody',
    });
    t.same(memory.given(4, memory.u32(1)), { status: 1 });
    t.same(memory.given(4, 0n), {});
    t.same(memory.given(1001, memory.text('/a'), memory.u32(260)), { url: '/a', room: 260 });
    t.same(memory.given(1005, 0x1234n), { callback: '0x1234', context: 'NULL' });
    t.same(memory.given(1010, 0n, memory.u32(64), memory.u32(2)), { size: 64, flags: '0x2 HSE_IO_ASYNC' });
    const file = abi === 'elf' ? 7 : '0x7';
    const head = memory.text('X-A: b\r\nAuthorization: secret\r\n\r\n');
    const info = memory.structure('HSE_TF_INFO', {
      hFile: 7n,
      pszStatusCode: memory.text('200 OK'),
      BytesToWrite: 10,
      Offset: 2,
      pHead: head,
      HeadLength: 33,
      pTail: memory.text('the end, which is long'),
      TailLength: 22,
      dwFlags: 8,
    });
    t.same(memory.given(1006, info), {
      file,
      offset: 2,
      bytes: 10,
      flags: '0x8 HSE_IO_SEND_HEADERS',
      status: '200 OK',
      head: 'X-A: b\r\nAuthorization: ********\r\n\r\n',
      headBytes: 33,
      tail: { size: 22, first: 'the end,' },
    });
    const ex = memory.structure('HSE_SEND_HEADER_EX_INFO', {
      pszStatus: memory.text('404 Lost and more'),
      cchStatus: 8,
      pszHeader: memory.text('X-A: b\r\n\r\nnot this'),
      cchHeader: 10,
      fKeepConn: 1,
    });
    t.same(memory.given(1016, ex), { status: '404 Lost', headers: 'X-A: b\r\n\r\n', keep: 1 });
    const child = { pszMethod: memory.text('GET'), dwExecUrlFlags: 4 };
    const url = memory.structure('HSE_EXEC_URL_INFO', { ...child, pszUrl: memory.text('/child?pwd=x') });
    t.match(memory.given(1026, url), {
      url: '/child?pwd=********',
      method: 'GET',
      headers: 'NULL',
      flags: '0x4',
    });
    const wide = memory.structure('HSE_EXEC_URL_INFO', { ...child, pszUrl: memory.wide('/child') });
    t.match(memory.given(1025, wide), { url: '/child', method: 'GET' });
    t.same(memory.given(1023, memory.wide('/ü')), { url: Buffer.from('/ü').toString('latin1') });
    const vector = memory.structure('HSE_RESPONSE_VECTOR', { dwFlags: 2, nElementCount: 3 });
    t.match(memory.given(1037, vector), { flags: '0x2 HSE_IO_ASYNC', status: 'NULL', elements: 3 });
    t.same(memory.given(1043, 1n), { flush: 1 });
    t.same(memory.given(4711, 1n, 2n), { buffer: '0x1', size: '0x2', type: 'NULL' });
    const mapped = memory.structure('HSE_URL_MAPEX_INFO', {
      dwFlags: 3,
      cchMatchingPath: 4,
      cchMatchingURL: 5,
    });
    t.match(supportArguments(1012).got?.(memory.view, { buffer: 0n, size: 0n, type: mapped }), {
      flags: '0x3 HSE_URL_FLAGS_READ|HSE_URL_FLAGS_WRITE',
      matchingPath: 4,
      matchingUrl: 5,
    });
  });
}

t.test('whatever a pointer is, it is shown and not followed', async (t) => {
  const memory = new FakeMemory('win64');
  for (const { code } of SUPPORT_FUNCTIONS) {
    for (const address of [0n, 1n, 0xffff_ffff_ffff_ffffn]) {
      const at = { buffer: address, size: address, type: address };
      t.type(supportArguments(code).given(memory.view, at), 'object');
      supportArguments(code).got?.(memory.view, at);
    }
  }
  t.same(memory.given(1, 0x12n), { url: '0x12 (UNREADABLE)' });
  t.same(memory.given(1001, 0n, 0x12n), { url: 'NULL', room: '0x12 (UNREADABLE)' });
});

t.test('secrets are shown when they are to be', async (t) => {
  const memory = new FakeMemory('win32', true);
  t.same(memory.given(1, memory.text('/next?token=abc')), { url: '/next?token=abc' });
  t.match(memory.given(3, 0n, 0n, memory.text('Set-Cookie: a=b\r\n\r\n')), {
    headers: 'Set-Cookie: a=b\r\n\r\n',
  });
});
