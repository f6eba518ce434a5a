import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { summaryOf, type TraceRecord } from '../../../lib/modules/trace/trace-record.js';
import { formatTrace, formatTraceList } from '../../../lib/modules/trace/trace-text.js';
import { formatMicroseconds } from '../../../lib/modules/trace/trace-values.js';
import { root } from '../../helpers/root.js';
import { SAMPLE } from './sample-record.js';

/** Golden files have what a trace looks like, byte by byte. */
function golden(name: string): string {
  return readFileSync(join(root, 'test', 'modules', 'trace', 'golden', `${name}.txt`), 'utf8');
}

function textOf(record: TraceRecord): string {
  return `${formatTrace(record).join('\n')}\n`;
}

t.test('a trace as text: request, control block, calls in order, response, log', async (t) => {
  t.equal(textOf(SAMPLE), golden('whole'));
});

t.test('a trace of a request that never came to a worker process', async (t) => {
  const { worker, controlBlock, runtime, ...rest } = SAMPLE;
  t.ok(worker && controlBlock && runtime);
  const record: TraceRecord = {
    ...rest,
    cached: false,
    status: 0,
    times: {},
    events: [],
    leftOut: 0,
    request: { ...SAMPLE.request, within: { id: '4e', url: '/index.html' } },
    response: { statusLine: '', headers: [], bytes: 0, ending: 'client left', at: 1234 },
    log: [],
  };
  t.equal(textOf(record), golden('never-run'));
});

t.test('traces in a list', async (t) => {
  const { worker, ...rest } = SAMPLE;
  t.ok(worker);
  const list = [
    summaryOf(SAMPLE),
    summaryOf({ ...rest, status: 0, duration: 0.5, id: '2s56c84g', why: 'timeout' }),
  ];
  t.equal(`${formatTraceList(list).join('\n')}\n`, golden('list'));
});

t.test('a list and a trace tell the same time, and a trace what else it took', async (t) => {
  const times = (at: number, duration: number): (string | undefined)[] => {
    const record = { ...SAMPLE, duration, response: { ...SAMPLE.response, at } };
    const text = `${formatTraceList([record])[0] ?? ''}\n${textOf(record)}`;
    return [...text.matchAll(/[\d.]+ ms in all.*?(?= {2}|\n)|(?<=Error, )[\d.]+ ms;/g)].map(
      ([found]) => found,
    );
  };
  t.same(times(12_000, 14), ['14.0 ms in all', '12.0 ms;', '14.0 ms in all, until the extension was let go']);
  t.same(times(14_000, 14), ['14.0 ms in all', '14.0 ms in all']);
});

t.test('no line is wider than 100 columns, whatever there is', async (t) => {
  const url = `/a?${'x'.repeat(5000)}`;
  const headers = [['X-Long', 'word '.repeat(200)]] as const;
  const long = formatTrace({ ...SAMPLE, url, request: { ...SAMPLE.request, headers } });
  t.equal(Math.max(...long.map((line) => line.length)), 100);
  t.equal(long.join('').replaceAll(' ', '').includes(url), true, 'and nothing is lost');
});

t.test('durations have the unit that suits them', async (t) => {
  const shown = [0, 999, 1000, 9999, 12_345, 123_456, 999_999, 1_000_000, 61_000_000].map(formatMicroseconds);
  t.same(shown, ['0 µs', '999 µs', '1.00 ms', '10.00 ms', '12.3 ms', '123 ms', '1000 ms', '1.0 s', '61.0 s']);
});
