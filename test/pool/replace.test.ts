import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { openPools } from '../helpers/pools.js';
import { isAlive, waitFor } from '../helpers/server.js';

const skip = skipWithout('elf');

t.test('a process is replaced by one that is ready, and ends when its requests have', { skip }, async (t) => {
  const { add, run, log, pids, pool } = openPools(t);
  const scenario = add('scenario');
  const { process: first } = await run(scenario, 'process').report();
  const slow = run(scenario, 'sleep=500&begin');
  await slow.begun;
  const [group] = pool.groups;
  let over = false;
  const replaced = group?.replace('for a test').finally(() => (over = true));
  await waitFor(
    () => pids().length === 2 && group?.current?.pid === pids()[1],
    () => `no other process takes over:\n${log.lines.join('\n')}`,
  );
  t.notOk(over, 'the old one has a request');
  const { process: second } = await run(scenario, 'process').report();
  t.equal(Number(second), pids()[1]);
  t.equal((await slow.end()).result, 1);
  t.same(await replaced, { old: Number(first), new: Number(second) });
  t.notOk(isAlive(Number(first)));
  t.same(log.of('IH2007'), ['IH2007 worker process is being replaced: for a test']);
  t.same(log.of('IH2003', 'IH2004', 'IH2005'), []);
});

t.test('the new one has loaded what is cached before it takes over', { skip }, async (t) => {
  const { add, run, pool } = openPools(t);
  const cached = add('lifecycle', 'cached.dll');
  pool.preload('native', cached, { failed: ({ reason }) => t.fail(reason) });
  t.match(await run(cached, '', { cached: true }).report(), { versions: '1', requests: '1' });
  const [group] = pool.groups;
  await group?.replace('for a test');
  t.ok(group?.current?.slots.has(cached));
  t.match(
    await run(cached, '', { cached: true }).report(),
    { versions: '1', requests: '1' },
    'it was loaded once',
  );
});

t.test('two that ask at once get the same new process', { skip }, async (t) => {
  const { add, run, pool, pids } = openPools(t);
  await run(add('scenario'), 'hello').end();
  const [group] = pool.groups;
  const [one, two] = await Promise.all([group?.replace('one'), group?.replace('two')]);
  t.same(one, two);
  t.equal(pids().length, 2);
});

t.test('without a process there is nothing to replace', { skip }, async (t) => {
  const { add, run, pool, pids } = openPools(t);
  const scenario = add('scenario');
  await run(scenario, 'hello').end();
  const [group] = pool.groups;
  group?.recycle('for a test');
  t.equal(await group?.replace('for a test'), undefined);
  t.equal(pids().length, 1);
});

t.test('the old one may crash meanwhile: requests wait for the new one', { skip }, async (t) => {
  const { add, run, pool, pids } = openPools(t);
  const scenario = add('scenario');
  await run(scenario, 'hello').end();
  const [group] = pool.groups;
  const replaced = group?.replace('for a test');
  const crashed = run(scenario, 'null');
  t.match(await crashed.failure(), { kind: 'lost', suspected: true });
  t.equal((await run(scenario, 'hello').end()).result, 1);
  t.match(await replaced, { old: pids()[0], new: pids()[1] });
  t.equal(pids().length, 2);
});

t.test('when the pool stops, nothing is replaced any more', { skip }, async (t) => {
  const { add, run, pool } = openPools(t);
  await run(add('scenario'), 'hello').end();
  const [group] = pool.groups;
  const replace = async (): Promise<void> => {
    await group?.replace('for a test');
  };
  const replaced = t.rejects(replace(), { code: 'POOL_STOPPED' });
  await pool.stop();
  await replaced;
  await t.rejects(replace(), { code: 'POOL_STOPPED' });
});
