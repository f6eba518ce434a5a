import path from 'node:path';
import type { Configuration } from '../../config/configuration.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';
import { parseDuration, parseInteger, parseSize } from '../../config/units.js';

/** Which requests are kept. */
export const TRACE_MODES = ['off', 'failures', 'unsupported', 'all'] as const;
export type TraceMode = (typeof TRACE_MODES)[number];

/** Statuses from one to another. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** What is traced of the requests of a directory or location. */
export interface TraceSettings {
  readonly mode: TraceMode;
  /** statuses that are failures */
  readonly statuses: readonly StatusRange[];
  /** milliseconds from which on a request is a failure, 0 for never */
  readonly slow: number;
  /** how many bytes are shown of data */
  readonly bytes: number;
  /** calls that are kept of a request */
  readonly events: number;
  readonly showsSecrets: boolean;
}

export const TRACE = new Slot<TraceSettings>('trace', {
  mode: 'off',
  statuses: [{ from: 500, to: 999 }],
  slow: 0,
  bytes: 64,
  events: 1000,
  showsSecrets: false,
});

/** Where traces are kept, and how many. */
export interface TraceFilesSettings {
  /** absolute, or undefined for `logs/traces` below ServerRoot */
  readonly folder: string | undefined;
  readonly files: number;
  /** of all files together. Bytes */
  readonly size: number;
  /** milliseconds */
  readonly age: number;
  /** some place of the configuration has traces kept */
  readonly wanted: boolean;
}

export const TRACE_FILES = new Slot<TraceFilesSettings>('trace files', {
  folder: undefined,
  files: 100,
  size: 64 * 1024 * 1024,
  age: 7 * 86_400_000,
  wanted: false,
});

/** The folder that a server with this configuration keeps traces in. */
export function traceFolderOf({ main, serverRoot }: Configuration): string {
  return main.settings.get(TRACE_FILES).folder ?? path.join(serverRoot, 'logs', 'traces');
}

/** Whether nobody has named the folder for traces. */
export function hasDefaultFolder({ main }: Configuration): boolean {
  return main.settings.get(TRACE_FILES).folder === undefined;
}

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

const MAX_BYTES = 4096;
const MAX_EVENTS = 100_000;
const MAX_FILES = 10_000;
const MIN_SIZE = 1024 * 1024;

export const TRACE_DIRECTIVES: readonly Directive[] = [
  {
    name: 'ISAPITrace',
    syntax: 'off|failures|unsupported|all',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'which requests to extensions are kept as traces: those that fail, those with a call that is not supported, or all',
    apply: (context, ...[mode]) => {
      if (!mode) return;
      const found = TRACE_MODES.find((each) => each === mode.text.toLowerCase());
      if (found === undefined) {
        context.error(`ISAPITrace is one of ${TRACE_MODES.join(', ')}`, mode);
        return;
      }
      context.settings.set(TRACE, 'mode', found);
      if (found !== 'off' && !context.isHtaccess) context.main.set(TRACE_FILES, 'wanted', true);
    },
  },
  {
    name: 'ISAPITraceStatus',
    syntax: 'status|status-status [status|status-status] ...',
    default: '500-999',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, Infinity],
    help: 'statuses of responses that make a request a failure for ISAPITrace',
    apply: setStatuses,
  },
  {
    name: 'ISAPITraceDuration',
    syntax: 'time|off',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'how long a request may take before it is a failure for ISAPITrace, in seconds or with a unit (ms, s, m, h, d)',
    apply: (context, ...[time]) => {
      if (!time) return;
      const slow = time.text.toLowerCase() === 'off' ? 0 : parseDuration(time.text);
      if (slow === undefined || (slow === 0 && time.text.toLowerCase() !== 'off')) {
        context.error('ISAPITraceDuration is a time such as 10, 500ms or 2m, or off', time);
      } else context.settings.set(TRACE, 'slow', slow);
    },
  },
  numberDirective(
    'ISAPITraceBytes',
    'bytes',
    [0, MAX_BYTES],
    64,
    'how many bytes a trace shows of what is read and written',
  ),
  numberDirective(
    'ISAPITraceEvents',
    'events',
    [1, MAX_EVENTS],
    1000,
    'how many calls of a request a trace has; later ones are only counted',
  ),
  {
    name: 'ISAPITraceSecrets',
    syntax: 'masked|shown',
    default: 'masked',
    contexts: ['server', 'virtual host', 'directory'],
    args: [1, 1],
    help: 'whether traces show passwords, cookies and credentials',
    apply: (context, ...[choice]) => {
      if (!choice) return;
      const text = choice.text.toLowerCase();
      if (text !== 'masked' && text !== 'shown') {
        context.error('ISAPITraceSecrets is masked or shown', choice);
        return;
      }
      context.settings.set(TRACE, 'showsSecrets', text === 'shown');
      if (text === 'shown') {
        context.warning('traces will show passwords, cookies and credentials to everybody who can read them');
      }
    },
  },
  {
    name: 'ISAPITraceFolder',
    syntax: 'folder-path',
    default: 'logs/traces',
    contexts: ['server'],
    args: [1, 1],
    help: 'the folder that traces are kept in; the user that the server runs as has to be able to write to it',
    apply: (context, ...[folder]) => {
      if (folder) context.main.set(TRACE_FILES, 'folder', context.resolvePath(folder.text));
    },
  },
  {
    name: 'ISAPITraceFiles',
    syntax: 'count',
    default: '100',
    contexts: ['server'],
    args: [1, 1],
    help: 'how many traces are kept; a new one takes the place of the oldest',
    apply: (context, ...[count]) => {
      if (!count) return;
      const files = parseInteger(count.text);
      if (files === undefined || files < 1 || files > MAX_FILES) {
        context.error(`ISAPITraceFiles must be from 1 to ${String(MAX_FILES)}`, count);
      } else context.main.set(TRACE_FILES, 'files', files);
    },
  },
  {
    name: 'ISAPITraceSize',
    syntax: 'size',
    default: '64M',
    contexts: ['server'],
    args: [1, 1],
    help: 'how large all traces together may be, in bytes or with a unit (K, M, G); the oldest are removed',
    apply: (context, ...[size]) => {
      if (!size) return;
      const bytes = parseSize(size.text);
      if (bytes === undefined || bytes < MIN_SIZE) {
        context.error('ISAPITraceSize is a size of at least 1M, such as 64M', size);
      } else context.main.set(TRACE_FILES, 'size', bytes);
    },
  },
  {
    name: 'ISAPITraceAge',
    syntax: 'time',
    default: '7d',
    contexts: ['server'],
    args: [1, 1],
    help: 'how long traces are kept, in seconds or with a unit (m, h, d)',
    apply: (context, ...[time]) => {
      if (!time) return;
      const age = parseDuration(time.text);
      if (age === undefined || age === 0) {
        context.error('ISAPITraceAge is a time such as 3600, 12h or 7d', time);
      } else context.main.set(TRACE_FILES, 'age', age);
    },
  },
];

function numberDirective(
  name: string,
  key: 'bytes' | 'events',
  [least, most]: readonly [number, number],
  byDefault: number,
  help: string,
): Directive {
  return {
    name,
    syntax: 'count',
    default: String(byDefault),
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help,
    apply: (context, ...[count]) => {
      if (!count) return;
      const value = parseInteger(count.text);
      if (value === undefined || value < least || value > most) {
        context.error(`${name} must be from ${String(least)} to ${String(most)}`, count);
      } else context.settings.set(TRACE, key, value);
    },
  };
}

function setStatuses(context: DirectiveContext, ...given: Argument[]): void {
  const statuses: StatusRange[] = [];
  for (const argument of given) {
    const range = parseStatusRange(argument.text);
    if (range === undefined) {
      context.error('ISAPITraceStatus takes statuses from 100 to 999, such as 404 or 500-599', argument);
      return;
    }
    statuses.push(range);
  }
  context.settings.set(TRACE, 'statuses', statuses);
}

/** `404` or `500-599`; undefined for anything else. */
export function parseStatusRange(text: string): StatusRange | undefined {
  const match = /^([1-9]\d\d)(?:-([1-9]\d\d))?$/.exec(text);
  if (!match) return undefined;
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  return from <= to ? { from, to } : undefined;
}

export function isWithin(status: number, ranges: readonly StatusRange[]): boolean {
  return ranges.some(({ from, to }) => status >= from && status <= to);
}
