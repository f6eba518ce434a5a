import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';

import type { ExplainedFailure } from '../../lib/worker/diagnosis.js';
import { skipWithout } from '../helpers/compilers.js';
import { openPools } from '../helpers/pools.js';
import { waitFor } from '../helpers/server.js';

const skip = skipWithout('elf');

/** The lines of an extension's file of events, without process ids. */
function eventsOf(library: string): string[] {
  const file = `${library}.events`;
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .replaceAll(/ process=\d+/g, '')
    .split('\n');
}

t.test('a process is replaced after recycle.requests', { skip }, async (t) => {
  const { add, run, log } = openPools(t, 'recycle.requests = 3\nthreads.max = 1');
  const scenario = add('scenario');
  const pids: (string | undefined)[] = [];
  for (let i = 0; i < 7; i++) pids.push((await run(scenario, 'process').report())['process']);
  t.equal(new Set(pids.slice(0, 3)).size, 1);
  t.equal(new Set(pids.slice(3, 6)).size, 1);
  t.equal(new Set(pids).size, 3);
  t.match(await log.until('IH2007', 2), [
    /^IH2007 worker process is being replaced: it has served 3 requests \(recycle\.requests\)$/,
  ]);
  await log.until('IH2002', 2);
  t.same(log.of('IH2003', 'IH2004', 'IH2005'), [], 'each ended in order');
});

t.test('requests that run when their process is replaced come to their end', { skip }, async (t) => {
  const { add, run } = openPools(t, 'recycle.requests = 2\nthreads.max = 2');
  const scenario = add('scenario');
  const both = [run(scenario, 'meet=2'), run(scenario, 'meet=2')];
  const next = run(scenario, 'process');
  const [first, second] = await Promise.all(both.map((each) => each.report()));
  t.match([first, second], [{ met: '1' }, { met: '1' }]);
  t.equal(first?.['process'], second?.['process']);
  t.not((await next.report())['process'], first?.['process']);
});

t.test('a process is replaced at its age, and when it is too large', { skip }, async (t) => {
  const old = openPools(t, 'recycle.time = 1s');
  const large = openPools(t, 'recycle.memory = 1M');
  for (const { add, run } of [old, large]) await run(add('scenario')).end();
  t.match((await old.log.until('IH2007'))[0], /replaced: it is \d+ s old \(recycle\.time\)$/);
  t.match((await large.log.until('IH2007'))[0], /replaced: it uses \d+ MiB \(recycle\.memory\)$/);
  for (const { log, pids, add, run } of [old, large]) {
    await log.until('IH2002');
    await run(add('scenario')).end();
    t.equal(pids().length, 2);
  }
});

t.test('a cached extension is loaded ahead, kept, and told of the end', { skip }, async (t) => {
  const { add, run, pool, pools, log, pids } = openPools(t, 'threads.max = 2');
  const lifecycle = add('lifecycle');
  const failures: ExplainedFailure[] = [];
  pool.preload('native', lifecycle, { failed: (failure) => failures.push(failure) });
  await waitFor(
    () => eventsOf(lifecycle).length > 0,
    () => 'the extension is not loaded',
  );
  t.same(eventsOf(lifecycle), ['GetExtensionVersion'], 'before any request');
  for (let i = 1; i <= 3; i++) {
    const report = await run(lifecycle, '', { cached: true }).report();
    t.match(report, { versions: '1', requests: String(i) });
  }
  const both = [1, 2].map(() => run(lifecycle, 'together=2', { cached: true }).report());
  t.match(await Promise.all(both), [
    { versions: '1', together: '2' },
    { versions: '1', together: '2' },
  ]);
  await pools.stop();
  t.same(eventsOf(lifecycle), [
    'GetExtensionVersion',
    ...Array.from({ length: 5 }, () => 'HttpExtensionProc'),
    'TerminateExtension flags=2',
  ]);
  t.same(failures, []);
  t.match(log.of('IH2002')[0], /^IH2002 worker process ended after \d+\.\d s$/);
  t.equal(pids().length, 1);
});

t.test('a process that takes the place of another loads the cached extensions again', { skip }, async (t) => {
  const { add, run, pool, log } = openPools(t);
  const lifecycle = add('lifecycle');
  pool.preload('native', lifecycle, { failed: () => t.fail('it is loaded') });
  const { process: pid } = await run(lifecycle, '', { cached: true }).report();
  process.kill(Number(pid), 'SIGKILL');
  await log.until('IH2004');
  t.match(await run(lifecycle, '', { cached: true }).report(), { versions: '1', requests: '1' });
  t.same(
    eventsOf(lifecycle).filter((line) => line === 'GetExtensionVersion'),
    ['GetExtensionVersion', 'GetExtensionVersion'],
  );
});

t.test('a cached extension that is not loaded is reported, and the pool works', { skip }, async (t) => {
  const { add, run, pool } = openPools(t);
  const explained = new Promise<ExplainedFailure>((resolve) => {
    pool.preload('native', add('refused'), { failed: resolve });
  });
  t.match(await explained, { failure: { stage: 'refused' } });
  t.equal((await run(add('scenario')).end()).result, 1);
});

t.test('a pool that was never used is stopped at once', { skip }, async (t) => {
  const { pools, log } = openPools(t);
  await pools.stop();
  t.same(log.lines, []);
});

t.test('a stop lets requests that run come to their end and refuses those that wait', { skip }, async (t) => {
  const { add, run, pools } = openPools(t, 'threads.max = 1');
  const scenario = add('scenario');
  const running = run(scenario, 'sleep=200&begin');
  await running.begun;
  const waiting = run(scenario);
  await pools.stop();
  t.equal((await running.end()).result, 1);
  t.match(running.body, /^begun\n[^]*slept=200\n$/);
  t.match(await waiting.failure(), { kind: 'refused', error: { code: 'POOL_STOPPED' } });
});

t.test('a stop while the process starts does not wait for it', { skip }, async (t) => {
  const { add, run, pools, log } = openPools(t, 'stop.timeout = 10m\nstart.timeout = 10m');
  const exchange = run(add('scenario'));
  await pools.stop();
  t.same(log.of('IH2003', 'IH2004', 'IH2005'), []);
  t.match(await exchange.failure(), { kind: 'refused', error: { code: 'POOL_STOPPED' } });
});

t.test('an extension that hangs holds a stop up no longer than stop.timeout', { skip }, async (t) => {
  const { add, run, pools, log } = openPools(t, 'stop.timeout = 300ms');
  const hanging = run(add('scenario'), 'hang&begin');
  await hanging.begun;
  const began = performance.now();
  await pools.stop();
  t.ok(performance.now() - began >= 290, 'it was given its time');
  t.same(await hanging.failure(), { kind: 'lost', reason: 'it did not end within 0.3 s', suspected: false });
  t.match(log.of('IH2003')[0], /worker process was ended after \d+\.\d s: it did not end within 0\.3 s$/);
});
