import fc from 'fast-check';
import t from 'tap';
import { LATENCY_BUCKETS, LatencyHistogram } from '../../lib/pool/latency-histogram.js';

function of(...times: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const time of times) histogram.note(time);
  return histogram;
}

t.test('without requests everything is 0', async (t) => {
  t.same(of().summary(), { count: 0, sum: 0, p50: 0, p90: 0, p99: 0, max: 0 });
});

t.test('a percentile is off by one part in sixteen at most', async (t) => {
  const times = fc.array(fc.double({ min: 0.008, max: 4_000_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.9, 0.99), (list, part) => {
      const sorted = list.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(list.length * part)) - 1] ?? 0;
      const found = of(...list).percentile(part);
      // A microsecond more, because that is what times are rounded up to.
      return Math.abs(found - exact) <= exact / 16 + 0.001;
    }),
  );
  t.pass('for any times');
});

t.test('the longest time is exact, and no percentile is above it', async (t) => {
  const { p50, p99, max } = of(1.25, 1.25, 1.25, 80.125).summary();
  t.equal(max, 80.125);
  t.equal(p99, 80.125);
  t.ok(p50 >= 1.15 && p50 <= 1.28, String(p50));
});

t.test('every time has a bucket, also one below nothing or beyond an hour', async (t) => {
  const histogram = of(-5, 0, 0.0001, 1e9, Number.MAX_VALUE);
  t.equal(histogram.count, 5);
  t.equal(
    histogram.counts.reduce((sum, count) => sum + count, 0),
    5,
  );
  t.equal(histogram.counts[0], 3);
  t.equal(histogram.counts[LATENCY_BUCKETS - 1], 2);
});

t.test('a bound of a bucket belongs to it, as Prometheus has it', async (t) => {
  // 2^10 µs is 1.024 ms.
  t.same(of(1.024).cumulative([9, 10, 11]), [0, 1, 1]);
  t.same(of(1.0241).cumulative([9, 10, 11]), [0, 0, 1]);
  t.same(of(0.001, 0.002, 0.004, 0.008).cumulative([0, 1, 2, 3]), [1, 2, 3, 4]);
});

t.test('one added to another is as if all had been noted there', async (t) => {
  const sum = of(1, 2, 3);
  sum.add(of(40, 500));
  t.same(sum.summary(), of(1, 2, 3, 40, 500).summary());
});
