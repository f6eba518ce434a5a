import type { Place } from './place.js';

export type RuntimeChoice = 'auto' | 'native' | 'wine64' | 'wine32';

/** The settings of one application pool: durations in milliseconds, sizes in bytes. */
export interface PoolValues {
  readonly runtime: RuntimeChoice;
  readonly hosting: 'isolated';
  readonly calls: 'sync' | 'async';
  readonly threadsMin: number;
  readonly threadsMax: number;
  readonly queueLimit: number;
  /** 0: the server's Timeout */
  readonly requestTimeout: number;
  /** 0: never */
  readonly recycleRequests: number;
  /** 0: never */
  readonly recycleMemory: number;
  /** 0: never */
  readonly recycleTime: number;
  /** 0: a pool is never stopped */
  readonly rapidFailCount: number;
  readonly rapidFailWindow: number;
  /** "": the server's */
  readonly user: string;
  /** "": the server's */
  readonly group: string;
  readonly startTimeout: number;
  readonly stopTimeout: number;
  readonly bufferOutput: number;
}

export interface PoolSettings extends PoolValues {
  readonly name: string;
  /** environment variables that its worker processes get, besides their own */
  readonly env: Readonly<Record<string, string>>;
  /** where its section begins; undefined for a `[default]` that is in no file */
  readonly place: Place | undefined;
  /** where the value of each setting stands, by its name in the file; absent for those left at their default */
  readonly places: ReadonlyMap<string, Place>;
}

interface RowBase {
  readonly key: keyof PoolValues;
  /** its name in pools.ini */
  readonly name: string;
  readonly help: string;
}

export interface NumberRow extends RowBase {
  readonly type: 'integer' | 'duration' | 'size';
  /** in the unit of the value: milliseconds for durations, bytes for sizes */
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** 0 is allowed below the minimum, and means this */
  readonly zero?: string;
}

export interface ChoiceRow extends RowBase {
  readonly type: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
  /** values that have a meaning but are refused, with the reason */
  readonly refused?: Readonly<Record<string, string>>;
}

interface TextRow extends RowBase {
  readonly type: 'text';
  readonly default: string;
}

export type PoolSettingRow = NumberRow | ChoiceRow | TextRow;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Every setting of pools.ini except `env[NAME]`: checks, messages and `docs/pools.md` are made from these rows. */
export const POOL_SETTINGS: readonly PoolSettingRow[] = [
  {
    key: 'runtime',
    name: 'runtime',
    type: 'choice',
    default: 'auto',
    choices: ['auto', 'native', 'wine64', 'wine32'],
    help: "what runs the extensions; auto chooses by reading each file's header",
  },
  {
    key: 'hosting',
    name: 'hosting',
    type: 'choice',
    default: 'isolated',
    choices: ['isolated'],
    refused: { inprocess: 'not available yet; use isolated' },
    help: 'isolated: extensions run in worker processes of their own',
  },
  {
    key: 'calls',
    name: 'calls',
    type: 'choice',
    default: 'sync',
    choices: ['sync', 'async'],
    help:
      'sync: an extension is called on its worker thread; async: on a native thread of its own, for extensions that ' +
      'wait inside HttpExtensionProc until a thread of theirs has called back',
  },
  {
    key: 'threadsMin',
    name: 'threads.min',
    type: 'integer',
    default: 1,
    min: 1,
    max: 512,
    help: 'worker threads that a worker process starts with',
  },
  {
    key: 'threadsMax',
    name: 'threads.max',
    type: 'integer',
    default: 16,
    min: 1,
    max: 512,
    help: 'worker threads that a worker process grows to when all are busy; each takes 7 to 11 MB',
  },
  {
    key: 'queueLimit',
    name: 'queue.limit',
    type: 'integer',
    default: 1000,
    min: 0,
    max: 100_000,
    help: 'requests that wait for a worker thread; one more is answered with 503',
  },
  {
    key: 'requestTimeout',
    name: 'request.timeout',
    type: 'duration',
    default: 0,
    min: 1,
    max: DAY,
    zero: "the server's Timeout",
    help: 'how long an extension may take for a request before its worker process is replaced',
  },
  {
    key: 'recycleRequests',
    name: 'recycle.requests',
    type: 'integer',
    default: 0,
    min: 1,
    max: 1_000_000_000,
    zero: 'never',
    help: 'requests after which a worker process is replaced',
  },
  {
    key: 'recycleMemory',
    name: 'recycle.memory',
    type: 'size',
    default: 0,
    min: MIB,
    max: 1024 * GIB,
    zero: 'never',
    help: 'resident memory over which a worker process is replaced',
  },
  {
    key: 'recycleTime',
    name: 'recycle.time',
    type: 'duration',
    default: 0,
    min: SECOND,
    max: 365 * DAY,
    zero: 'never',
    help: 'age at which a worker process is replaced',
  },
  {
    key: 'rapidFailCount',
    name: 'rapid_fail.count',
    type: 'integer',
    default: 5,
    min: 1,
    max: 1000,
    zero: 'it is never stopped',
    help: 'worker processes that may be lost within rapid_fail.window before the pool is stopped',
  },
  {
    key: 'rapidFailWindow',
    name: 'rapid_fail.window',
    type: 'duration',
    default: 5 * MINUTE,
    min: SECOND,
    max: DAY,
    help: 'the time in which rapid_fail.count counts',
  },
  {
    key: 'user',
    name: 'user',
    type: 'text',
    default: '',
    help: "the user that worker processes run as; empty for the server's own; for Windows extensions under Wine, root prepares it with isapi-host setup wine --user NAME",
  },
  {
    key: 'group',
    name: 'group',
    type: 'text',
    default: '',
    help: "the group that worker processes run as; empty for the server's own",
  },
  {
    key: 'startTimeout',
    name: 'start.timeout',
    type: 'duration',
    default: 30 * SECOND,
    min: 1,
    max: 10 * MINUTE,
    help: 'how long a worker process may take until it is ready for requests',
  },
  {
    key: 'stopTimeout',
    name: 'stop.timeout',
    type: 'duration',
    default: 10 * SECOND,
    min: 1,
    max: 10 * MINUTE,
    help: 'how long a worker process may take to end in order, with TerminateExtension, before it is killed',
  },
  {
    key: 'bufferOutput',
    name: 'buffer.output',
    type: 'size',
    default: 512 * KIB,
    min: 16 * KIB,
    max: 16 * MIB,
    help: 'bytes of a response on their way to the client before the extension has to wait',
  },
];
