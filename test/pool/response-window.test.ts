import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { openPools } from '../helpers/pools.js';
import { waitFor } from '../helpers/server.js';

const skip = skipWithout('elf');

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

t.test('a client that takes nothing gets no more than the window', { skip }, async (t) => {
  const window = 64 * 1024;
  const { add, run } = openPools(t, 'buffer.output = 64K\nthreads.max = 2');
  const scenario = add('scenario');
  const slow = run(scenario, 'write=20&size=1000000', { slow: true });
  await waitFor(
    () => slow.received >= window,
    () => `only ${slow.received} bytes came`,
  );
  // Others are served meanwhile, long enough for more bytes to come if there were any on their way.
  for (let i = 0; i < 50; i++) await run(scenario).end();
  t.equal(slow.received, window);
  slow.take();
  t.equal((await slow.end()).result, 1);
  t.equal(slow.received, 20_000_000);
  t.ok(slow.body === ALPHABET.repeat(Math.ceil(20_000_000 / 26)).slice(0, 20_000_000), 'in order');
});

t.test('a slow client that goes away ends the wait', { skip }, async (t) => {
  const { add, run } = openPools(t, 'buffer.output = 64K\nthreads.max = 1');
  const scenario = add('scenario');
  const slow = run(scenario, 'write=20&size=1000000', { slow: true });
  await waitFor(
    () => slow.received >= 64 * 1024,
    () => `only ${slow.received} bytes came`,
  );
  slow.link?.lost();
  t.equal((await slow.end()).result, 4, 'the write failed, so the scenario returns HSE_STATUS_ERROR');
  const next = run(scenario, 'write=3&size=200000');
  await next.end();
  t.equal(next.received, 600_000, 'the next request has its own window');
});

t.test(
  'a session that is left pending is told, its block stays, and the thread goes on',
  { skip },
  async (t) => {
    const { add, run, log } = openPools(t, 'threads.max = 1');
    const scenario = add('scenario');
    const pending = run(scenario, 'process&return=3');
    t.match(await pending.end(), { result: 3, orphaned: true });
    const { process: pid } = await pending.report();
    t.equal((await run(scenario, 'process').report())['process'], pid);
    t.equal(log.of('IH2001').length, 1);
  },
);

t.test('too many sessions that are left pending have their process replaced', { skip }, async (t) => {
  const { add, run, log } = openPools(t, 'threads.max = 1');
  const scenario = add('scenario');
  const pids: (string | undefined)[] = [];
  for (let i = 0; i < 70; i++) pids.push((await run(scenario, 'process&return=3').report())['process']);
  t.equal(new Set(pids.slice(0, 64)).size, 1);
  t.equal(new Set(pids).size, 2);
  t.equal(log.of('IH2005', 'IH2004').length, 0);
});

t.test(
  'a session that is pending with ISAPIFakeAsync ends when the extension says so',
  { skip },
  async (t) => {
    const { add, run } = openPools(t, 'threads.max = 1');
    const lasterror = add('lasterror');
    const pending = run(lasterror, 'thread=100', { fakeAsync: true });
    t.match(await pending.report(), { calls: '100', wrong: '0' });
    t.match(await pending.end(), { result: 3, orphaned: false });
  },
);

t.test('a stop while a slow client takes its response waits for it', { skip }, async (t) => {
  const { add, run, pools, log } = openPools(t, 'buffer.output = 64K\nthreads.max = 1');
  const scenario = add('scenario');
  for (const cached of [false, true]) {
    const slow = run(scenario, 'write=2&size=100000', { slow: true, cached });
    await slow.begun;
    if (cached) {
      const stopped = pools.stop();
      slow.take();
      await stopped;
    } else slow.take();
    t.match(await slow.end(), { result: 1 });
    t.equal(slow.received, 200_000);
  }
  t.match(log.lines.at(-1), /^IH2002/, 'in order');
});
