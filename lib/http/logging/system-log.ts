import { LogProgram } from './log-program.js';
import type { LogReports, LogSink } from './log-sink.js';

/** Facilities of syslog(3) by name, in the order in which beginnings of names are looked for, as in Apache. */
const FACILITIES: Readonly<Record<string, number>> = {
  auth: 4,
  authpriv: 10,
  cron: 9,
  daemon: 3,
  ftp: 11,
  kern: 0,
  lpr: 6,
  mail: 2,
  news: 7,
  syslog: 5,
  user: 1,
  uucp: 8,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
};

/** Severities beyond `debug` are not known to the system's log. */
const DEBUG = 7;

/** The longest line, in bytes; the program cuts what goes beyond. */
const MAX_LINE = 8192;

export interface SyslogTarget {
  readonly facility: number;
  readonly tag: string;
}

/** Reads `syslog[:facility[:tag]]`. Text that is returned says what is wrong. */
export function parseSyslog(target: string): SyslogTarget | string {
  if (process.platform === 'win32') return 'Windows has no syslog; name a file or a program';
  const [, facility = '', ...rest] = target.split(':');
  const name = facility === '' ? 'local7' : facility.toLowerCase();
  const found = Object.entries(FACILITIES).find(([known]) => known.startsWith(name));
  if (found === undefined) {
    return `there is no facility ${facility}; those of syslog are ${Object.keys(FACILITIES).join(', ')}`;
  }
  return { facility: found[1], tag: rest.join(':') || 'isapi-host' };
}

/**
 * The system's log, by way of the program `logger`: its socket takes datagrams, which Node cannot send.
 */
export class SystemLog implements LogSink {
  readonly #program: LogProgram;
  readonly #facility: number;

  /** @throws HostError LOG_OPEN without the program */
  constructor({ facility, tag }: SyslogTarget, folder: string, reports: LogReports) {
    this.#facility = facility * 8;
    const args = ['--prio-prefix', '--tag', tag, `--id=${process.pid}`, '--size', String(MAX_LINE)];
    this.#program = new LogProgram({ text: 'logger', file: 'logger', args, folder }, reports);
  }

  write(text: string, severity = DEBUG): void {
    this.#program.write(`<${this.#facility + Math.min(severity, DEBUG)}>${text}`);
  }

  flushSync(): void {
    this.#program.flushSync();
  }

  reopen(): Promise<void> {
    return this.#program.reopen();
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}
