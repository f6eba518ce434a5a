import t from 'tap';

import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { skipWithout } from '../helpers/compilers.js';
import { isAlive, runHost, startHost, waitFor, workerPids } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

const EXTENSION = '/isapi/scenario.dll';

/** `/NAME/` is the folder of extensions with the pool of that name. */
const pooled = (name: string): string =>
  `Alias /${name} "@ROOT@/www/isapi"\n<Location "/${name}">\nISAPIApplicationPool ${name}\n</Location>`;

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: ['own', 'single', 'brief', 'fragile'].map(pooled).join('\n'),
    pools: [
      '[default]\nenv[KIT_NAME] = of the default pool\nthreads.max = 4',
      '[own]\nenv[KIT_NAME] = of a pool of its own',
      '[single]\nthreads.max = 1\nqueue.limit = 1',
      '[brief]\nrecycle.requests = 3',
      '[fragile]\nrapid_fail.count = 1',
    ].join('\n'),
    prepare: ({ isapi }) => {
      buildExtension('scenario', target, isapi);
    },
  });

  await t.test(
    'ISAPIApplicationPool gives extensions processes and an environment of their own',
    async (t) => {
      t.equal(report(await host.get(`${EXTENSION}?env=KIT_NAME`))['value'], 'of the default pool');
      t.equal(report(await host.get('/own/scenario.dll?env=KIT_NAME'))['value'], 'of a pool of its own');
      t.equal(report(await host.get('/own/scenario.dll?variable=APP_POOL_ID'))['value'], 'own');
      t.equal(report(await host.get('/single/scenario.dll?env=KIT_NAME'))['value'], '(null)');
      for (const pool of ['default', 'own', 'single']) {
        await host.waitForLog(
          new RegExp(`\\[pool:notice\\] \\[pid \\d+\\] \\[pool ${pool}\\] IH2001: worker process started`),
        );
      }
      const process = async (folder: string): Promise<string | undefined> =>
        report(await host.get(`/${folder}/scenario.dll?process`))['process'];
      t.equal(await process('isapi'), await process('isapi'));
      t.not(await process('isapi'), await process('own'));
    },
  );

  await t.test('threads are added while requests wait, up to threads.max', async (t) => {
    const replies = await Promise.all(Array.from({ length: 4 }, () => host.get(`${EXTENSION}?meet=4`)));
    const reports = replies.map(report);
    t.same(
      reports.map(({ met }) => met),
      ['1', '1', '1', '1'],
    );
    t.equal(new Set(reports.map(({ process }) => process)).size, 1);
    t.equal(new Set(reports.map(({ thread }) => thread)).size, 4);
  });

  await t.test('a request that finds the queue full gets 503', async (t) => {
    const running = await host.connect();
    running.send('GET /single/scenario.dll?hang&begin HTTP/1.1\r\nHost: x\r\n\r\n');
    await running.until(/begun\n/);
    // Of the others one may wait: the rest is refused at once.
    const others = Array.from({ length: 3 }, () => host.get('/single/scenario.dll?hello'));
    await host.waitForLog(
      `IH1053: ${host.isapi}/scenario.dll cannot be run now: the queue of pool single is full (queue.limit = 1)`,
    );
    // It ends with its process, which the one that waits does not: it gets a new one.
    process.kill(
      workerPids(host.errorLog().replace(/^.*\[pool (?!single).*$/gm, '')).at(-1) ?? NaN,
      'SIGKILL',
    );
    const statuses = (await Promise.all(others)).map(({ status }) => status).sort();
    t.same(statuses, [200, 503, 503]);
    await host.waitForLog(
      /\[pool single\].* IH2005: .* ended its worker process after [\d.]+ s: signal SIGKILL$/,
    );
  });

  await t.test('a worker process is replaced after recycle.requests, and no request is lost', async (t) => {
    const pids: (string | undefined)[] = [];
    for (let i = 0; i < 7; i++) {
      const reply = await host.get('/brief/scenario.dll?process');
      t.equal(reply.status, 200);
      pids.push(report(reply)['process']);
    }
    // Windows may number the next process as it did the last.
    if (target === 'elf')
      t.same(
        pids.map((pid) => pids.indexOf(pid)),
        [0, 0, 0, 3, 3, 3, 6],
      );
    await host.waitForLog(/\[pool brief\] IH2007: .*recycle\.requests/);
    const brief = (): number[] => workerPids(host.errorLog().replace(/^.*\[pool (?!brief).*$/gm, ''));
    await waitFor(
      () => brief().length === 3 && brief().filter(isAlive).length <= 1,
      () => `the replaced processes have not ended: ${host.errorLog()}`,
    );
    t.notMatch(host.errorLog(), /\[pool brief\].* IH200[345]/);
  });

  await t.test('a pool that loses its processes too often is stopped for a while', async (t) => {
    t.equal((await host.get('/fragile/scenario.dll?exit=1')).status, 502);
    t.equal((await host.get('/fragile/scenario.dll?hello')).status, 503);
    await host.waitForLog(
      /\[pool fragile\].* IH1053: .* pool fragile is stopped for the runtime \w+: 1 of its worker processes died/,
    );
    t.equal((await host.get(`${EXTENSION}?hello`)).status, 200);
  });
});

t.test('a pool that is in no file is an error with its place', async (t) => {
  const config = '<Location "/x">\n    ISAPIApplicationPool missing\n</Location>';
  const { status, output } = await runHost(t, { config, pools: '[shop]\n' });
  t.equal(status, 1);
  t.match(
    output,
    /httpd\.conf:\d+:26: error: there is no application pool missing in the pools file; it has: shop, default\n/,
  );
  t.match(output, /\n\s*ISAPIApplicationPool missing\n\s*\^/);
});

t.test('what is not available yet is refused with its place', async (t) => {
  const { status, output } = await runHost(t, { pools: '[default]\nhosting = inprocess\n' });
  t.equal(status, 1);
  t.match(output, /pools\.ini:2:\d+: error: .*not available yet; use isolated/);
  t.match(output, /1 error; nothing was started/);
});

t.test('a pool for another runtime does not take an extension', { skip: skipWithout('elf') }, async (t) => {
  const host = await startHost(t, {
    pools: '[default]\nruntime = wine64\n',
    prepare: ({ isapi }) => {
      buildExtension('minimal', 'elf', isapi);
    },
  });
  t.equal((await host.get('/isapi/minimal.dll')).status, 500);
  await host.waitForLog(
    `IH1054: failed to load ${host.isapi}/minimal.dll: it needs the runtime native, but pool default has runtime = wine64; use another pool or runtime = auto`,
  );
});
