import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';

import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost, type Host } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

const CLIENTS = 64;
const THREADS = 16;
/** Sizes of bodies: none, small ones, the read-ahead buffer's, and such that ReadClient has to read. Bytes. */
const SIZES = [0, 1, 100, 5000, 49_152, 49_153, 120_000] as const;
/** What the bodies are cut from, each at another place. */
const BYTES = randomBytes(200_000).toString('latin1');

/** A response with what it should have been. */
interface Exchange {
  readonly token: string;
  readonly sent: string;
  readonly status: number;
  readonly body: string;
}

forEachTarget(async (t, target) => {
  const requests = target === 'elf' ? 25 : 8;
  const host = await startHost(t, {
    config: 'ISAPICacheFile www/isapi/cached.dll\nMaxKeepAliveRequests 0\nKeepAliveTimeout 60\nLogLevel warn',
    pools: `[default]\nthreads.max = ${THREADS}\n`,
    prepare: ({ isapi }) => {
      for (const name of ['cached', 'uncached', 'replaced']) {
        buildExtension('lifecycle', target, isapi, `${name}.dll`);
      }
    },
  });
  const count = (name: string, event: string): number =>
    readFileSync(join(host.isapi, `${name}.dll.events`), 'utf8').split(`${event} `).length - 1;

  await t.test(`a cached extension, in ${THREADS} threads`, async (t) => {
    const together = Array.from({ length: THREADS }, () => host.get(`/isapi/cached.dll?together=${THREADS}`));
    for (const reply of await Promise.all(together)) t.equal(report(reply)['together'], String(THREADS));

    const exchanges = await load(t, host, 'cached', requests);
    allRight(t, exchanges);
    const served = exchanges.length + THREADS;
    t.equal(count('cached', 'GetExtensionVersion'), 1);
    t.equal(count('cached', 'HttpExtensionProc'), served);
    t.equal(count('cached', 'TerminateExtension'), 0);
    const numbers = exchanges.map(({ body }) => Number(report({ body })['requests'])).sort((a, b) => a - b);
    t.same(
      numbers,
      Array.from(numbers, (_, i) => THREADS + 1 + i),
      'its own count has each request once',
    );
  });

  await t.test('an uncached extension', async (t) => {
    const exchanges = await load(t, host, 'uncached', requests);
    allRight(t, exchanges);
    t.equal(count('uncached', 'HttpExtensionProc'), exchanges.length);
    await balanced('uncached');
  });

  await t.test('an uncached extension whose file is replaced again and again', async (t) => {
    let over = false;
    let replacements = 0;
    const replacing = (async () => {
      while (!over) {
        buildExtension('lifecycle', target, host.isapi, 'replaced.dll');
        replacements++;
        await sleep(5);
      }
    })();
    const exchanges = await load(t, host, 'replaced', requests).finally(() => (over = true));
    await replacing;
    allRight(t, exchanges);
    t.ok(replacements > 10, `${replacements} replacements`);
    t.equal(count('replaced', 'HttpExtensionProc'), exchanges.length);
    await balanced('replaced');
    // And then it is still served.
    t.match(report(await host.get('/isapi/replaced.dll')), { versions: '1', requests: '1' });
  });

  await t.test(
    'requests that overlap share the library that is loaded, also when its file is replaced meanwhile',
    async (t) => {
      const name = 'shared';
      buildExtension('lifecycle', target, host.isapi, `${name}.dll`);
      const first = host.get(`/isapi/${name}.dll?together=2`);
      await host.waitForFile(join(host.isapi, `${name}.dll.events`), /HttpExtensionProc/);
      buildExtension('lifecycle', target, host.isapi, `${name}.dll`);
      const second = await host.get(`/isapi/${name}.dll?together=2`);
      t.match(report(second), { versions: '1', requests: '2', together: '2' });
      t.match(report(await first), { versions: '1', requests: '1', together: '2' });
      await balanced(name);
      t.equal(count(name, 'GetExtensionVersion'), 1);
    },
  );

  await t.test('nothing of it went wrong, and the cached extension is ended once', async (t) => {
    t.equal(await host.stop(), 0);
    // A configuration warning says that a server which root has started runs as root.
    const log = host.errorLog().replace(/^.* IH0004: .*$/gm, '');
    t.notMatch(log, /\[\w+:(?:warn|error|crit)\]/);
    t.equal(count('cached', 'GetExtensionVersion'), 1);
    t.equal(count('cached', 'TerminateExtension'), 1);
  });

  /** Waits until an extension has been unloaded as often as it was loaded. */
  async function balanced(name: string): Promise<void> {
    const file = join(host.isapi, `${name}.dll.events`);
    await host.waitForFile(file, /TerminateExtension flags=2 process=\d+\n$/);
    t.equal(count(name, 'TerminateExtension'), count(name, 'GetExtensionVersion'));
  }
});

/** Many clients, each on a connection of its own, send one request after the other. */
async function load(t: Test, host: Host, name: string, requests: number): Promise<Exchange[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  t.teardown(() => agent.destroy());
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    const exchanges: Exchange[] = [];
    for (let i = 0; i < requests; i++) {
      const size = SIZES[(client + i) % SIZES.length] ?? 0;
      const start = (client * requests + i) % (BYTES.length - size);
      const sent = BYTES.slice(start, start + size);
      const token = `${client}-${i}`;
      exchanges.push({
        token,
        sent,
        ...(await send(agent, host.port, `/isapi/${name}.dll?echo=${token}`, sent)),
      });
    }
    return exchanges;
  });
  return (await Promise.all(clients)).flat();
}

function send(
  agent: http.Agent,
  port: number,
  path: string,
  body: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { Host: 'site.test', 'Content-Length': body.length };
    const request = http.request(
      { host: '127.0.0.1', port, agent, method: 'POST', path, headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('latin1') });
        });
      },
    );
    request.on('error', reject);
    request.end(Buffer.from(body, 'latin1'));
  });
}

/** Each response is that of its own request, whole, from a library that was made ready once. */
function allRight(t: Test, exchanges: readonly Exchange[]): void {
  const wrong = exchanges.filter(({ token, sent, status, body }) => {
    const mark = body.indexOf('\nbody\n');
    const { versions, token: came } = report({ body: body.slice(0, mark + 1) });
    return status !== 200 || versions !== '1' || came !== token || body.slice(mark + 6) !== sent;
  });
  t.same(
    wrong.slice(0, 3).map(({ token, sent, status, body }) => ({
      token,
      sent: sent.length,
      status,
      body: body.slice(0, 200),
    })),
    [],
    `${wrong.length} of ${exchanges.length} are wrong`,
  );
}
