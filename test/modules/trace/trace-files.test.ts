import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { TraceFiles, type TraceLimits } from '../../../lib/modules/trace/trace-files.js';
import type { TraceRecord } from '../../../lib/modules/trace/trace-record.js';
import { SAMPLE } from './sample-record.js';

const LIMITS: TraceLimits = { files: 5, size: 1024 * 1024, age: 3_600_000 };

async function openFiles(t: Test, limits: Partial<TraceLimits> = {}): Promise<TraceFiles> {
  const files = new TraceFiles(join(t.testdir(), 'logs', 'traces'), { ...LIMITS, ...limits });
  await files.load(true);
  return files;
}

function recordOf(files: TraceFiles, changes: Partial<TraceRecord> = {}): TraceRecord {
  return { ...SAMPLE, time: Date.now(), ...changes, id: files.newId() };
}

async function keep(files: TraceFiles, changes: Partial<TraceRecord> = {}): Promise<string> {
  const record = recordOf(files, changes);
  t.same(await files.write(record), { kind: 'written' });
  return record.id;
}

t.test('what is written can be read, now and by the next server', async (t) => {
  const files = await openFiles(t);
  t.same(files.list(), []);
  const record = recordOf(files);
  await files.write(record);
  t.same(await files.read(record.id), record);
  t.same(
    files.list().map(({ id, url, why }) => [id, url, why]),
    [[record.id, SAMPLE.url, SAMPLE.why]],
  );
  const next = new TraceFiles(files.folder, LIMITS);
  await next.load(true);
  t.same(next.list(), files.list());
  t.same(await next.read(record.id), record);
  t.equal(statSync(join(files.folder, `${record.id}.jsonl`)).mode & 0o777, 0o600, 'for its owner alone');
  t.equal(await next.read('00000000'), undefined);
  t.equal(await next.read('../../etc/passwd'), undefined);
});

t.test('ids are eight letters and digits that sort by time, also when many are made at once', async (t) => {
  const files = await openFiles(t);
  const ids = Array.from({ length: 1000 }, () => files.newId());
  t.match(ids[0], /^[0-9a-z]{8}$/);
  t.same([...ids].sort(), ids);
  t.equal(new Set(ids).size, 1000);
});

t.test('an id is later than those of earlier servers, also when the clock was set back', async (t) => {
  const files = await openFiles(t);
  await files.write({ ...recordOf(files), id: 'zzzzzz00' });
  const next = new TraceFiles(files.folder, LIMITS);
  await next.load(true);
  t.equal(next.newId(), 'zzzzzz01');
});

t.test('the oldest go when there are more than may be', async (t) => {
  const files = await openFiles(t);
  const ids: string[] = [];
  for (let count = 0; count < 8; count++) ids.push(await keep(files));
  const kept = ids.slice(-5).reverse();
  t.same(
    files.list().map(({ id }) => id),
    kept,
  );
  t.same(
    readdirSync(files.folder).sort().reverse(),
    kept.map((id) => `${id}.jsonl`),
  );
});

t.test('the oldest go when all together are too large; one alone may be', async (t) => {
  const log = [{ at: 0, number: 'IH0000', level: 'info', text: 'x'.repeat(60_000) }];
  const files = await openFiles(t, { size: 150_000 });
  const first = await keep(files, { log });
  const second = await keep(files, { log });
  t.same(
    files.list().map(({ id }) => id),
    [second, first],
  );
  const third = await keep(files, { log });
  t.same(
    files.list().map(({ id }) => id),
    [third, second],
  );
  const large = await keep(files, { log: log.map((line) => ({ ...line, text: 'y'.repeat(200_000) })) });
  t.same(
    files.list().map(({ id }) => id),
    [large],
  );
  t.same(readdirSync(files.folder), [`${large}.jsonl`]);
});

t.test('those that are too old go', async (t) => {
  const files = await openFiles(t);
  const old = await keep(files, { time: Date.now() - 7_200_000 });
  t.same(files.list(), []);
  t.notOk(existsSync(join(files.folder, `${old}.jsonl`)));
});

t.test('what a crash has left half written is removed, and other files stay', async (t) => {
  const files = await openFiles(t);
  const id = await keep(files);
  writeFileSync(join(files.folder, '.2s56c84h.tmp'), '{"id":');
  writeFileSync(join(files.folder, 'notes.txt'), 'mine');
  writeFileSync(join(files.folder, '2s56c84h.jsonl'), '{"id":"something else"}\n');
  const reader = new TraceFiles(files.folder, LIMITS);
  await reader.load(false);
  t.same(
    reader.list().map((each) => each.id),
    [id],
    'a file that is no trace is none',
  );
  t.ok(existsSync(join(files.folder, '.2s56c84h.tmp')), 'who only reads removes nothing');
  await reader.load(true);
  t.notOk(existsSync(join(files.folder, '.2s56c84h.tmp')));
  t.equal(readFileSync(join(files.folder, 'notes.txt'), 'utf8'), 'mine');
});

t.test('a folder that cannot be written to fails with the reason', async (t) => {
  const files = new TraceFiles(join(t.testdir({ file: '' }), 'file', 'traces'), LIMITS);
  const written = await files.write(recordOf(files));
  t.match(written, { kind: 'failed', reason: /ENOTDIR/ });
  t.same(files.list(), []);
});

t.test('when too many wait for the disk the next is dropped', async (t) => {
  const files = await openFiles(t, { files: 1000 });
  const results = await Promise.all(Array.from({ length: 70 }, () => files.write(recordOf(files))));
  t.same(
    results.map(({ kind }) => kind),
    [...new Array<string>(64).fill('written'), ...new Array<string>(6).fill('dropped')],
  );
  t.match(await files.write(recordOf(files)), { kind: 'written' }, 'and later ones are not');
  t.equal(files.list().length, 65);
});

t.test('what others have put into the folder does no harm', async (t) => {
  const files = await openFiles(t);
  const id = await keep(files);
  const record = recordOf(files);
  const victim = join(files.folder, 'victim');
  writeFileSync(victim, 'mine');
  mkdirSync(join(files.folder, 'aaaaaaaa.jsonl'));
  symlinkSync(join(files.folder, 'nowhere'), join(files.folder, 'aaaaaaab.jsonl'));
  symlinkSync(victim, join(files.folder, `.${record.id}.tmp`));
  const next = new TraceFiles(files.folder, LIMITS);
  await next.load(false);
  t.same(
    next.list().map((each) => each.id),
    [id],
    'the others are no traces',
  );
  t.match(await next.write(record), { kind: 'failed', reason: /EEXIST/ });
  t.equal(readFileSync(victim, 'utf8'), 'mine', 'a link is not written through');
});

t.test('a trace that is damaged is refused with its file and what is wrong with it', async (t) => {
  const files = await openFiles(t);
  const id = await keep(files);
  const file = join(files.folder, `${id}.jsonl`);
  const whole = readFileSync(file, 'utf8');
  const summary = whole.slice(0, whole.indexOf('\n') + 1);
  const cases: readonly (readonly [string, string])[] = [
    [whole.slice(0, -20), 'is truncated or was changed; remove it'],
    [summary, 'is truncated or was changed; remove it'],
    ['', 'is truncated or was changed; remove it'],
    ['\0'.repeat(1000), 'is truncated or was changed; remove it'],
    [`${summary}null\n`, 'is not what the server has written; remove it'],
    [`${summary}{"id":"${id}","version":2}\n`, 'was written by another version of isapi-host'],
  ];
  for (const [text, problem] of cases) {
    writeFileSync(file, text);
    const message = `the trace ${id} cannot be shown, because ${file} ${problem}`;
    await t.rejects(files.read(id), { code: 'TRACE', message });
  }
  mkdirSync(join(files.folder, 'aaaaaaaa.jsonl'));
  await t.rejects(files.read('aaaaaaaa'), { code: 'TRACE', message: /is not a regular file$/ });
  const target = join(files.folder, 'target');
  writeFileSync(target, whole);
  symlinkSync(target, join(files.folder, 'aaaaaaab.jsonl'));
  await t.rejects(files.read('aaaaaaab'), { code: 'TRACE', message: /is a symbolic link/ });
});
