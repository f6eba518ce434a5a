/** What a line on a worker's stderr says about the end of an extension under Wine. */
export interface WineFault {
  /** the exception's code as Windows numbers it, undefined when Wine does not say */
  readonly code: number | undefined;
  /** in plain words, to be put into a log line */
  readonly text: string;
  /**
   * False when only the thread is gone and its process stays, without anybody else who would notice: whoever
   * reads this must end the process.
   */
  readonly endsProcess: boolean;
}

interface Row {
  readonly pattern: RegExp;
  readonly code: number | undefined;
  readonly text: (match: RegExpExecArray) => string;
}

/** The texts of Wine's `start_debugger` (dlls/kernelbase/debug.c), with the exceptions that they stand for. */
const UNHANDLED: readonly Row[] = [
  {
    pattern: /^page fault on (read|write|execute) access to ([0-9A-Fa-fx]+)/,
    code: 0xc0000005,
    text: (match) => `access violation, ${match[1] ?? ''} of address 0x${hex(match[2])}`,
  },
  { pattern: /^division by zero/, code: 0xc0000094, text: () => 'integer division by zero' },
  { pattern: /^overflow/, code: 0xc0000095, text: () => 'integer overflow' },
  { pattern: /^array bounds/, code: 0xc000008c, text: () => 'array bounds exceeded' },
  { pattern: /^illegal instruction/, code: 0xc000001d, text: () => 'illegal instruction' },
  { pattern: /^privileged instruction/, code: 0xc0000096, text: () => 'privileged instruction' },
  { pattern: /^stack overflow/, code: 0xc00000fd, text: () => 'stack overflow' },
  { pattern: /^alignment/, code: 0x80000002, text: () => 'misaligned access' },
  { pattern: /^exception 0x([0-9A-Fa-f]+)/, code: undefined, text: () => 'unhandled exception' },
];

/** Exceptions that compilers raise. */
const NAMED_EXCEPTIONS: Readonly<Record<number, string>> = {
  0xe06d7363: 'unhandled C++ exception',
  0x0eedfade: 'unhandled Delphi exception',
  0x80000003: 'breakpoint',
};

/**
 * Reads one line of a worker's stderr. Undefined when it is not about a fault. The thread of a stack overflow is
 * ended by Wine without an exception (`virtual_setup_exception`), all other faults end the process.
 */
export function readWineFault(line: string): WineFault | undefined {
  if (/err:virtual:virtual_setup_exception (stack overflow|nested exception)/.test(line)) {
    return { code: 0xc00000fd, text: 'stack overflow (exception 0xC00000FD)', endsProcess: false };
  }
  const missing = /^wine: Unimplemented function (\S+) called/.exec(line);
  if (missing !== null) {
    return {
      code: 0x80000100,
      text: `a call of ${missing[1] ?? ''}, which this Wine lacks`,
      endsProcess: true,
    };
  }
  const unhandled = /^wine: Unhandled (.*)$/.exec(line)?.[1];
  if (unhandled === undefined) return undefined;
  for (const row of UNHANDLED) {
    const match = row.pattern.exec(unhandled);
    if (match === null) continue;
    const code = row.code ?? Number.parseInt(match[1] ?? '', 16);
    const text = NAMED_EXCEPTIONS[code] ?? row.text(match);
    const address = / at address (?:0x)?([0-9A-Fa-f]+)/.exec(unhandled)?.[1];
    const where = address === undefined ? '' : `, at address 0x${hex(address)}`;
    const number = code.toString(16).toUpperCase().padStart(8, '0');
    return { code, text: `${text} (exception 0x${number})${where}`, endsProcess: true };
  }
  return { code: undefined, text: unhandled, endsProcess: true };
}

/** A hexadecimal number without its leading zeros. */
function hex(digits: string | undefined): string {
  return (digits ?? '').replace(/^0x/, '').replace(/^0+(?=.)/, '');
}
