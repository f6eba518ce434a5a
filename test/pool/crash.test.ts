import t from 'tap';

import { CRASH_KIND, type CrashRecord } from '../../lib/channel/scoreboard.js';
import { describeEnd } from '../../lib/pool/crash.js';
import type { RuntimeName } from '../../lib/pool/runtimes/runtime.js';

function record(kind: number, code = 0, instruction = 0n): CrashRecord {
  return { kind, code, address: 0n, instruction, thread: undefined };
}

const { FAULT, EXIT, THREAD_GONE } = CRASH_KIND;

/** runtime, exit status, signal, what the crash recorder left, the words */
const ENDS: readonly (readonly [
  RuntimeName,
  number | null,
  NodeJS.Signals | null,
  CrashRecord | undefined,
  string,
])[] = [
  ['native', null, 'SIGKILL', undefined, 'signal SIGKILL'],
  ['native', 7, null, undefined, 'exit status 7'],
  ['native', 0, null, undefined, 'exit status 0'],
  ['native', 3, null, undefined, 'exit status 3'],
  ['native', null, 'SIGSEGV', record(FAULT, 11, 0x7fab_0012n), 'signal SIGSEGV at address 0x7fab0012'],
  ['native', null, 'SIGABRT', record(FAULT, 6, 1n), 'signal SIGABRT at address 0x1'],
  ['native', null, 'SIGKILL', record(FAULT, 200, 1n), 'signal 200 at address 0x1'],
  ['native', 5, null, record(EXIT, 5), 'it called exit(5)'],
  ['native', null, 'SIGKILL', record(THREAD_GONE), 'its thread ended inside it (pthread_exit)'],
  ['wine64', 3, null, undefined, 'exit status 3 (abort)'],
  ['wine64', 3, null, record(EXIT, 3), 'it called abort() or exit(3)'],
  ['wine32', 7, null, record(EXIT, 7), 'it called exit(7)'],
  ['wine32', 1, null, undefined, 'exit status 1'],
  ['wine64', null, 'SIGKILL', undefined, 'signal SIGKILL'],
  [
    'wine64',
    5,
    null,
    record(FAULT, 0xc0000005, 0x1_4000_1000n),
    'exception 0xC0000005 (access violation) at address 0x140001000',
  ],
  [
    'wine32',
    5,
    null,
    record(FAULT, 0xe06d7363, 0x10n),
    'exception 0xE06D7363 (C++ exception) at address 0x10',
  ],
  [
    'wine32',
    5,
    null,
    record(FAULT, 0x0eedfade, 0x10n),
    'exception 0x0EEDFADE (Delphi exception) at address 0x10',
  ],
  ['wine32', 5, null, record(FAULT, 0xdead, 0x10n), 'exception 0x0000DEAD at address 0x10'],
  [
    'wine64',
    null,
    'SIGKILL',
    record(THREAD_GONE),
    'exception 0xC00000FD (stack overflow), or it ended its thread (ExitThread)',
  ],
];

for (const [runtime, status, signal, left, words] of ENDS) {
  const skip = process.platform === 'win32' && runtime === 'native' ? 'native means Windows here' : false;
  t.test(
    `${runtime}, ${status ?? signal ?? ''}, recorded ${left?.kind ?? 'nothing'}: ${words}`,
    { skip },
    async (t) => {
      t.equal(describeEnd(runtime, status, signal, left), words);
    },
  );
}
