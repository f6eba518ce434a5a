import { LatencyHistogram, type LatencySummary } from './latency-histogram.js';
import type { RuntimeName } from './runtimes/runtime.js';

/** So many extensions are remembered, an extension in two pools as two; of the others only the sums are kept. */
export const MAX_EXTENSIONS = 256;

/** Why requests of an extension had no proper answer. */
export interface ExtensionErrors {
  /** it could not be loaded */
  notLoaded: number;
  /** it ended its worker process, as far as that is known */
  crashed: number;
  /** its worker process ended, by another extension or otherwise */
  lost: number;
  /** it did not answer in time */
  timeout: number;
  /** no worker process took the request: the queue was full, or the pool stopped */
  refused: number;
  /** it said itself that it failed, or gave a status or headers that cannot be sent */
  failed: number;
}

/** What is counted for one extension in one application pool. The numbers are changed where things happen. */
export class ExtensionCounters {
  readonly pool: string;
  /** a byte string */
  readonly file: string;
  runtime: RuntimeName | undefined;
  /** ISAPICacheFile names it */
  cached = false;
  /** what GetExtensionVersion has said, `undefined` before it was loaded; the description is a byte string */
  version: number | undefined;
  description = '';
  /** requests that have ended */
  requests = 0;
  /** requests that wait or run */
  running = 0;
  /** bytes of response bodies */
  bytes = 0;
  /** calls that the server does not support */
  unsupported = 0;
  readonly errors: ExtensionErrors = {
    notLoaded: 0,
    crashed: 0,
    lost: 0,
    timeout: 0,
    refused: 0,
    failed: 0,
  };
  readonly latency = new LatencyHistogram();
  /** when a request ended last, in milliseconds since 1970; 0 for never */
  lastRequest = 0;
  /** the times of all extensions together */
  readonly #total: LatencyHistogram;

  constructor(pool: string, file: string, total: LatencyHistogram) {
    this.pool = pool;
    this.file = file;
    this.#total = total;
  }

  /** Its request has ended. @param now milliseconds since 1970 @param milliseconds that it took */
  ended(now: number, milliseconds: number, bytes: number): void {
    this.running--;
    this.requests++;
    this.bytes += bytes;
    this.lastRequest = now;
    this.latency.note(milliseconds);
    this.#total.note(milliseconds);
  }

  /** A request has failed that no worker process was asked to run. @param now milliseconds since 1970 */
  refused(kind: keyof ExtensionErrors, now: number): void {
    this.requests++;
    this.errors[kind]++;
    this.lastRequest = now;
  }

  /** Adds what another one has counted and will count no more. */
  add(other: ExtensionCounters): void {
    this.requests += other.requests;
    this.bytes += other.bytes;
    this.unsupported += other.unsupported;
    for (const kind of Object.keys(other.errors) as (keyof ExtensionErrors)[]) {
      this.errors[kind] += other.errors[kind];
    }
    this.latency.add(other.latency);
    this.lastRequest = Math.max(this.lastRequest, other.lastRequest);
  }

  snapshot(): ExtensionSnapshot {
    const { pool, file, runtime, cached, version, description } = this;
    const { requests, running, bytes, unsupported, errors, lastRequest } = this;
    return {
      pool,
      file,
      runtime: runtime ?? null,
      cached,
      version: version === undefined ? null : `${version >>> 16}.${version & 0xffff}`,
      description,
      requests,
      running,
      bytes,
      unsupported,
      errors: { ...errors },
      latency: this.latency.summary(),
      lastRequest,
    };
  }
}

/** The numbers of one extension in one pool, at one moment. Plain values; file and description are byte strings. */
export interface ExtensionSnapshot {
  readonly pool: string;
  readonly file: string;
  readonly runtime: RuntimeName | null;
  readonly cached: boolean;
  /** dwExtensionVersion as major and minor number */
  readonly version: string | null;
  readonly description: string;
  readonly requests: number;
  readonly running: number;
  readonly bytes: number;
  readonly unsupported: number;
  readonly errors: Readonly<ExtensionErrors>;
  readonly latency: LatencySummary;
  /** milliseconds since 1970, 0 for never */
  readonly lastRequest: number;
}

/** The extensions of one pool. */
interface PoolExtensions {
  readonly files: Map<string, ExtensionCounters>;
  /** how long requests took of those that are not remembered by name any more */
  readonly forgotten: LatencyHistogram;
}

/**
 * The numbers of all extensions, as long as the process lives: a reload leaves them alone. When there are too many,
 * those of the extension whose last request is the longest ago are added to those of `others`.
 */
export class ExtensionStatistics {
  /** how long requests of all extensions took */
  readonly total = new LatencyHistogram();
  /** those that are not remembered by name */
  readonly others = new ExtensionCounters('', '', this.total);
  readonly #limit: number;
  readonly #pools = new Map<string, PoolExtensions>();
  #size = 0;

  constructor(limit: number = MAX_EXTENSIONS) {
    this.#limit = limit;
  }

  /** The numbers of an extension (a byte string) in a pool. */
  of(pool: string, file: string): ExtensionCounters {
    return this.#pools.get(pool)?.files.get(file) ?? this.#remember(pool, file);
  }

  /** All that are remembered, by pool in the order in which they came. */
  list(): ExtensionCounters[] {
    return [...this.#pools.values()].flatMap(({ files }) => [...files.values()]);
  }

  /** How long requests took, by pool. */
  *byPool(): Iterable<[pool: string, latency: LatencyHistogram]> {
    for (const [pool, { files, forgotten }] of this.#pools) {
      const latency = new LatencyHistogram();
      latency.add(forgotten);
      for (const counters of files.values()) latency.add(counters.latency);
      yield [pool, latency];
    }
  }

  /** Whether some are not remembered by name. */
  get hasOthers(): boolean {
    return this.others.requests > 0 || this.others.running > 0;
  }

  #remember(pool: string, file: string): ExtensionCounters {
    if (this.#size >= this.#limit && !this.#forgetOldest()) return this.others;
    const counters = new ExtensionCounters(pool, file, this.total);
    const known = this.#pools.get(pool);
    if (known) known.files.set(file, counters);
    else this.#pools.set(pool, { files: new Map([[file, counters]]), forgotten: new LatencyHistogram() });
    this.#size++;
    return counters;
  }

  /** False when all have requests that run. */
  #forgetOldest(): boolean {
    let oldest: ExtensionCounters | undefined;
    for (const counters of this.list()) {
      if (counters.running > 0) continue;
      if (!oldest || counters.lastRequest < oldest.lastRequest) oldest = counters;
    }
    if (!oldest) return false;
    this.others.add(oldest);
    const pool = this.#pools.get(oldest.pool);
    pool?.files.delete(oldest.file);
    pool?.forgotten.add(oldest.latency);
    this.#size--;
    return true;
  }
}
