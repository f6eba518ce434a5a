import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { openPools } from '../helpers/pools.js';

/* Short requests of cached extensions are sent to a busy thread ahead of time. */

const skip = skipWithout('elf');
const CACHED = { cached: true } as const;

t.test(
  'many short requests in one thread are all answered, each with its own answer',
  { skip },
  async (t) => {
    const { add, run, log } = openPools(t, 'threads.max = 1\nqueue.limit = 5000');
    const scenario = add('scenario');
    await run(scenario, 'hello', CACHED).end();
    const exchanges = Array.from({ length: 2000 }, (_, i) => run(scenario, `raw=${i}.`, CACHED));
    const bodies = await Promise.all(exchanges.map(async (each) => (await each.end(), each.body)));
    t.same(
      bodies,
      Array.from({ length: 2000 }, (_, i) => `${i}.`),
    );
    t.equal(log.of('IH2001').length, 1);
  },
);

t.test('requests behind one that is not short are run by other threads', { skip }, async (t) => {
  const { add, run } = openPools(t, 'threads.max = 4');
  const scenario = add('scenario');
  await run(scenario, 'hello', CACHED).end();
  // Whatever was sent ahead behind the first one has to reach another thread, or they would never meet.
  const all = Array.from({ length: 4 }, () => run(scenario, 'meet=4', CACHED));
  const reports = await Promise.all(all.map((each) => each.report()));
  t.same(
    reports.map(({ met }) => met),
    ['1', '1', '1', '1'],
  );
  t.equal(new Set(reports.map(({ thread }) => thread)).size, 4);
});

t.test(
  'a crash fails the request that crashed, those behind it are run by the next process',
  { skip },
  async (t) => {
    const { add, run, log } = openPools(t, 'threads.max = 1\nrapid_fail.count = 0');
    const scenario = add('scenario');
    for (let round = 0; round < 5; round++) {
      await run(scenario, 'hello', CACHED).end();
      const crash = run(scenario, 'null', CACHED);
      const behind = [1, 2, 3].map(() => run(scenario, 'hello', CACHED));
      t.match(await crash.failure(), { kind: 'lost', reason: /SIGSEGV/ });
      for (const each of behind) t.equal((await each.end(), each.body), 'hello\n');
    }
    t.equal(log.of('IH2005').length, 5);
  },
);

t.test('a request that was begun is never begun again', { skip }, async (t) => {
  const { add, run, log } = openPools(t, 'threads.max = 1\nrapid_fail.count = 0');
  const scenario = add('scenario');
  for (let round = 0; round < 10; round++) {
    await run(scenario, 'hello', CACHED).end();
    // These wait in the worker together.
    const sleeping = run(scenario, 'sleep=2', CACHED);
    const first = run(scenario, 'hello', CACHED);
    const crash = run(scenario, 'null', CACHED);
    const behind = run(scenario, 'hello', CACHED);
    t.match(await crash.failure(), { kind: 'lost', reason: /SIGSEGV/ });
    await Promise.all([sleeping.end(), first.over]);
    t.equal((await behind.end(), behind.body), 'hello\n');
    t.equal(log.of('IH2005').length, round + 1, 'one crash for one request');
    t.equal(log.contexts[log.lines.indexOf(log.of('IH2005')[round] ?? '')]?.request ?? '', crash.requestId);
  }
});

t.test('requests behind one that hangs are not held up by it', { skip }, async (t) => {
  const { add, run } = openPools(t, 'threads.max = 2');
  const scenario = add('scenario');
  await run(scenario, 'hello', CACHED).end();
  const hanging = run(scenario, 'hang', { ...CACHED, timeout: 60_000 });
  const behind = [1, 2, 3, 4].map(() => run(scenario, 'hello', CACHED));
  for (const each of behind) t.equal((await each.end(), each.body), 'hello\n');
  process.kill(hanging.link?.pid ?? 0, 'SIGKILL');
  t.match(await hanging.failure(), { kind: 'lost' });
});

t.test('a timeout fails one request, those behind it are run by the next process', { skip }, async (t) => {
  const { add, run } = openPools(t, 'threads.max = 1');
  const scenario = add('scenario');
  await run(scenario, 'hello', CACHED).end();
  const hanging = run(scenario, 'hang', { ...CACHED, timeout: 100 });
  const behind = [1, 2, 3, 4].map(() => run(scenario, 'hello', CACHED));
  t.match(await hanging.failure(), { kind: 'timeout' });
  for (const each of behind) t.equal((await each.end(), each.body), 'hello\n');
});

t.test('a stop answers every request, also those behind one that hangs', { skip }, async (t) => {
  const { add, run, pools } = openPools(t, 'threads.max = 1\nstop.timeout = 200ms');
  const scenario = add('scenario');
  await run(scenario, 'hello', CACHED).end();
  const hanging = run(scenario, 'hang', CACHED);
  const behind = [1, 2, 3, 4, 5].map(() => run(scenario, 'hello', CACHED));
  await pools.stop();
  t.match(await hanging.failure(), { kind: 'lost' });
  for (const each of behind) {
    t.match(await each.failure(), { kind: 'refused', error: { code: 'POOL_STOPPED' } });
  }
  t.match(
    await run(scenario).failure(),
    { kind: 'refused', error: { code: 'POOL_STOPPED' } },
    'and later ones',
  );
});

t.test(
  'a client that goes away while its request waits does not touch the one that runs',
  { skip },
  async (t) => {
    const { add, run } = openPools(t, 'threads.max = 1');
    const scenario = add('scenario');
    await run(scenario, 'hello', CACHED).end();
    const running = run(scenario, 'write=50&size=1000', CACHED);
    const gone = run(scenario, 'hello', CACHED);
    const last = run(scenario, 'hello', CACHED);
    gone.link?.lost();
    t.equal((await running.end()).result, 1);
    t.equal(running.received, 50_000);
    t.equal((await last.end(), last.body), 'hello\n');
    await gone.end();
  },
);
