import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { openPools } from '../helpers/pools.js';
import { waitFor } from '../helpers/server.js';

t.test('what a pool does can be seen', { skip: skipWithout('elf') }, async (t) => {
  const { pools, add, run } = openPools(t, 'rapid_fail.count = 3\nthreads.max = 4\nqueue.limit = 7\n');
  const library = add('scenario');
  t.same(pools.snapshot(true), [{ name: 'default', current: true, groups: [] }]);

  await t.test('a process with a request that runs', async (t) => {
    const exchange = run(library, 'hang&begin');
    await exchange.begun;
    const [pool] = pools.snapshot(true);
    const [group] = pool?.groups ?? [];
    t.match(group, {
      runtime: 'native',
      queued: 0,
      queueLimit: 7,
      threadsMax: 4,
      restarts: 0,
      lastReplacement: null,
      rapidFail: { losses: 0, limit: 3, stoppedFor: 0 },
    });
    const [worker] = group?.processes ?? [];
    t.match(worker, { state: 'ready', requests: 1, runtime: 'native' });
    t.ok((worker?.memory ?? 0) > 1_000_000, 'its memory is known');
    t.equal(JSON.stringify(worker).includes('"method":"GET"'), true);
    const busy = worker?.threads.find(({ state }) => state === 'busy');
    t.match(busy?.request, { method: 'GET', query: 'hang&begin', client: '127.0.0.1', extension: library });
    t.ok((busy?.request?.milliseconds ?? -1) >= 0);
  });

  await t.test('the end of the process is known with its reason, and whom to blame', async (t) => {
    const guilty = run(library, 'null');
    t.match(await guilty.failure(), { kind: 'lost', suspected: true });
    const after = run(library, 'hello');
    await after.end();
    const [group] = pools.snapshot(true)[0]?.groups ?? [];
    t.match(group, { restarts: 1, rapidFail: { losses: 1 }, lastReplacement: { isLoss: true } });
    t.match(group?.lastReplacement?.reason, /signal SIGSEGV/);
  });

  await t.test('a pool that has lost too many says for how long it is stopped', async (t) => {
    for (let i = 0; i < 2; i++) await run(library, 'null').failure();
    const group = await waitFor(
      () => {
        const [found] = pools.snapshot(true)[0]?.groups ?? [];
        return found !== undefined && found.rapidFail.stoppedFor > 0 && found;
      },
      () => JSON.stringify(pools.snapshot(true)),
    );
    t.equal(group.rapidFail.losses, 3);
    const refused = await run(library, 'hello').failure();
    t.match(refused, { kind: 'refused' });
  });
});

t.test(
  'what an extension says of itself is told once for each thread',
  { skip: skipWithout('elf') },
  async (t) => {
    const { add, run } = openPools(t, 'threads.max = 1\nthreads.min = 1\n');
    const library = add('scenario');
    const first = run(library, 'hello');
    await first.end();
    const second = run(library, 'hello');
    await second.end();
    t.equal(first.loads.length, 1);
    t.match(first.loads[0], { kind: 'loaded', description: /./ });
    t.same(second.loads, []);
  },
);
