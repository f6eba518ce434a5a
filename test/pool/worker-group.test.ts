import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { openPools } from '../helpers/pools.js';

const skip = skipWithout('elf');

t.test('a process starts with the first request and serves the next ones', { skip }, async (t) => {
  const { add, run, log, pids } = openPools(t);
  const scenario = add('scenario');
  t.same(log.lines, []);
  const first = run(scenario, 'process');
  const { process: pid } = await first.report();
  t.equal(pid, String(first.link?.pid));
  t.same(first.heads, [
    {
      status: 200,
      reason: undefined,
      hasBlock: true,
      lengthDropped: false,
      headers: [['Content-Type', 'text/plain']],
    },
  ]);
  t.match(await first.end(), { result: 1, statusCode: 200, headFailed: false, orphaned: false, logData: '' });
  for (let i = 0; i < 20; i++) t.equal((await run(scenario, 'process').report())['process'], pid);
  t.equal(log.of('IH2001').length, 1);
  t.match(log.of('IH2001')[0], /^IH2001 worker process started: Node v/);
  t.same(pids(), [Number(pid)]);
});

t.test('threads are added while requests wait, up to threads.max', { skip }, async (t) => {
  const { add, run, log } = openPools(t, 'threads.max = 5');
  const scenario = add('scenario');
  const reports = await Promise.all(Array.from({ length: 5 }, () => run(scenario, 'meet=5').report()));
  t.same(
    reports.map(({ met }) => met),
    ['1', '1', '1', '1', '1'],
  );
  t.equal(new Set(reports.map(({ thread }) => thread)).size, 5, 'each has a thread of its own');
  t.equal(new Set(reports.map(({ process: pid }) => pid)).size, 1, 'in one process');
  t.equal(log.of('IH2001').length, 1);
});

t.test('threads.max is the most', { skip }, async (t) => {
  const { add, run } = openPools(t, 'threads.max = 2');
  const lifecycle = add('lifecycle');
  const reports = await Promise.all(Array.from({ length: 8 }, () => run(lifecycle, 'together=2').report()));
  t.same(new Set(reports.map(({ together }) => together)), new Set(['2']));
});

t.test('a request beyond queue.limit is refused at once', { skip }, async (t) => {
  const { add, run } = openPools(t, 'threads.max = 1\nqueue.limit = 2');
  const scenario = add('scenario');
  const first = run(scenario, 'sleep=300&begin');
  await first.begun;
  const waiting = [run(scenario), run(scenario)];
  const failure = await run(scenario).failure();
  t.match(failure, {
    kind: 'refused',
    error: { code: 'POOL_BUSY', message: 'the queue of pool default is full (queue.limit = 2)' },
  });
  await first.end();
  for (const each of waiting) t.equal((await each.end(), each.body), 'hello\n');
  t.equal((await run(scenario).end()).result, 1, 'and then there is room again');
});

t.test('without a queue, requests for threads that are to come wait all the same', { skip }, async (t) => {
  const { add, run } = openPools(t, 'threads.max = 2\nqueue.limit = 0');
  const scenario = add('scenario');
  const both = [run(scenario, 'meet=2'), run(scenario, 'meet=2')];
  t.match(await run(scenario).failure(), { kind: 'refused', error: { code: 'POOL_BUSY' } });
  for (const each of both) t.match(await each.report(), { met: '1' });
});

t.test('a request whose client has gone before is not begun', { skip }, async (t) => {
  const { add, run } = openPools(t, 'threads.max = 1');
  const scenario = add('scenario');
  const first = run(scenario, 'sleep=50');
  const gone = run(scenario, 'null', { gone: true });
  const last = run(scenario, 'hello');
  t.equal((await first.end()).result, 1);
  t.equal((await last.end(), last.body), 'hello\n');
  t.equal(gone.link, undefined);
});

t.test('an extension that is not loaded is told with its reason', { skip }, async (t) => {
  const { add, run, log } = openPools(t);
  t.match(await run(add('refused')).failure(), {
    kind: 'not loaded',
    explained: { failure: { stage: 'refused' } },
  });
  t.match(await run(add('noproc')).failure(), {
    kind: 'not loaded',
    explained: { failure: { stage: 'missing export', name: 'HttpExtensionProc' } },
  });
  t.match(await run(add('needsother', 'caf\u00e9 \u2022 "x".dll')).failure(), {
    kind: 'not loaded',
    explained: { failure: { stage: 'open' }, reason: /libother\.so/ },
  });
  t.equal((await run(add('scenario')).end()).result, 1, 'the process goes on');
  t.equal(log.of('IH2001').length, 1);
});

t.test(
  'an uncached extension is let go after its last request, a replaced file is loaded',
  { skip },
  async (t) => {
    const { add, run, log } = openPools(t, 'threads.max = 2');
    const library = add('lifecycle', 'x.dll');
    t.match(await run(library).report(), { versions: '1', requests: '1' });
    t.match(await run(library).report(), { versions: '1', requests: '1' });
    const both = [run(library, 'together=2'), run(library, 'together=2')];
    const requests = await Promise.all(both.map(async (each) => (await each.report())['requests']));
    t.same(requests.sort(), ['1', '2'], 'requests that overlap share it');
    add('scenario', 'x.dll');
    const replaced = run(library, 'hello');
    t.equal((await replaced.end(), replaced.body), 'hello\n');
    t.equal(log.of('IH2001').length, 1);
  },
);

t.test('body, questions and notes cross between worker and exchange', { skip }, async (t) => {
  const { add, run } = openPools(t);
  const scenario = add('scenario');
  const read = run(scenario, 'read=5', { body: ['some', ' more', ' body'] });
  t.match(await read.report(), { ret: '1', size: '0', total: '14' });
  const broken = run(scenario, 'read=100', { body: ['some'], broken: true });
  t.match(await broken.report(), { ret: '0', error: '5', total: '4' });
  const map = run(scenario, 'map=/somewhere');
  t.match(await map.report(), { ret: '1', path: '/somewhere' });
  t.same(map.asked, [{ kind: 1, text: '/somewhere' }]);
  const logged = run(scenario, 'logparam=caf%E9&log=data');
  t.match(await logged.end(), { logData: 'data' });
  t.same(logged.notes, [{ kind: 'log parameter', text: 'caf\xe9' }]);
});
