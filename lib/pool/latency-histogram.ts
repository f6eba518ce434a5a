/** Each octave of microseconds is divided into so many buckets, so that a value is known to one part in eight. */
const STEPS = 8;
const STEP_BITS = 3;

/** Octaves from 1 µs to 2^32 µs, which is more than an hour; what is longer counts in the last bucket. */
const OCTAVES = 32;

/** How many numbers a histogram is made of. */
export const LATENCY_BUCKETS = (OCTAVES - STEP_BITS + 1) * STEPS;

const LARGEST = 2 ** OCTAVES - 1;

/** What is said of the times that some requests took. Milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly sum: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * How long requests took, in buckets whose width grows with the time, as many for 1 ms to 2 ms as for 1 s to 2 s. To
 * note a time costs a few operations on numbers and makes no object.
 */
export class LatencyHistogram {
  readonly counts = new Float64Array(LATENCY_BUCKETS);
  count = 0;
  /** milliseconds */
  sum = 0;
  max = 0;

  /** @param milliseconds a time; one below 0, from a clock that was set back, counts as 0 */
  note(milliseconds: number): void {
    const time = milliseconds > 0 ? milliseconds : 0;
    const index = bucketOf(time);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.count++;
    this.sum += time;
    if (time > this.max) this.max = time;
  }

  /** Adds all that another one has noted. */
  add(other: LatencyHistogram): void {
    for (let index = 0; index < LATENCY_BUCKETS; index++) {
      this.counts[index] = (this.counts[index] ?? 0) + (other.counts[index] ?? 0);
    }
    this.count += other.count;
    this.sum += other.sum;
    if (other.max > this.max) this.max = other.max;
  }

  /** The time that this part of the requests (0 to 1) did not exceed, in milliseconds; 0 without requests. */
  percentile(part: number): number {
    if (Math.ceil(this.count * part) === this.count) return this.max;
    return percentileOf(this.counts, this.count, part, this.max);
  }

  summary(): LatencySummary {
    const { count, sum, max } = this;
    return {
      count,
      sum,
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
      max,
    };
  }

  /** How many requests took at most each of some times, which have to be bounds of buckets: powers of 2 in µs. */
  cumulative(exponents: readonly number[]): number[] {
    const found: number[] = [];
    let index = 0;
    let count = 0;
    for (const exponent of exponents) {
      const end = firstOfOctave(exponent);
      for (; index < end; index++) count += this.counts[index] ?? 0;
      found.push(count);
    }
    return found;
  }
}

/**
 * The time that a part of the requests in some buckets did not exceed, in milliseconds, from the middle of the bucket
 * that it falls into.
 * @param most no request took longer
 */
export function percentileOf(counts: Float64Array, count: number, part: number, most: number): number {
  const wanted = Math.max(1, Math.ceil(count * part));
  if (count <= 0) return 0;
  let seen = 0;
  for (let index = 0; index < LATENCY_BUCKETS; index++) {
    seen += counts[index] ?? 0;
    if (seen >= wanted) return Math.min(most, (lowerBound(index) + lowerBound(index + 1)) / 2000);
  }
  return most;
}

/** The bucket of a time: those of an octave hold what is more than its beginning, and at most its end. */
function bucketOf(milliseconds: number): number {
  const microseconds = Math.min(LARGEST, Math.max(0, Math.ceil(milliseconds * 1000) - 1)) >>> 0;
  if (microseconds < STEPS) return microseconds;
  const octave = 31 - Math.clz32(microseconds);
  return firstOfOctave(octave) + ((microseconds >>> (octave - STEP_BITS)) & (STEPS - 1));
}

/** The first bucket for times beyond 2^exponent µs. */
function firstOfOctave(exponent: number): number {
  if (exponent <= STEP_BITS) return Math.min(STEPS, 2 ** exponent);
  return (exponent - STEP_BITS + 1) * STEPS;
}

/** What the times of a bucket are more than, in microseconds. */
function lowerBound(index: number): number {
  if (index < STEPS) return index;
  const octave = Math.floor(index / STEPS) + STEP_BITS - 1;
  return 2 ** octave * (1 + (index % STEPS) / STEPS);
}
