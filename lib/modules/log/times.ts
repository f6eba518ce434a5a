import { strftime } from '../../http/logging/strftime.js';
import type { LogEntry } from './entry.js';

type TimeItem = (entry: LogEntry) => string;

/** Fractions and whole numbers of a time that `%{...}t` has names for, from milliseconds. */
const TOKENS: Readonly<Record<string, (time: number) => string>> = {
  sec: (at) => String(Math.floor(at / 1000)),
  msec: (at) => String(Math.floor(at)),
  usec: (at) => String(Math.floor(at * 1000)),
  msec_frac: (at) => String(Math.floor(at % 1000)).padStart(3, '0'),
  usec_frac: (at) => String(Math.floor((at % 1000) * 1000)).padStart(6, '0'),
};

/** `%t`, and `%{format}t` with `begin:` or `end:` before the format. */
export function timeItem(argument: string): TimeItem {
  const [, which, format = ''] = /^(begin|end)(?::(.*))?$/s.exec(argument) ?? [
    undefined,
    undefined,
    argument,
  ];
  const at: (entry: LogEntry) => number =
    which === 'end' ? (entry) => entry.end : (entry) => entry.request.received;
  const token = Object.hasOwn(TOKENS, format) ? TOKENS[format] : undefined;
  if (token !== undefined) return (entry) => token(at(entry));
  if (format === '') return (entry) => commonTime(at(entry));
  return (entry) => strftime(format, new Date(at(entry)));
}

let second = -1;
let secondText = '';

/** The time of the Common Log Format; its text is made once a second. */
function commonTime(at: number): string {
  const now = Math.floor(at / 1000);
  if (now !== second) {
    second = now;
    secondText = strftime('[%d/%b/%Y:%H:%M:%S %z]', new Date(at));
  }
  return secondText;
}
