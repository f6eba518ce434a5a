import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { isAlive, startHost, waitFor, workerPids } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

const CLIENTS = 8;

/** One request; over a kept connection when there is an agent. */
function ask(
  port: number,
  path: string,
  agent: http.Agent | false,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    http
      .get({ port, path, host: '127.0.0.1', agent, headers: { Host: 'site.test' } }, (response) => {
        let body = '';
        response.setEncoding('latin1').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      })
      .on('error', reject);
  });
}

forEachTarget(async (t, target) => {
  const reloads = target === 'elf' ? 20 : 3;
  const host = await startHost(t, {
    config:
      'KeepAliveTimeout 60\nMaxKeepAliveRequests 0\nISAPICacheFile www/isapi/cached.dll\nAlias /app www/isapi/scenario.dll',
    prepare: ({ isapi }) => {
      buildExtension('scenario', target, isapi);
      buildExtension('lifecycle', target, isapi, 'cached.dll');
      buildExtension('lifecycle', target, isapi, 'other.dll');
    },
  });
  const file = join(host.root, 'httpd.conf');
  const config = readFileSync(file, 'utf8');
  const agent = new http.Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());

  /** Has the server read a configuration; resolves when the log says what came of it. */
  async function reload(text: string, outcome: RegExp): Promise<string> {
    writeFileSync(file, text);
    const from = host.errorLog().length;
    process.kill(host.pid, 'SIGHUP');
    return host.waitForLog(outcome, from);
  }

  await t.test(`${reloads} reloads under load lose no request`, async (t) => {
    let running = true;
    let count = 0;
    const wrong: string[] = [];
    const client = async (path: string, right: RegExp, each: http.Agent | false): Promise<void> => {
      while (running) {
        const { status, body } = await ask(host.port, path, each);
        count++;
        if (status !== 200 || !right.test(body)) wrong.push(`${path}: ${status} ${body.slice(0, 100)}`);
      }
    };
    const clients = [
      ...Array.from({ length: CLIENTS }, () => client('/isapi/cached.dll', /requests=\d/, agent)),
      client('/isapi/other.dll', /requests=\d/, false),
      client('/isapi/scenario.dll?hello', /^hello\n$/, false),
      client('/isapi/scenario.dll?sleep=300', /slept=300/, agent),
      client('/app?hello', /^hello\n$|requests=\d/, agent),
    ];
    for (let round = 1; round <= reloads; round++) {
      const name = round % 2 === 0 ? 'scenario' : 'other';
      await reload(config.replace('scenario.dll\n', `${name}.dll\n`), /IH0009/);
      const { body } = await ask(host.port, '/app?hello', false);
      t.match(body, name === 'scenario' ? /^hello\n$/ : /requests=\d/, `reload ${round}`);
    }
    running = false;
    await Promise.all(clients);
    t.same(wrong, []);
    t.ok(count > reloads * 2, `${count} requests`);
  });

  await t.test('worker processes of earlier configurations have ended in order', async (t) => {
    await waitFor(
      () => workerPids(host.errorLog()).filter(isAlive).length === 1,
      () => 'more than one worker process is left',
    );
    const events = readFileSync(join(host.isapi, 'cached.dll.events'), 'utf8');
    const times = (name: string): number => events.split(`${name} `).length - 1;
    t.equal(times('TerminateExtension'), times('GetExtensionVersion') - 1);
    const unexpected = host
      .errorLog()
      .split('\n')
      .filter((line) => /IH200[345]|IH0006/.test(line));
    t.same(unexpected, []);
  });

  await t.test('a wrong configuration leaves the old one at work, worker processes too', async (t) => {
    const before = report(await host.get('/isapi/cached.dll'));
    const line = await reload(`${config}Nonsense\nTimeout never\n`, /IH0010/);
    t.match(
      line,
      /IH0010: the new configuration is not used, and the old one stays at work: it has 2 errors$/,
    );
    t.match(host.errorLog(), /IH0015: .*httpd\.conf:\d+:1: error: Invalid command 'Nonsense'/);
    t.match(host.errorLog(), /IH0015: .*httpd\.conf:\d+:9: error: Timeout/);
    const after = report(await host.get('/isapi/cached.dll'));
    t.equal(Number(after['requests']), Number(before['requests']) + 1, 'it is the same process');
  });
});
