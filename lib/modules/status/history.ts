import { LATENCY_BUCKETS, percentileOf, type LatencyHistogram } from '../../pool/latency-histogram.js';

/** How often a sample is taken, and how many are kept: 10 minutes. */
export const SAMPLE_MS = 2000;
export const SAMPLES = 300;

/** What a sample is made of. */
export const SERIES = [
  'requests',
  'bytes',
  'p50',
  'p95',
  'busy',
  'threads',
  'queued',
  'serverMemory',
  'workerMemory',
  'loop',
] as const;
export type Series = (typeof SERIES)[number];

/** A sample: requests and bytes for each second, milliseconds, numbers, bytes, and a part of 1. */
export type Sample = Readonly<Record<Series, number>>;

/** The samples of some time, the oldest first. Plain values, for JSON. */
export type HistorySnapshot = Readonly<Record<Series, readonly number[]>> & {
  /** milliseconds between two samples */
  readonly interval: number;
};

/** The last samples, in memory that is there from the start. */
export class History {
  readonly #series: Readonly<Record<Series, Float64Array>>;
  #next = 0;
  #count = 0;

  constructor() {
    const entries = SERIES.map((name) => [name, new Float64Array(SAMPLES)]);
    this.#series = Object.fromEntries(entries) as Record<Series, Float64Array>;
  }

  add(sample: Sample): void {
    for (const name of SERIES) this.#series[name][this.#next] = sample[name];
    this.#next = (this.#next + 1) % SAMPLES;
    this.#count = Math.min(this.#count + 1, SAMPLES);
  }

  /** The newest sample; undefined before there is one. */
  get latest(): Sample | undefined {
    if (this.#count === 0) return undefined;
    const at = (this.#next + SAMPLES - 1) % SAMPLES;
    const entries = SERIES.map((name) => [name, this.#series[name][at] ?? 0]);
    return Object.fromEntries(entries) as Sample;
  }

  snapshot(): HistorySnapshot {
    const start = this.#count < SAMPLES ? 0 : this.#next;
    const entries = SERIES.map((name) => {
      const values = this.#series[name];
      return [name, [...values.subarray(start, this.#count), ...values.subarray(0, start)]];
    });
    return { interval: SAMPLE_MS, ...(Object.fromEntries(entries) as Record<Series, number[]>) };
  }
}

/** Percentiles of the requests between two looks at a histogram. */
export class IntervalPercentiles {
  readonly #histogram: LatencyHistogram;
  readonly #before = new Float64Array(LATENCY_BUCKETS);
  readonly #between = new Float64Array(LATENCY_BUCKETS);
  #count = 0;

  constructor(histogram: LatencyHistogram) {
    this.#histogram = histogram;
  }

  /** Those of the requests since the last call, in milliseconds; 0 when there were none. */
  take(...parts: readonly number[]): number[] {
    const { counts, count, max } = this.#histogram;
    const newer = count - this.#count;
    this.#count = count;
    for (let index = 0; index < LATENCY_BUCKETS; index++) {
      const value = counts[index] ?? 0;
      this.#between[index] = value - (this.#before[index] ?? 0);
      this.#before[index] = value;
    }
    return parts.map((part) => percentileOf(this.#between, newer, part, max));
  }
}
