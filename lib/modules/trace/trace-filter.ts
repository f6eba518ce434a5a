import path from 'node:path';
import { IpSubnet } from '../../config/ip-subnet.js';
import { parseDuration } from '../../config/units.js';
import { HostError, messageOf } from '../../errors.js';
import { isWithin, parseStatusRange, type StatusRange } from './settings.js';
import type { TraceSummary } from './trace-record.js';
import type { WatchedStart } from './watchers.js';

/** One way to choose traces: a row for the action, the command, and the documents. */
export interface TraceFilterRow {
  readonly name: string;
  /** what its value is called */
  readonly value: string;
  readonly help: string;
}

export const TRACE_FILTERS: readonly TraceFilterRow[] = [
  {
    name: 'url',
    value: 'PATTERN',
    help: 'only URLs like this: * stands for anything; a pattern without ? is compared with the path alone; ~ begins a regular expression',
  },
  {
    name: 'extension',
    value: 'PATTERN',
    help: 'only extensions with this file name, or path when there is a / in it; * stands for anything',
  },
  {
    name: 'client',
    value: 'ADDRESS',
    help: 'only clients with this address, or in this network (10.1.0.0/16)',
  },
  {
    name: 'status',
    value: 'STATUSES',
    help: 'only responses with these statuses, such as 404,500-599; 0 stands for none',
  },
  {
    name: 'duration',
    value: 'TIME',
    help: 'only requests that took so long or longer: 2 (seconds), 500ms, 1m',
  },
];

/** The longest pattern. Characters. */
const MAX_PATTERN = 1024;

type Test<T> = (subject: T) => boolean;

/** Chooses traces by what is known of a request when it begins, and when it has ended. */
export class TraceFilter {
  readonly #before: readonly Test<WatchedStart>[];
  readonly #after: readonly Test<TraceSummary>[];

  private constructor(before: readonly Test<WatchedStart>[], after: readonly Test<TraceSummary>[]) {
    this.#before = before;
    this.#after = after;
  }

  /** A filter from values by the names of TRACE_FILTERS. Throws HostError ACTION for what cannot be one. */
  static parse(values: Readonly<Record<string, string>>): TraceFilter {
    const before: Test<WatchedStart>[] = [];
    const after: Test<TraceSummary>[] = [];
    const { url, extension, client, status, duration } = values;
    if (url !== undefined) before.push(urlTest(url));
    if (extension !== undefined) before.push(extensionTest(extension));
    if (client !== undefined) before.push(clientTest(client));
    if (status !== undefined) after.push(statusTest(status));
    if (duration !== undefined) after.push(durationTest(duration));
    return new TraceFilter(before, after);
  }

  /** Whether a request that begins may be wanted. */
  mayWant(start: WatchedStart): boolean {
    return this.#before.every((test) => test(start));
  }

  /** Whether a request that was wanted at its beginning is wanted at its end. */
  takes(summary: TraceSummary): boolean {
    return this.#after.every((test) => test(summary));
  }
}

function urlTest(pattern: string): Test<WatchedStart> {
  if (pattern.startsWith('~')) {
    const expression = expressionOf('url', pattern.slice(1));
    return ({ url }) => expression.test(url);
  }
  const glob = globOf('url', pattern);
  const withQuery = pattern.includes('?');
  return ({ url }) => glob(withQuery ? url : (url.split('?', 1)[0] ?? ''));
}

function extensionTest(pattern: string): Test<WatchedStart> {
  const glob = globOf('extension', pattern);
  const isPath = pattern.includes('/');
  return ({ extension }) => glob(isPath ? extension : path.posix.basename(extension));
}

function clientTest(text: string): Test<WatchedStart> {
  try {
    const subnet = IpSubnet.parse(text);
    return ({ client }) => subnet.has(client);
  } catch (error) {
    throw wrong('client', text, `is no address and no network: ${messageOf(error)}`);
  }
}

function statusTest(text: string): Test<TraceSummary> {
  const ranges = text.split(',').map((part): StatusRange => {
    const range = part.trim() === '0' ? { from: 0, to: 0 } : parseStatusRange(part.trim());
    if (range === undefined) throw wrong('status', text, 'is no list of statuses, such as 404,500-599');
    return range;
  });
  return ({ status }) => isWithin(status, ranges);
}

function durationTest(text: string): Test<TraceSummary> {
  const least = parseDuration(text);
  if (least === undefined) throw wrong('duration', text, 'is no time, such as 2, 500ms or 1m');
  return ({ duration }) => duration >= least;
}

/** Each part is looked for once, behind the one before it: a client chooses what is compared, and must not make it take long. */
function globOf(name: string, pattern: string): Test<string> {
  checkLength(name, pattern);
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of others) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

function checkLength(name: string, pattern: string): void {
  if (pattern.length <= MAX_PATTERN) return;
  throw wrong(name, `${pattern.slice(0, 20)}...`, `is longer than ${String(MAX_PATTERN)} characters`);
}

function expressionOf(name: string, pattern: string): RegExp {
  checkLength(name, pattern);
  try {
    return new RegExp(pattern, 's');
  } catch (error) {
    throw wrong(name, pattern, `is no regular expression: ${messageOf(error)}`);
  }
}

function wrong(name: string, value: string, reason: string): HostError {
  return new HostError('ACTION', `${name}: ${value} ${reason}`);
}
