import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { SCOREBOARD } from '../../lib/channel/scoreboard.js';
import { callGate, type GateOptions } from '../../lib/worker/call-gates.js';
import { elfPlatform } from '../../lib/worker/platform-elf.js';
import { createPlatform } from '../../lib/worker/platforms.js';
import { compile, skipWithout } from '../helpers/compilers.js';

const OPTIONS: GateOptions = {
  parameters: 4,
  threadMark: 0x1122334455667788n,
  errnoLocation: 0x1020304050607080n,
  scoreboard: 0x99aabbccddeeff00n,
  terminateProcess: 0x0102030405060708n,
};

const hex = (...lines: readonly string[]): string => lines.join('').replaceAll(' ', '');

/** errno = 0, with the parameters saved meanwhile. */
const ELF_NO_ERROR = hex('57565251 4150 48b8 8070605040302010 ffd0 c70000000000 4158 595a5e5f');

/** The part that moves every parameter one to the front and calls the first one. */
const ELF_CALL = hex('4889f8 4889f7 4889d6 4889ca 4c89c1 ffe0');

t.test('ELF: the gate notes its thread, clears the last error, moves the parameters and jumps', async (t) => {
  const mark = hex(
    '4989ca b8ba000000 0f05 4c89d1', // mov r10, rcx; mov eax, 186 (gettid); syscall; mov rcx, r10
    '49ba 8877665544332211 418902', // mov r10, mark; mov [r10], eax
  );
  t.equal(callGate('elf', OPTIONS).code.toString('hex'), mark + ELF_NO_ERROR + ELF_CALL);
  t.equal(callGate('elf', { ...OPTIONS, threadMark: 0n }).code.toString('hex'), ELF_NO_ERROR + ELF_CALL);
  t.equal(callGate('elf', OPTIONS).functionTable, undefined);
});

t.test(
  'Windows x86: the gate notes its thread, clears the last error and takes the function off the stack',
  async (t) => {
    // mov dword fs:[0x34], 0; pop eax; pop ecx; push eax; jmp ecx
    const call = hex('64c7053400000000000000 58 59 50 ffe1');
    t.equal(
      callGate('win32', { ...OPTIONS, threadMark: 0x55667788n }).code.toString('hex'),
      hex('64a124000000 a3 88776655') + call, // mov eax, fs:[0x24]; mov [mark], eax
    );
    t.equal(callGate('win32', { ...OPTIONS, threadMark: 0n }).code.toString('hex'), call);
  },
);

const field = (offset: number): string => offset.toString(16).padStart(2, '0');

/** The exception handler of the gate for Windows x64. */
const HANDLER = hex(
  'f6410406 7406 b801000000c3', // test byte [rcx+4], 6; jz +6; mov eax, 1; ret
  '49b8 00ffeeddccbbaa99', // mov r8, scoreboard
  `8b11 418950${field(SCOREBOARD.crashCode)}`, // the exception's code
  `488b4110 498940${field(SCOREBOARD.crashInstruction)}`, // its address
  `488b4128 498940${field(SCOREBOARD.crashAddress)}`, // the address that was touched
  `658b042548000000 418940${field(SCOREBOARD.crashThread)}`, // the thread
  `41c740${field(SCOREBOARD.crashed)}01000000`,
  '4883ec28 48c7c1ffffffff 48b8 0807060504030201 ffd0 cc', // TerminateProcess(-1, code)
);

function windowsGate(options: GateOptions): string {
  return hex(
    '4883ec28', // sub rsp, 0x28
    options.threadMark === 0n ? '' : '658b042548000000 49ba 8877665544332211 418902',
    '65c704256800000000000000', // mov dword gs:[0x68], 0
    '65488b042500000000 4889442420 6548c7042500000000ffffffff', // the list of handlers is put aside
    '4889c8 4889d1 4c89c2 4d89c8', // mov rax, rcx; mov rcx, rdx; mov rdx, r8; mov r8, r9
    options.parameters > 3 ? '4c8b4c2450' : '', // mov r9, [rsp+0x50]
    'ffd0 488b4c2420 6548890c2500000000', // call rax; the list is put back
    '4883c428 c3', // add rsp, 0x28; ret
  );
}

for (const options of [
  OPTIONS,
  { ...OPTIONS, parameters: 1 },
  { ...OPTIONS, parameters: 3, threadMark: 0n },
]) {
  const { parameters, threadMark } = options;
  t.test(`Windows x64: gate, handler and tables, ${parameters} parameters, mark ${threadMark}`, async (t) => {
    const { code, functionTable } = callGate('win64', options);
    const gate = windowsGate(options);
    const length = gate.length / 2;
    t.equal(code.toString('hex', 0, length), gate);
    const handler = Math.ceil(length / 16) * 16;
    t.equal(code.toString('hex', handler, handler + HANDLER.length / 2), HANDLER);
    // RUNTIME_FUNCTION: the gate's begin and end, and its UNWIND_INFO.
    t.equal(functionTable, code.length - 12);
    const table = functionTable ?? 0;
    t.equal(table % 4, 0);
    t.equal(code.readUInt32LE(table), 0);
    t.equal(code.readUInt32LE(table + 4), length);
    const unwind = code.readUInt32LE(table + 8);
    t.ok(unwind % 4 === 0 && unwind >= handler + HANDLER.length / 2);
    // Version 1 with a handler, a prologue of 4 bytes that ends with sub rsp, 0x28; then the handler's place.
    t.equal(code.toString('hex', unwind, unwind + 8), '0904010004420000');
    t.equal(code.readUInt32LE(unwind + 8), handler);
  });
}

const FUNCTIONS = `#include <errno.h>
#include <stdint.h>
#define EXPORT __attribute__((visibility("default")))
EXPORT uint64_t none(void) { return 7; }
EXPORT uint64_t error(void) { int was = errno; errno = 13; return was; }
EXPORT uint64_t one(uint64_t a) { return a; }
EXPORT uint64_t two(uint64_t a, uint32_t b) { return a * 10 + b; }
EXPORT uint64_t three(uint64_t a, uint32_t b, uint64_t c) { return (a * 10 + b) * 10 + c; }
EXPORT uint64_t four(uint64_t a, uint32_t b, uint64_t c, uint32_t d) { return ((a * 10 + b) * 10 + c) * 10 + d; }
`;

t.test(
  'natively: the gate passes up to four parameters and the result',
  { skip: skipWithout('elf') },
  async (t) => {
    const source = join(t.testdir(), 'functions.c');
    const library = join(t.testdirName, 'functions.so');
    writeFileSync(source, FUNCTIONS);
    compile('elf', [source], library);
    const scoreboard = createPlatform().allocate(64);
    const platform = elfPlatform({ scoreboard: scoreboard.address, thread: scoreboard.address + 4n });
    const handle = platform.openLibrary(library);
    const parameters = ['uint64', 'uint32', 'uint64', 'uint32'];
    const results = ['none', 'one', 'two', 'three', 'four'].map((name, count) => {
      const address = platform.symbol(handle, name);
      const call = platform.bind(address, 'uint64', parameters.slice(0, count));
      return Number(call(...[1, 2, 3, 4].slice(0, count)));
    });
    t.same(results, [7, 1, 12, 123, 1234]);
    t.equal(scoreboard.bytes.readUInt32LE(4), platform.threadId(), 'and notes the thread');
    const error = platform.bind(platform.symbol(handle, 'error'), 'uint64', []);
    t.same([Number(error()), platform.lastError()], [0, 13]);
    t.equal(Number(error()), 0, 'the last error of a call is not that of the next one');
    const asynchronous = platform.bindAsync(platform.symbol(handle, 'four'), 'uint64', parameters);
    t.equal(Number(await asynchronous(5, 6, 7, 8)), 5678);
    t.not(scoreboard.bytes.readUInt32LE(4), platform.threadId(), 'which is another one then');
    t.equal(scoreboard.bytes.readUInt32LE(0), 0, 'and nothing beside it');
    t.equal(platform.symbol(handle, 'absent'), 0n);
    platform.closeLibrary(handle);
  },
);
