import { constants } from 'node:os';
import { CRASH_KIND, type CrashRecord } from '../channel/scoreboard.js';
import type { RuntimeName } from './runtimes/runtime.js';

/** Exception codes of Windows that a person may know by name (winnt.h, ntstatus.h). */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  0x80000003: 'breakpoint',
  // Wine's own (winternl.h, EXCEPTION_WINE_STUB).
  0x80000100: 'a function that Wine does not have',
  0xc0000005: 'access violation',
  0xc0000006: 'in-page error',
  0xc000001d: 'illegal instruction',
  0xc0000025: 'noncontinuable exception',
  0xc000008e: 'floating-point division by zero',
  0xc0000094: 'integer division by zero',
  0xc0000096: 'privileged instruction',
  0xc00000fd: 'stack overflow',
  0xc0000374: 'heap corruption',
  0xc0000409: 'stack buffer overrun',
  0x0eedfade: 'Delphi exception',
  0xe06d7363: 'C++ exception',
  0xe0434352: '.NET exception',
};

/** The first name of each number: SIGABRT rather than SIGIOT. */
const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** The exit status of abort() in Microsoft's C library. */
const ABORT_STATUS = 3;

/** How a worker process ended, in words: the signal or exception code and where, or its exit status. */
export function describeEnd(
  runtime: RuntimeName,
  status: number | null,
  signal: NodeJS.Signals | null,
  record: CrashRecord | undefined,
): string {
  const windows = runtime !== 'native' || process.platform === 'win32';
  if (record?.kind === CRASH_KIND.FAULT) {
    const where = `at address 0x${record.instruction.toString(16)}`;
    if (!windows) return `signal ${SIGNAL_NAMES.get(record.code) ?? String(record.code)} ${where}`;
    return `exception ${exceptionName(record.code)} ${where}`;
  }
  if (record?.kind === CRASH_KIND.EXIT) {
    if (windows && record.code === ABORT_STATUS) return `it called abort() or exit(${String(record.code)})`;
    return `it called exit(${String(record.code)})`;
  }
  if (record?.kind === CRASH_KIND.THREAD_GONE) {
    if (!windows) return 'its thread ended inside it (pthread_exit)';
    return `exception ${exceptionName(STACK_OVERFLOW)}, or it ended its thread (ExitThread)`;
  }
  if (signal !== null) return `signal ${signal}`;
  if (windows && status === ABORT_STATUS) return `exit status ${String(status)} (abort)`;
  return `exit status ${String(status)}`;
}

const STACK_OVERFLOW = 0xc00000fd;

function exceptionName(code: number): string {
  const name = EXCEPTIONS[code];
  return `0x${code.toString(16).toUpperCase().padStart(8, '0')}${name === undefined ? '' : ` (${name})`}`;
}
