import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';

import type { StatusSnapshot } from '../../lib/modules/status/snapshot.js';
import { MAX_VIEWERS } from '../../lib/modules/status/viewers.js';
import type { Wire } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost, waitFor, type Host } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';
import { skipWithout } from '../helpers/compilers.js';
import { parseMetrics } from '../modules/status/metrics-parser.js';

const CONFIG = `
LoadModule status_module modules/mod_status.so
LoadModule info_module modules/mod_info.so
<IfModule mod_status.c>
<Location "/server-status">
    SetHandler server-status
</Location>
<Location "/closed">
    SetHandler isapi-status
    Require all denied
</Location>
</IfModule>
<Location "/metrics">
    SetHandler isapi-metrics
</Location>
<IfModule info_module>
<Location "/server-info">
    SetHandler server-info
</Location>
</IfModule>
`;

const EXTENSION = '/isapi/scenario.dll';

async function look(host: Host): Promise<StatusSnapshot> {
  const reply = await host.get('/server-status?json');
  return JSON.parse(Buffer.from(reply.body, 'latin1').toString('utf8')) as StatusSnapshot;
}

/** Follows the status, as soon as one of those who did so before has been given up. */
async function follow(host: Host): Promise<Wire> {
  for (;;) {
    const wire = await host.connect();
    wire.send('GET /server-status?events HTTP/1.1\r\nHost: site.test\r\n\r\n');
    if ((await wire.until(/event: sections|HTTP\/1\.1 503/)).includes('event: sections')) return wire;
    wire.reset();
  }
}

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: `${CONFIG}
<Location "/hangs">
ISAPIApplicationPool impatient
</Location>
Alias /hangs "@ROOT@/www/isapi"
ISAPICacheFile www/isapi/async.dll`,
    pools: '[default]\nrapid_fail.count = 0\n[impatient]\nrequest.timeout = 1s\nrapid_fail.count = 0\n',
    prepare: ({ isapi }) => {
      for (const name of ['scenario', 'refused', 'async'] as const) buildExtension(name, target, isapi);
    },
  });

  await t.test('what extensions do is counted, each kind of failure by itself', async (t) => {
    for (let i = 0; i < 3; i++) t.equal((await host.get(`${EXTENSION}?hello`)).status, 200);
    t.equal((await host.get(`${EXTENSION}?null`)).status, 502);
    t.equal((await host.get('/isapi/refused.dll')).status, 500);
    t.equal((await host.get('/hangs/scenario.dll?hang')).status, 504);
    const { extensions } = await look(host);
    const of = (pool: string, name: string): StatusSnapshot['extensions'][number] | undefined =>
      extensions.find((each) => each.pool === pool && each.file.endsWith(`/${name}.dll`));
    t.match(of('default', 'scenario'), {
      version: '6.0',
      description: 'scenarios for tests',
      cached: false,
      requests: 4,
      running: 0,
      errors: { crashed: 1, lost: 0, notLoaded: 0, timeout: 0 },
      latency: { count: 4 },
    });
    t.match(of('default', 'refused'), { requests: 1, version: null, errors: { notLoaded: 1 } });
    writeFileSync(join(host.isapi, 'text.dll'), 'no library');
    const { status, body } = await host.get('/isapi/text.dll');
    t.equal(status, 500);
    const text = (await look(host)).extensions.find(({ file }) => file.endsWith('/text.dll'));
    t.match(
      text,
      { requests: 1, errors: { notLoaded: 1 }, bytes: body.length },
      "the server's own page went out for it",
    );
    t.match(of('impatient', 'scenario'), { requests: 1, errors: { timeout: 1, crashed: 0 } });
  });

  await t.test('a cached extension is known before its first request', async (t) => {
    await waitFor(
      () => host.errorLog().includes('IH2001'),
      () => 'no worker process',
    );
    let found: StatusSnapshot['extensions'][number] | undefined;
    for (let i = 0; i < 300 && typeof found?.version !== 'string'; i++) {
      found = (await look(host)).extensions.find(({ file }) => file.endsWith('/async.dll'));
      await sleep(100);
    }
    t.match(found, { cached: true, requests: 0, version: /^\d+\.\d+$/ });
  });

  await t.test('pools tell of their processes', async (t) => {
    const { pools } = await look(host);
    t.same(
      pools.map(({ name, current }) => [name, current]),
      [
        ['default', true],
        ['impatient', true],
      ],
    );
    const [group] = pools[0]?.groups ?? [];
    t.equal(group?.lastReplacement?.isLoss, true);
    const worker = group?.processes.find(({ state }) => state === 'ready');
    t.ok(worker !== undefined && worker.memory > 1_000_000, 'memory is known');
    const metrics = parseMetrics((await host.get('/metrics')).body);
    const restarts = metrics.get('isapi_host_pool_restarts_total')?.samples[0];
    t.equal(restarts?.labels['pool'], 'default');
    t.ok((restarts?.value ?? 0) >= 1);
  });
});

t.test('the status handler', { skip: skipWithout('elf') }, async (t) => {
  const host = await startHost(t, { config: CONFIG });

  await t.test('answers in every form, each with its type', async (t) => {
    const types: Record<string, RegExp> = {
      '/server-status': /^text\/html; charset=utf-8$/,
      '/server-status?auto': /^text\/plain; charset=utf-8$/,
      '/server-status?json': /^application\/json$/,
      '/metrics': /^text\/plain; version=0\.0\.4; charset=utf-8$/,
      '/server-info': /^text\/html; charset=utf-8$/,
    };
    for (const [target, type] of Object.entries(types)) {
      const { status, headers } = await host.get(target);
      t.equal(status, 200, target);
      t.match(headers['content-type'], type, target);
      t.equal(headers['cache-control'], 'no-store', target);
      t.equal(headers['x-content-type-options'], 'nosniff', target);
      const head = await host.get(target, { method: 'HEAD' });
      t.same([head.status, head.body], [200, ''], target);
    }
    // Those before have closed their connections, and the server may notice a little later.
    let auto = '';
    await waitFor(
      async () => {
        auto = (await host.get('/server-status?auto')).body;
        return /^ConnsTotal: 1$/m.test(auto);
      },
      () => `there are other connections\n${auto}`,
    );
    t.match(auto, /^site\.test\nServerVersion: isapi-host/);
    t.match(auto, /^BusyWorkers: 0$/m);
  });

  await t.test('is refused where Require says so, and to other methods', async (t) => {
    t.equal((await host.get('/closed')).status, 403);
    const post = await host.get('/server-status', { method: 'POST', body: 'x' });
    t.equal(post.status, 405);
    t.equal(post.headers.allow, 'GET,HEAD');
  });

  await t.test('asks browsers to come again with ?refresh', async (t) => {
    t.equal((await host.get('/server-status?refresh=3')).headers['refresh'], '3');
    t.equal((await host.get('/server-status?refresh=3&auto')).headers['refresh'], '3');
    t.equal((await host.get('/server-status')).headers['refresh'], undefined);
  });

  await t.test('shows a hostile URL as text', async (t) => {
    await host.get('/%22%3E%3Cscript%3Ealert(1)%3C/script%3E');
    const page = await host.get('/server-status?%22%3E%3Cscript%3E', {
      headers: { Host: 'x"><script>alert(1)</script>' },
    });
    t.notMatch(page.body, /<script>alert/);
  });

  await t.test('has room for so many who follow, and the next is told to come later', async (t) => {
    const wires = [];
    for (let i = 0; i < MAX_VIEWERS; i++) {
      const wire = await host.connect();
      wire.send('GET /server-status?events HTTP/1.1\r\nHost: site.test\r\n\r\n');
      await wire.until(/event: sections\r?\ndata: \{/);
      wires.push(wire);
    }
    const late = await host.get('/server-status?events');
    t.equal(late.status, 503);
    t.equal(late.headers['retry-after'], '10');
    for (const wire of wires) wire.reset();
  });

  await t.test('ends what it streams when the configuration is read again', async (t) => {
    const wire = await follow(host);
    process.kill(host.pid, 'SIGHUP');
    await host.waitForLog('IH0009');
    const text = await wire.until(/\r\n0\r\n\r\n$/);
    t.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*Content-Type: text\/event-stream\r\n/);
    let { server } = await look(host);
    t.equal(server.generation, 2);
    t.ok(server.requests > 10, 'what was counted stays');
    while (server.ending > 0) ({ server } = await look(host));
    t.equal(server.ending, 0);
  });

  await t.test('ends what it streams when the server stops, which does not wait for it', async (t) => {
    const wire = await follow(host);
    t.equal(await host.stop(), 0);
    t.match(await wire.closed(), /\r\n0\r\n\r\n$/);
    t.notMatch(host.errorLog(), /IH0006/, 'no request was cut off');
  });
});

t.test('ExtendedStatus Off counts nothing and shows no requests', async (t) => {
  const host = await startHost(t, { config: `${CONFIG}ExtendedStatus Off` });
  await host.get('/nothing');
  const { extended, server } = await look(host);
  t.same([extended, server.requests], [false, 0]);
  t.notMatch((await host.get('/server-status?auto')).body, /Total Accesses/);
  t.match((await host.get('/server-status')).body, /ExtendedStatus is Off/);
});
