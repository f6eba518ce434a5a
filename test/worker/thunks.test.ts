import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { lastErrorThunk } from '../../lib/worker/thunks.js';
import { createPlatform } from '../../lib/worker/platforms.js';
import { compile, skipWithout } from '../helpers/compilers.js';

const TARGET = 0x1122334455667788n;
const ERRNO_LOCATION = 0x99aabbccddeeff00n;

const hex = (...lines: readonly string[]): string => lines.join('').replaceAll(' ', '');

t.test('ELF: errno is kept, or set from the high half', async (t) => {
  t.equal(
    lastErrorThunk('elf', TARGET, 5, ERRNO_LOCATION).toString('hex'),
    hex(
      '53 4154 57 56 52 51 4150', // push rbx, r12, rdi, rsi, rdx, rcx, r8
      '48b8 00ffeeddccbbaa99 ffd0', // mov rax, errno location; call rax
      '4889c3 448b20', // mov rbx, rax; mov r12d, [rax]
      '4158 59 5a 5e 5f', // pop r8, rcx, rdx, rsi, rdi
      '4883ec08 48b8 8877665544332211 ffd0 4883c408', // sub rsp, 8; mov rax, target; call rax; add rsp, 8
      '4889c1 48c1e920 85c9 410f44cc 890b', // mov rcx, rax; shr rcx, 32; test; cmovz ecx, r12d; mov [rbx], ecx
      '415c 5b c3', // pop r12, rbx; ret
    ),
  );
});

t.test('Windows x64: the same with gs:[0x68], five parameters passed on', async (t) => {
  t.equal(
    lastErrorThunk('win64', TARGET, 3, 0n).toString('hex'),
    hex(
      '53 4883ec30 658b1c2568000000', // push rbx; sub rsp, 0x30; mov ebx, gs:[0x68]
      '488b442460 4889442420', // mov rax, [rsp+0x60]; mov [rsp+0x20], rax
      '48b8 8877665544332211 ffd0', // mov rax, target; call rax
      '4889c1 48c1e920 85c9 0f44cb', // mov rcx, rax; shr rcx, 32; test ecx, ecx; cmovz ecx, ebx
      '65890c2568000000 4883c430 5b c3', // mov gs:[0x68], ecx; add rsp, 0x30; pop rbx; ret
    ),
  );
});

for (const parameters of [3, 4, 5]) {
  t.test(`Windows x86: the same with fs:[0x34], ${parameters} parameters pushed and taken off`, async (t) => {
    const push = `ff7424${(4 + 4 * parameters).toString(16).padStart(2, '0')}`;
    t.equal(
      lastErrorThunk('win32', 0x55667788n, parameters, 0n).toString('hex'),
      hex(
        '53 648b1d34000000', // push ebx; mov ebx, fs:[0x34]
        push.repeat(parameters), // push [esp+4+4n]
        'b8 88776655 ffd0', // mov eax, target; call eax
        '85d2 0f44d3 64891534000000', // test edx, edx; cmovz edx, ebx; mov fs:[0x34], edx
        `5b c2 ${(4 * parameters).toString(16).padStart(2, '0')}00`, // pop ebx; ret 4n
      ),
    );
  });
}

t.test('with the id of the calling thread behind the parameters', async (t) => {
  const elf = (parameters: number): string =>
    lastErrorThunk('elf', TARGET, parameters, ERRNO_LOCATION, true).toString('hex');
  const elfWith = (move: string): string =>
    hex(
      '53 4154 57 56 52 51 4150 48b8 00ffeeddccbbaa99 ffd0 4889c3 448b20',
      'b8ba000000 0f05', // mov eax, 186 (gettid); syscall
      '4158 59 5a 5e 5f',
      move,
      '4883ec08 48b8 8877665544332211 ffd0 4883c408 4889c1 48c1e920 85c9 410f44cc 890b 415c 5b c3',
    );
  t.equal(elf(3), elfWith('89c1')); // mov ecx, eax
  t.equal(elf(4), elfWith('4189c0')); // mov r8d, eax
  t.equal(elf(5), elfWith('4189c1')); // mov r9d, eax
  const win64 = (parameters: number): string =>
    lastErrorThunk('win64', TARGET, parameters, 0n, true).toString('hex');
  const win64With = (move: string): string =>
    hex(
      '53 4883ec30 658b1c2568000000 488b442460 4889442420',
      '658b042548000000', // mov eax, gs:[0x48]
      move,
      '48b8 8877665544332211 ffd0 4889c1 48c1e920 85c9 0f44cb 65890c2568000000 4883c430 5b c3',
    );
  t.equal(win64(3), win64With('4189c1')); // mov r9d, eax
  t.equal(win64(4), win64With('4889442420')); // mov [rsp+0x20], rax
  t.equal(win64(5), win64With('4889442428')); // mov [rsp+0x28], rax
  for (const parameters of [3, 4, 5]) {
    t.equal(
      lastErrorThunk('win32', 0x55667788n, parameters, 0n, true).toString('hex'),
      hex(
        '53 648b1d34000000 64ff3524000000', // push ebx; mov ebx, fs:[0x34]; push dword fs:[0x24]
        `ff7424${(8 + 4 * parameters).toString(16).padStart(2, '0')}`.repeat(parameters), // push [esp+8+4n]
        'b8 88776655 ffd0 85d2 0f44d3 64891534000000',
        `5b c2 ${(4 * parameters).toString(16).padStart(2, '0')}00`, // ret 4n: the target takes off its own
      ),
    );
  }
});

/** Calls a thunk with five known parameters; errno before it is given, errno after it is stored. */
const PROBE = `#include <errno.h>
#include <stdint.h>
typedef int thunk(uint64_t, uint32_t, uint64_t, uint64_t, uint64_t);
__attribute__((visibility("default"))) int probe(thunk *call, int before, int32_t *after, uint32_t second) {
  errno = before;
  int returned = call(0x1111111111111111, second, 0x3333333333333333, 0x4444444444444444, 0x5555555555555555);
  *after = errno;
  return returned;
}
`;

t.test(
  'natively: the last error is set or kept, and parameters and result pass',
  { skip: skipWithout('elf') },
  async (t) => {
    const source = join(t.testdir(), 'probe.c');
    const library = join(t.testdirName, 'probe.so');
    writeFileSync(source, PROBE);
    compile('elf', [source], library);

    const platform = createPlatform();
    let answer = 0;
    let given: unknown[] = [];
    const target = platform.callback(
      ['void *', 'uint32', 'void *', 'void *', 'void *'],
      (...parameters: unknown[]) => {
        given = parameters;
        return answer;
      },
    );
    const code = platform.allocateCode(128);
    lastErrorThunk('elf', target, 5, platform.errnoLocation).copy(code.bytes);
    const probe = platform.bind(platform.symbol(platform.openLibrary(library), 'probe'), 'int', [
      'void *',
      'int',
      'void *',
      'uint32',
    ]);
    const after = platform.allocate(4);
    const call = (returned: number, error: number, before: number): { result: unknown; errno: number } => {
      answer = returned + error * 0x1_0000_0000;
      after.bytes.fill(0xff);
      const result = probe(code.address, before, after.address, 0xfffffffe);
      return { result, errno: after.bytes.readInt32LE(0) };
    };

    t.same(call(1, 0, 12345), { result: 1, errno: 12345 }, 'left as it was');
    t.same(given, [
      0x1111111111111111n,
      0xfffffffe,
      0x3333333333333333n,
      0x4444444444444444n,
      0x5555555555555555n,
    ]);
    t.same(call(0, 105, 12345), { result: 0, errno: 105 }, 'set');
    t.same(call(0, 22, 0), { result: 0, errno: 22 });
    t.same(call(1, 5, 12345), { result: 1, errno: 5 }, 'set with TRUE as well');
    let wrong = 0;
    for (let i = 0; i < 20_000; i++) {
      const error = i % 3 === 0 ? 0 : 1 + (i % 100);
      const { result, errno } = call(i % 2, error, 1000 + i);
      if (result !== i % 2 || errno !== (error === 0 ? 1000 + i : error)) wrong++;
    }
    t.equal(wrong, 0, 'in every one of many calls');

    const types = ['void *', 'uint32', 'void *', 'void *', 'void *'];
    const told = platform.callback([...types, 'uint32'], (...parameters: unknown[]) => {
      given = parameters;
      return 1;
    });
    lastErrorThunk('elf', told, types.length, platform.errnoLocation, true).copy(code.bytes);
    t.same(call(1, 0, 12345), { result: 1, errno: 12345 });
    t.equal(given[0], 0x1111111111111111n);
    t.same(given.slice(4), [0x5555555555555555n, platform.threadId()], 'and the thread is told');
  },
);
