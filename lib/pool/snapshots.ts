import type { RuntimeName } from './runtimes/runtime.js';
import type { ThreadState } from './thread-events.js';

/** What a request is, for people. Byte strings. */
export interface RequestDescription {
  readonly id: string;
  readonly method: string;
  /** the target as it came, without the query */
  readonly path: string;
  /** undecoded, "" when there is none */
  readonly query: string;
  readonly host: string;
  readonly client: string;
}

/** A request that runs; `extension` is a byte string. */
export interface RequestSnapshot extends RequestDescription {
  readonly extension: string;
  /** since a thread has taken it up */
  readonly milliseconds: number;
}

export interface ThreadSnapshot {
  readonly index: number;
  readonly state: ThreadState;
  /** requests that were sent to it ahead */
  readonly ahead: number;
  readonly request: RequestSnapshot | null;
}

/** `starting`: no thread is ready; `draining`: it takes no more requests and ends after those that it has. */
export type ProcessState = 'starting' | 'ready' | 'draining';

export interface ProcessSnapshot {
  readonly pid: number;
  readonly runtime: RuntimeName;
  readonly state: ProcessState;
  /** milliseconds */
  readonly age: number;
  /** resident bytes, 0 when unknown */
  readonly memory: number;
  /** seconds of processor time */
  readonly cpuUser: number;
  readonly cpuSystem: number;
  readonly requests: number;
  readonly threads: readonly ThreadSnapshot[];
}

/** How a worker process came to be replaced. */
export interface Replacement {
  readonly reason: string;
  /** it had ended unasked, which counts against `rapid_fail.count` */
  readonly isLoss: boolean;
  /** milliseconds since 1970 */
  readonly time: number;
}

/** `rapid_fail.count` and `.window`, as they stand. */
export interface RapidFailState {
  /** worker processes that ended unasked within the window */
  readonly losses: number;
  /** so many stop the pool; 0 for any number */
  readonly limit: number;
  /** milliseconds until a process is started again; 0 when the pool is not stopped for this runtime */
  readonly stoppedFor: number;
  /** when that is, in milliseconds since 1970 */
  readonly stoppedUntil: number | null;
  /** why it is stopped, "" when it is not */
  readonly reason: string;
}

/** The worker processes of a pool for one runtime. */
export interface GroupSnapshot {
  readonly runtime: RuntimeName;
  readonly queued: number;
  readonly queueLimit: number;
  readonly threadsMax: number;
  /** processes that were started in the place of another */
  readonly restarts: number;
  readonly lastReplacement: Replacement | null;
  readonly rapidFail: RapidFailState;
  readonly processes: readonly ProcessSnapshot[];
}

export interface PoolSnapshot {
  readonly name: string;
  /** false for one of an earlier configuration, which ends after its last request */
  readonly current: boolean;
  readonly groups: readonly GroupSnapshot[];
}
