import { readFileSync } from 'node:fs';
import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { openPools } from '../helpers/pools.js';
import { waitFor } from '../helpers/server.js';

const skip = skipWithout('elf');

t.test(
  'a process that is killed from outside loses its request, and the next one runs',
  { skip },
  async (t) => {
    const { add, run, log } = openPools(t);
    const scenario = add('scenario');
    const hanging = run(scenario, 'hang&begin');
    await hanging.begun;
    const pid = hanging.link?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    t.same(await hanging.failure(), { kind: 'lost', reason: 'signal SIGKILL', suspected: true });
    t.equal(hanging.body, 'begun\n', 'what it had sent came before');
    t.match(
      (await log.until('IH2005'))[0],
      /scenario\.dll ended its worker process after \d+\.\d s: signal SIGKILL$/,
    );
    const next = run(scenario, 'process');
    t.not((await next.report())['process'], String(pid));
  },
);

t.test('a process that dies without a request is replaced by the next one', { skip }, async (t) => {
  const { add, run, log } = openPools(t);
  const scenario = add('scenario');
  const { process: pid } = await run(scenario, 'process').report();
  process.kill(Number(pid), 'SIGKILL');
  t.match((await log.until('IH2004'))[0], /worker process died after \d+\.\d s: signal SIGKILL$/);
  t.not((await run(scenario, 'process').report())['process'], pid);
});

/** scenario, how it ends the process */
const CRASHES: readonly (readonly [string, RegExp])[] = [
  ['null', /^signal SIGSEGV at address 0x[0-9a-f]+$/],
  ['abort', /^signal SIGABRT at address 0x[0-9a-f]+$/],
  ['exit=5', /^it called exit\(5\)$/],
  ['divide', /^signal SIGFPE at address 0x[0-9a-f]+$/],
  ['thread', /^signal SIGSEGV at address 0x[0-9a-f]+$/],
];

t.test('a crash is told to its request, in words', { skip }, async (t) => {
  const { add, run } = openPools(t, 'rapid_fail.count = 0');
  const scenario = add('scenario');
  for (const [query, reason] of CRASHES) {
    t.match(await run(scenario, query).failure(), { kind: 'lost', reason }, query);
  }
  t.equal((await run(scenario).end()).result, 1);
});

t.test('of several requests, the log names the one whose extension crashed', { skip }, async (t) => {
  const { add, run, log } = openPools(t, 'threads.max = 2');
  const innocent = run(add('scenario', 'innocent.dll'), 'hang&begin');
  await innocent.begun;
  const guilty = run(add('scenario', 'guilty.dll'), 'null');
  t.match(await guilty.failure(), { kind: 'lost', reason: /SIGSEGV/, suspected: true });
  t.match(await innocent.failure(), { kind: 'lost', reason: /SIGSEGV/, suspected: false });
  t.equal(log.of('IH2005').length, 1);
  t.match(log.of('IH2005')[0], /\/guilty\.dll ended its worker process/);
});

t.test('requests that wait are run by the next process', { skip }, async (t) => {
  const { add, run } = openPools(t, 'threads.max = 1');
  const scenario = add('scenario');
  const crash = run(scenario, 'null');
  const waiting = [run(scenario), run(scenario)];
  t.match(await crash.failure(), { kind: 'lost' });
  for (const each of waiting) t.equal((await each.end(), each.body), 'hello\n');
});

t.test('too many deaths stop a pool, until their time is over', { skip }, async (t) => {
  const { add, run, log } = openPools(t, 'rapid_fail.count = 2\nrapid_fail.window = 2s\nthreads.max = 1');
  const scenario = add('scenario');
  for (let i = 0; i < 2; i++) t.match(await run(scenario, 'null').failure(), { kind: 'lost' });
  await log.until('IH2005', 2);
  t.match(await run(scenario).failure(), {
    kind: 'refused',
    error: {
      code: 'POOL_STOPPED',
      message:
        /^pool default is stopped for the runtime native: 2 of its worker processes died within 2 s \(rapid_fail\.count\), the last one: signal SIGSEGV.*; it is tried again in [12] s, or at once with isapi-host pool recycle default$/,
    },
  });
  t.equal(log.of('IH2001').length, 2, 'no third one was started');
  t.match(log.of('IH2008'), [
    /^IH2008 pool default is stopped for the runtime native: 2 of .* SIGSEGV.*; its requests get 503 for [12] s$/,
  ]);
  let served = false;
  await waitFor(
    () => {
      if (!served) void run(scenario).over.then((ended) => (served ||= 'end' in ended));
      return served;
    },
    () => 'the pool stays stopped',
  );
  t.equal(log.of('IH2001').length, 3);
});

t.test('rapid_fail.count = 0 never stops a pool', { skip }, async (t) => {
  const { add, run } = openPools(t, 'rapid_fail.count = 0');
  const scenario = add('scenario');
  for (let i = 0; i < 7; i++) t.match(await run(scenario, 'abort').failure(), { kind: 'lost' });
  t.equal((await run(scenario).end()).result, 1);
});

t.test(
  'a process that is not ready in time is given up, and so is the pool in the end',
  { skip },
  async (t) => {
    const { add, run, log } = openPools(t, 'start.timeout = 1ms\nrapid_fail.count = 2');
    t.match(await run(add('scenario')).failure(), { kind: 'refused', error: { code: 'POOL_STOPPED' } });
    t.match(log.of('IH2003'), [/it was not ready within 0\.001 s$/, /it was not ready within 0\.001 s$/]);
  },
);

t.test('a request without a sign of life is given up, and its process replaced', { skip }, async (t) => {
  const { add, run, log } = openPools(t);
  const scenario = add('scenario');
  const { process: pid } = await run(scenario, 'process').report();
  t.same(await run(scenario, 'hang', { timeout: 200 }).failure(), { kind: 'timeout', milliseconds: 200 });
  t.match((await log.until('IH2003'))[0], /scenario\.dll did not answer for 0\.2 s$/);
  t.not((await run(scenario, 'process').report())['process'], pid);
});

t.test('time that the worker waits for the client does not count', { skip }, async (t) => {
  const { add, run } = openPools(t, 'buffer.output = 16K');
  const exchange = run(add('scenario'), 'write=4&size=16384', { timeout: 100, slow: true });
  await exchange.begun;
  await new Promise((resolve) => setTimeout(resolve, 400));
  exchange.take();
  await exchange.end();
  t.equal(exchange.received, 65_536);
});

t.test('a client that is gone is known to the extension at its next write', { skip }, async (t) => {
  const { add, run } = openPools(t);
  const scenario = add('scenario');
  const exchange = run(scenario, 'gone=500');
  await exchange.begun;
  exchange.link?.lost();
  t.equal((await exchange.end()).result, 1);
  t.match(readFileSync(`${scenario}.events`, 'utf8'), /^gone write=0 error=5 connected=0$/m);
  t.equal((await run(scenario).end()).result, 1, 'the next request in the thread is not lost');
});
