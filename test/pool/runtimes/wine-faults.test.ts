import t from 'tap';
import { readWineFault } from '../../../lib/pool/runtimes/wine-faults.js';

// Recorded with Wine 8.0.
const CASES = [
  {
    line: 'wine: Unhandled page fault on read access to 0000000000000000 at address 000000038B8713DA (thread 00dc), starting debugger...',
    code: 0xc0000005,
    text: 'access violation, read of address 0x0 (exception 0xC0000005), at address 0x38B8713DA',
  },
  {
    line: 'wine: Unhandled page fault on execute access to 00000010 at address 00000010 (thread 0120), starting debugger...',
    code: 0xc0000005,
    text: 'access violation, execute of address 0x10 (exception 0xC0000005), at address 0x10',
  },
  {
    line: 'wine: Unhandled division by zero at address 6AE815C9 (thread 02d0), starting debugger...',
    code: 0xc0000094,
    text: 'integer division by zero (exception 0xC0000094), at address 0x6AE815C9',
  },
  {
    line: 'wine: Unhandled illegal instruction at address 6AE8162E (thread 0318), starting debugger...',
    code: 0xc000001d,
    text: 'illegal instruction (exception 0xC000001D), at address 0x6AE8162E',
  },
  {
    line: 'wine: Unhandled exception 0xe06d7363 in thread 26c at address 7B012866 (thread 026c), starting debugger...',
    code: 0xe06d7363,
    text: 'unhandled C++ exception (exception 0xE06D7363), at address 0x7B012866',
  },
  {
    line: 'wine: Unhandled exception 0xe0000001 in thread 140 at address 000000007B013D7E (thread 0140), starting debugger...',
    code: 0xe0000001,
    text: 'unhandled exception (exception 0xE0000001), at address 0x7B013D7E',
  },
  {
    line: 'wine: Unimplemented function msvcp90.dll.??0foo called at address 000000007B013D7E (thread 0024), starting debugger...',
    code: 0x80000100,
    text: 'a call of msvcp90.dll.??0foo, which this Wine lacks',
  },
];

t.test('what Wine says of an unhandled exception becomes a code and plain words', async (t) => {
  for (const { line, code, text } of CASES) {
    t.same(readWineFault(line), { code, text, endsProcess: true });
  }
});

t.test('a stack overflow is a fault that leaves its process behind', async (t) => {
  const line =
    '0100:err:virtual:virtual_setup_exception stack overflow 3920 bytes addr 0x38b8722a6 stack 0x4df10b0 (0x4df1000-0x4df1000-0x4ff1000)';
  t.same(readWineFault(line), {
    code: 0xc00000fd,
    text: 'stack overflow (exception 0xC00000FD)',
    endsProcess: false,
  });
});

t.test('a fault of a kind that is not known keeps what Wine said', async (t) => {
  t.same(readWineFault('wine: Unhandled something new'), {
    code: undefined,
    text: 'something new',
    endsProcess: true,
  });
});

t.test('other lines say nothing about faults', async (t) => {
  for (const line of [
    '',
    'hello',
    'winery: Unhandled page fault',
    'wine: created the configuration directory',
  ]) {
    t.equal(readWineFault(line), undefined, line);
  }
});
