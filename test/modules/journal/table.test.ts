import t from 'tap';
import type { JournalRecord } from '../../../lib/modules/journal/entry.js';
import { JournalTable } from '../../../lib/modules/journal/table.js';

const record = (name: string, extra: Partial<JournalRecord> = {}): JournalRecord => ({
  kind: 'unknown-variable',
  extension: '/x.dll',
  name,
  ...extra,
});

t.test('what is the same is added up, with the first and the last time and the last request', async (t) => {
  const table = new JournalTable();
  table.add(record('A', { url: 'GET /1', request: 'a', error: 1413 }), 1000);
  table.add(record('B'), 1500);
  table.add(record('A', { url: 'GET /2', request: 'b', error: 1413, count: 4 }), 2000);
  t.same(table.entries, [
    { kind: 'unknown-variable', extension: '/x.dll', name: 'B', count: 1, first: 1500, last: 1500 },
    {
      kind: 'unknown-variable',
      extension: '/x.dll',
      name: 'A',
      url: 'GET /2',
      request: 'b',
      error: 1413,
      count: 5,
      first: 1000,
      last: 2000,
    },
  ]);
});

t.test('kind, extension, function and name tell entries apart, and nothing else does', async (t) => {
  const table = new JournalTable();
  table.add(record('A'), 1);
  table.add(record('A', { extension: '/y.dll' }), 2);
  table.add(record('A', { kind: 'bad-argument' }), 3);
  table.add(record('A', { code: 1006 }), 4);
  table.add(record('A', { detail: 'x', pool: 'shop', url: '/z', request: 'r', error: 5 }), 5);
  t.same(
    table.entries.map(({ last, count }) => [last, count]),
    [
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 2],
    ],
  );
});

t.test(
  'there are 2000 entries at most: those that were seen longest ago are forgotten, and counted',
  async (t) => {
    const table = new JournalTable();
    const add = (i: number): void => {
      table.add({ kind: 'crash', extension: `/${i}.dll` }, i);
    };
    for (let i = 0; i < 2000; i++) add(i);
    add(0);
    t.equal(table.dropped, 0);
    add(2000);
    add(2001);
    t.equal(table.dropped, 2);
    t.equal(table.entries.length, 2000);
    const names = new Set(table.entries.map(({ extension }) => extension));
    t.same(
      [0, 1, 2, 3, 2001].map((i) => names.has(`/${i}.dll`)),
      [true, false, false, true, true],
    );
  },
);

t.test('an extension that makes up names has 100 of a kind, and the rest under one', async (t) => {
  const table = new JournalTable();
  for (let i = 0; i < 500; i++) table.add(record(`NAME_${i}`), i);
  table.add(record('NAME_7'), 600);
  table.add(record('X', { extension: '/y.dll' }), 601);
  t.equal(table.entries.length, 102);
  t.match(table.entries.slice(-3), [
    { name: '(others)', count: 400, first: 100, last: 499 },
    { name: 'NAME_7', count: 2 },
    { extension: '/y.dll', name: 'X' },
  ]);
  t.equal(table.clear('/x.dll'), 101);
  table.add(record('AGAIN'), 700);
  t.match(table.entries, [{ name: 'X' }, { name: 'AGAIN' }], 'there is room again');
});

t.test('so it is for one that calls through codes that nobody knows', async (t) => {
  const table = new JournalTable();
  const call = (code: number): JournalRecord => ({
    kind: 'unsupported-function',
    extension: '/x.dll',
    pool: 'default',
    code,
  });
  table.add(record('X', { extension: '/y.dll' }), 0);
  for (let i = 0; i < 5000; i++) table.add(call(9000 + i), i);
  table.add(call(9007), 6000);
  t.equal(table.entries.length, 102);
  t.equal(table.dropped, 0);
  t.match(table.entries[0], { extension: '/y.dll' }, 'others keep their entries');
  t.match(table.entries.slice(-2), [
    { name: '(others)', code: undefined, count: 4900, first: 100, last: 4999 },
    { code: 9007, count: 2 },
  ]);
});

t.test('texts are cut', async (t) => {
  const table = new JournalTable();
  table.add(record('n'.repeat(1000), { detail: 'd'.repeat(1000), url: 'u'.repeat(1000) }), 1);
  const [entry] = table.entries;
  t.same([entry?.name?.length, entry?.detail?.length, entry?.url?.length], [200, 300, 500]);
  t.match(
    [entry?.name, entry?.detail, entry?.url],
    [/\.\.\.$/, /\.\.\.$/, /\.\.\.$/],
    'with a mark where they are cut',
  );
});

t.test('a reason of a failure to load is whole, with what to do about it', async (t) => {
  const table = new JournalTable();
  const reason = `failed to load /srv/${'folder/'.repeat(60)}x.dll: it needs a.dll; copy it beside the extension`;
  for (const kind of ['not-loaded', 'no-runtime'] as const) table.add(record(reason, { kind }), 1);
  t.match(table.entries, [{ name: reason }, { name: reason }]);
  table.add(record('r'.repeat(3000), { kind: 'not-loaded' }), 1);
  t.match(table.entries[2]?.name, /^r{1997}\.\.\.$/);
});

t.test('what is older than a time is forgotten', async (t) => {
  const table = new JournalTable();
  table.add(record('A'), 1000);
  table.add(record('B'), 2000);
  table.expire(1500);
  t.match(table.entries, [{ name: 'B' }]);
  t.equal(table.dropped, 0);
});
