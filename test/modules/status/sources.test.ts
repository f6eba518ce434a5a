import t from 'tap';
import type { Journal, JournalEntry } from '../../../lib/modules/journal/entry.js';
import { HostError } from '../../../lib/errors.js';
import { statusSources } from '../../../lib/modules/status/sources.js';
import type { TraceStore } from '../../../lib/modules/trace/trace-record.js';
import { sections } from '../../../lib/modules/status/page/page.js';
import { SAMPLE } from '../trace/sample-record.js';
import { sampleSnapshot, sampleStatistics } from './sample.js';

const ENTRIES: readonly JournalEntry[] = [
  {
    kind: 'unknown-variable',
    extension: '/srv/isapi/shop.dll',
    name: 'HTTPS_<KEY>',
    count: 2,
    first: 1000,
    last: 2000,
  },
  {
    kind: 'unsupported-function',
    extension: '/srv/isapi/shop.dll',
    pool: 'shop',
    code: 1014,
    error: 87,
    url: 'GET /isapi/shop.dll',
    count: 1204,
    first: 1000,
    last: 3000,
  },
];

const journal: Journal = {
  record: () => undefined,
  entries: () => ENTRIES,
  counts: () => new Map(),
  dropped: 0,
};

const traces: TraceStore = {
  list: () => [SAMPLE],
  read: (id) => Promise.resolve(id === SAMPLE.id ? SAMPLE : undefined),
};

const sources = statusSources({ store: traces }, journal);

t.test('what the journal has is shown with what to do, the latest first', async (t) => {
  const list = sources.journal?.list() ?? [];
  t.match(list, [
    {
      what: /^1014 HSE_REQ_ABORTIVE_CLOSE$/,
      title: 'Unsupported functions',
      error: 87,
      count: 1204,
      pool: 'shop',
    },
    { what: 'HTTPS_<KEY>', title: 'Unknown server variables', error: 0, count: 2 },
  ]);
  for (const { advice, purpose } of list) t.match(`${purpose} ${advice}`, /^[A-Z].*\. [A-Z].*\.$/);
  const snapshot = { ...sampleSnapshot(sampleStatistics()), journal: list };
  const options = { name: 'x', showsTail: false, refresh: 0 };
  const text = sections(snapshot, options).find(({ id }) => id === 'journal')?.text ?? '';
  t.match(text, /HTTPS_&lt;KEY&gt;/);
  t.match(text, /1\u202f204/);
});

t.test('a trace is read as the command shows it', async (t) => {
  const lines = await sources.failures?.read(SAMPLE.id);
  t.match(lines?.[0], new RegExp(`^Trace ${SAMPLE.id} `));
  t.equal(await sources.failures?.read('nothing'), undefined);
  t.equal(sources.failures?.list().length, 1);
});

t.test('a trace that is damaged is shown as what is wrong with it', async (t) => {
  const damage = new HostError('TRACE', 'the trace 00000001 cannot be shown, because it is truncated');
  const damaged = { list: () => [], read: () => Promise.reject(damage) };
  const { failures } = statusSources({ store: damaged }, journal);
  t.same(await failures?.read('00000001'), [damage.message]);
  const broken = { list: () => [], read: () => Promise.reject(new TypeError('a mistake')) };
  const other = statusSources({ store: broken }, journal);
  const reading = async (): Promise<void> => {
    await other.failures?.read('00000001');
  };
  await t.rejects(reading, { message: 'a mistake' });
});
