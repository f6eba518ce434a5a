import t from 'tap';
import { History, IntervalPercentiles, SAMPLES, type Sample } from '../../../lib/modules/status/history.js';
import { parseStatusQuery } from '../../../lib/modules/status/query.js';
import {
  bytesText,
  countText,
  durationText,
  millisecondsText,
  shortDuration,
} from '../../../lib/modules/status/units.js';
import { escapeHtml, markup } from '../../../lib/modules/html.js';
import { LatencyHistogram } from '../../../lib/pool/latency-histogram.js';

t.test('times', async (t) => {
  t.same([0, 0.0004, 0.25, 1.5, 12.34, 999, 1500, 61_000, 3_600_000].map(millisecondsText), [
    '0',
    '1 µs',
    '250 µs',
    '1.50 ms',
    '12.3 ms',
    '999 ms',
    '1.50 s',
    '61.0 s',
    '1 h 0 min',
  ]);
  t.same([0, 59, 3599, 3600, 86_400 * 2 + 3600].map(shortDuration), [
    '0 s',
    '59 s',
    '59 min 59 s',
    '1 h 0 min',
    '2 d 1 h',
  ]);
  t.same([0, 1, 61, 3600, 93_784].map(durationText), [
    '0 seconds',
    '1 second',
    '1 minute 1 second',
    '1 hour 0 minutes 0 seconds',
    '1 day 2 hours 3 minutes 4 seconds',
  ]);
});

t.test('sizes and counts', async (t) => {
  t.same([0, 999, 1000, 1024, 150_000, 5e9].map(bytesText), [
    '0 B',
    '999 B',
    '0.98 KiB',
    '1.00 KiB',
    '146 KiB',
    '4.66 GiB',
  ]);
  t.same([0, 999, 1000, 1_234_567].map(countText), ['0', '999', '1\u202f000', '1\u202f234\u202f567']);
});

t.test('queries are read as mod_status reads them', async (t) => {
  const page = { form: 'page', refresh: 0, trace: '' };
  t.same(parseStatusQuery(''), page);
  t.same(parseStatusQuery('notable&nonsense=1'), page);
  t.same(parseStatusQuery('auto'), { ...page, form: 'auto' });
  t.same(parseStatusQuery('AUTO&refresh=30'), { ...page, form: 'auto', refresh: 30 });
  t.same(parseStatusQuery('refresh'), { ...page, refresh: 10 });
  t.same(parseStatusQuery('refresh=-1'), { ...page, refresh: 10 });
  t.same(parseStatusQuery('refresh=999999999'), { ...page, refresh: 86_400 });
  t.same(parseStatusQuery('trace=0abc'), { ...page, form: 'trace', trace: '0abc' });
});

t.test('values in a page are escaped, characters that cannot be seen too', async (t) => {
  t.equal(escapeHtml(`<&>"'`), '&lt;&amp;&gt;&quot;&#39;');
  t.equal(escapeHtml('a\u0000b\u202ec\u0085d\te'), 'a\\x00b\\u202ec\\x85d\te');
  t.equal(
    markup`<p title="${'"'}">${['<', markup`<b>${1}</b>`, false, undefined, null]}</p>`.text,
    '<p title="&quot;">&lt;<b>1</b></p>',
  );
});

function sampleOf(value: number): Sample {
  const names = [
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
  ];
  return Object.fromEntries(names.map((name) => [name, value])) as Sample;
}

t.test('a history keeps the last samples, the oldest first', async (t) => {
  const history = new History();
  t.equal(history.latest, undefined);
  t.same(history.snapshot().busy, []);
  for (let i = 0; i < SAMPLES + 3; i++) history.add(sampleOf(i));
  const { busy, interval } = history.snapshot();
  t.equal(interval, 2000);
  t.equal(busy.length, SAMPLES);
  t.same([busy[0], busy.at(-1)], [3, SAMPLES + 2]);
  t.equal(history.latest?.requests, SAMPLES + 2);
});

t.test('percentiles of an interval are those of its own requests', async (t) => {
  const histogram = new LatencyHistogram();
  const interval = new IntervalPercentiles(histogram);
  for (let i = 0; i < 100; i++) histogram.note(1000);
  interval.take(0.5);
  for (let i = 0; i < 10; i++) histogram.note(1);
  const [p50 = 0] = interval.take(0.5);
  t.ok(p50 > 0.9 && p50 < 1.1, String(p50));
  t.same(interval.take(0.5), [0], 'without requests there is none');
});
