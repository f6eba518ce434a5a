import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { JournalRecord } from '../../../lib/modules/journal/entry.js';
import { JournalFile } from '../../../lib/modules/journal/file.js';
import { lineOf, parseLine } from '../../../lib/modules/journal/line.js';
import { readJournal } from '../../../lib/modules/journal/reader.js';
import { JournalStore } from '../../../lib/modules/journal/store.js';
import { waitFor } from '../../helpers/server.js';

const LIMITS = { bytes: 8 * 1024 * 1024, age: 30 * 86_400_000 };
const QUIET = { trouble: () => undefined, mended: () => undefined };

const record = (name: string, extra: Partial<JournalRecord> = {}): JournalRecord => ({
  kind: 'unknown-variable',
  extension: '/srv/x.dll',
  name,
  ...extra,
});

function open(t: Test, folder: string, limits = LIMITS): JournalStore {
  const store = JournalStore.open(folder, limits, QUIET);
  let open = true;
  t.teardown(() => open && store.leave());
  const leave = store.leave.bind(store);
  store.leave = () => {
    open = false;
    leave();
  };
  return store;
}

function lines(folder: string): Record<string, unknown>[] {
  return readFileSync(join(folder, 'calls.jsonl'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Root may write everywhere: it is somebody else for as long as something runs. */
function asNobody(run: () => void): void {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    run();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

/** The user id that owns nothing, on Linux. */
const NOBODY = 65534;

t.test('a hot loop is one line with a count', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const store = open(t, folder);
  for (let i = 0; i < 10_000; i++)
    store.record(record('A', { url: `GET /?${i}`, request: String(i), error: 1413 }));
  store.record(record('B', { count: 7 }));
  t.same(lines(folder), [], 'nothing is written at once');
  await waitFor(
    () => lines(folder).length > 0,
    () => 'nothing is written',
  );
  t.match(lines(folder), [
    {
      time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
      kind: 'unknown-variable',
      extension: '/srv/x.dll',
      name: 'A',
      url: 'GET /?9999',
      request: '9999',
      error: 1413,
      count: 10_000,
      first: /Z$/,
      last: /Z$/,
    },
    { name: 'B', count: 7 },
  ]);
  t.same(Object.keys(lines(folder)[0] ?? {}).sort(), [
    'count',
    'error',
    'extension',
    'first',
    'journal',
    'kind',
    'last',
    'name',
    'request',
    'time',
    'url',
  ]);
});

t.test('counts survive a restart, and go on', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const first = open(t, folder);
  first.record(record('A', { count: 3 }));
  first.record({ kind: 'crash', extension: '/srv/y.dll', detail: 'exited on signal 11' });
  first.leave();
  const second = open(t, folder);
  t.match(second.entries(), [
    { name: 'A', count: 3 },
    { kind: 'crash', extension: '/srv/y.dll', detail: 'exited on signal 11', count: 1 },
  ]);
  second.record(record('A', { count: 2 }));
  second.leave();
  const third = open(t, folder);
  t.match(third.entries(), [{ kind: 'crash' }, { name: 'A', count: 5 }]);
  t.same(
    [...third.counts()],
    [
      ['/srv/y.dll', 1],
      ['/srv/x.dll', 5],
    ],
  );
});

t.test('two configurations share what they know, and the last one closes it', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const before = open(t, folder);
  before.record(record('A'));
  const after = open(t, folder);
  after.record(record('A'));
  before.leave();
  t.match(after.entries(), [{ name: 'A', count: 2 }]);
  after.leave();
  t.match(lines(folder), [{ name: 'A', count: 2 }]);
});

t.test('without a folder it is in memory as long as somebody has it', async (t) => {
  const store = open(t, '');
  store.record(record('A'));
  const other = open(t, '');
  store.leave();
  t.match(other.entries(), [{ name: 'A', count: 1 }]);
  other.leave();
  t.same(open(t, '').entries(), []);
});

t.test('what is cleared stays so, for those who share the files as well', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const store = open(t, folder);
  store.record(record('A'));
  store.record({ kind: 'crash', extension: '/srv/y.dll' });
  store.flush();
  store.record(record('B'));
  t.equal(store.clear('/srv/x.dll'), 2);
  t.match(store.entries(), [{ kind: 'crash' }]);
  t.equal(readJournal(folder).length, 1);
  store.record(record('C'));
  store.flush();
  t.match(readJournal(folder), [{ kind: 'crash' }, { name: 'C' }]);
  t.equal(store.clear(), 2);
  t.same(readJournal(folder), []);
  t.equal(lines(folder).length, 1, 'the files are empty but for that');
  store.leave();
  t.same(open(t, folder).entries(), []);
});

t.test('files are rolled by size, and the oldest are removed', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const file = new JournalFile(folder, { bytes: 40_000, age: LIMITS.age });
  file.open();
  t.teardown(() => file.close());
  const entry = { ...record('A', { detail: 'x'.repeat(300) }), count: 1, first: 0, last: 0 };
  for (let i = 0; i < 400; i++) {
    file.append([lineOf({ ...entry, last: i }, 1, i)]);
    // Names of files are made of the time in milliseconds.
    const until = Date.now() + 2;
    if (i % 20 === 0) while (Date.now() < until);
  }
  const files = readdirSync(folder);
  t.ok(files.length >= 3 && files.length <= 5, files.join(' '));
  for (const name of files) t.match(name, /^calls(?:-\d{8}T\d{9}Z-\d+)?\.jsonl$/);
  const sizes = files.map((name) => readFileSync(join(folder, name)).length);
  t.ok(sizes.reduce((a, b) => a + b, 0) <= 41_000, `${sizes.join(' ')} bytes`);
  const [all] = readJournal(folder);
  t.ok(all && all.count > 50 && all.count < 400, `${all?.count} are left`);
  t.equal(all?.last, 399);
});

t.test('what is too old is removed', async (t) => {
  const folder = t.testdir({ 'calls-20200101T000000000Z-1.jsonl': 'old\n', 'other.txt': 'stays' });
  const old = join(folder, 'calls-20200101T000000000Z-1.jsonl');
  utimesSync(old, new Date('2020-01-01'), new Date('2020-01-01'));
  const file = new JournalFile(folder, LIMITS);
  t.teardown(() => file.close());
  file.append([{ cleared: '*' }]);
  t.same(readdirSync(folder).sort(), ['calls.jsonl', 'other.txt']);
});

t.test('two servers that share the files lose nothing and spoil nothing', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const limits = { bytes: 1_000_000, age: LIMITS.age };
  const files = [new JournalFile(folder, limits), new JournalFile(folder, limits)] as const;
  t.teardown(() => files.forEach((file) => file.close()));
  const entry = { ...record('A', { detail: 'x'.repeat(200) }), count: 1, first: 0, last: 0 };
  for (let i = 0; i < 800; i++) {
    files[0].append([lineOf(entry, 1, 0)]);
    files[1].append([lineOf({ ...entry, name: 'B' }, 1, 0)]);
  }
  t.ok(readdirSync(folder).length > 2, 'they were rolled, now by the one and now by the other');
  t.match(readJournal(folder), [
    { name: 'A', count: 800 },
    { name: 'B', count: 800 },
  ]);
});

t.test('a file that was moved or removed is made again', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const store = open(t, folder);
  store.record(record('A'));
  store.flush();
  rmSync(folder, { recursive: true });
  store.record(record('B'));
  store.flush();
  t.match(lines(folder), [{ name: 'B' }]);
});

t.test('lines that are none are left out', async (t) => {
  const folder = t.testdir({
    'calls.jsonl': [
      'no json',
      '{}',
      '{"kind":"nonsense","extension":"/x.dll","count":1,"first":"2026-01-01T00:00:00Z","last":"2026-01-01T00:00:00Z"}',
      '{"kind":"crash","extension":"/x.dll","count":0,"first":"2026-01-01T00:00:00Z","last":"2026-01-01T00:00:00Z"}',
      '{"kind":"crash","extension":"/x.dll","count":1,"first":"yesterday","last":"2026-01-01T00:00:00Z"}',
      '{"kind":"crash","extension":"/x.dll","count":2,"first":"2026-01-01T00:00:00Z","last":"2026-01-02T00:00:00Z","code":"1","pool":7}',
      '{"kind":"crash","extension":"/x.dll","count":1,"first":"2026-01-01T00:00:00Z","la',
    ].join('\n'),
  });
  t.same(readJournal(folder), [
    {
      kind: 'crash',
      extension: '/x.dll',
      count: 2,
      first: Date.parse('2026-01-01T00:00:00Z'),
      last: Date.parse('2026-01-02T00:00:00Z'),
      name: undefined,
    },
  ]);
  t.equal(parseLine('null'), undefined);
});

t.test('what waits to be written has a limit, however many extensions there are', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const store = open(t, folder);
  for (let code = 5000; code < 15_000; code++) {
    store.record({ kind: 'unsupported-function', extension: `/srv/${code}.dll`, code });
  }
  t.equal(store.entries().length, 2000);
  store.leave();
  t.equal(lines(folder).length, 4000);
});

t.test('trouble is told once, and what comes later is written', async (t) => {
  const folder = join(t.testdir(), 'calls');
  mkdirSync(folder);
  const told: string[] = [];
  const store = JournalStore.open(folder, LIMITS, {
    trouble: (reason) => told.push(reason),
    mended: () => told.push('mended'),
  });
  t.teardown(() => store.leave());
  rmSync(join(folder, 'calls.jsonl'));
  chmodSync(folder, 0o500);
  asNobody(() => {
    for (const name of ['A', 'B']) {
      store.record(record(name));
      store.flush();
    }
  });
  t.match(told, [/EACCES/]);
  chmodSync(folder, 0o700);
  store.record(record('C'));
  store.flush();
  t.match(told, [/EACCES/, 'mended']);
  t.match(lines(folder), [{ name: 'C' }]);
});

t.test('a folder that cannot be is an error', async (t) => {
  const folder = t.testdir({ file: 'x' });
  writeFileSync(join(folder, 'file'), 'x');
  t.throws(() => JournalStore.open(join(folder, 'file'), LIMITS, QUIET), /EEXIST|ENOTDIR/);
  t.throws(() => JournalStore.open(join(folder, 'file', 'x'), LIMITS, QUIET), /ENOTDIR/);
});
