import { join } from 'node:path';
import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { runProgramApart } from '../helpers/program-process.js';
import { startHost, workerPids } from '../helpers/server.js';

t.test('a pool that rapid-fail protection has stopped', { skip: skipWithout('elf') }, async (t) => {
  const host = await startHost(t, {
    config: '<Location "/status">\nSetHandler isapi-status\nRequire all granted\n</Location>',
    pools: '[default]\nrapid_fail.count = 1\n[shop]\n',
    prepare: ({ isapi }) => buildExtension('scenario', 'elf', isapi),
  });
  const from = ['-f', join(host.root, 'httpd.conf')];
  t.equal((await host.get('/isapi/scenario.dll?exit=1')).status, 502);
  t.equal((await host.get('/isapi/scenario.dll?hello')).status, 503);
  await host.waitForLog(
    /\[pool default\] IH2008: pool default is stopped for the runtime native: 1 of its worker processes died within 300 s \(rapid_fail\.count\), the last one: .*; its requests get 503 for (?:299|300) s$/,
  );
  await host.waitForLog(
    /IH1053: .*: pool default is stopped for the runtime native: .* in \d+ s, or at once with isapi-host pool recycle default$/,
  );

  await t.test('is shown by pool list, with why, until when and what to do', async (t) => {
    const { status, out: output } = await runProgramApart(['pool', 'list', ...from]);
    t.equal(status, 0);
    const lines = output.split('\n');
    t.match(lines[1], /^default +native +- +stopped$/);
    t.match(lines[2], /^shop +- +- +idle$/);
    t.match(
      lines.slice(3).join(' '),
      /^ Pool default is stopped for the runtime native until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\d+ s from now\): 1 of its worker processes died within 300 s \(rapid_fail\.count\), the last one: .*\. Its requests get 503\. End the stop with: isapi-host pool recycle default $/,
    );
    const { out: json } = await runProgramApart(['pool', 'list', '--json', ...from]);
    const [first = ''] = json.split('\n');
    const item = JSON.parse(first) as Record<string, unknown>;
    t.match(item, { pool: 'default', runtime: 'native', state: 'stopped', losses: 1, reason: /rapid_fail/ });
    const left = Date.parse(String(item['until'])) - Date.now();
    t.ok(left > 0 && left <= 300_000, `${left} ms`);
  });

  await t.test('is shown by the status page and its JSON', async (t) => {
    const page = (await host.get('/status')).body;
    t.match(page, /Pool stopped after too many crashes: default for native\./);
    t.match(page, /Stopped until <time [^>]*>[^<]+<\/time>: 1 of its worker processes died within 300 s/);
    t.match(page, /To end it at once: <code>isapi-host pool recycle default<\/code>/);
    const { pools } = JSON.parse((await host.get('/status?json')).body) as {
      pools: { groups: { rapidFail: Record<string, unknown> }[] }[];
    };
    const rapidFail = pools[0]?.groups[0]?.rapidFail ?? {};
    t.match(rapidFail, { losses: 1, limit: 1, reason: /^1 of its worker processes died within 300 s/ });
    t.ok(Number(rapidFail['stoppedFor']) > 0);
    t.ok(Number(rapidFail['stoppedUntil']) > Date.now());
  });

  await t.test('works again after pool recycle, which says so', async (t) => {
    const before = workerPids(host.errorLog()).length;
    const { status, out: output } = await runProgramApart(['pool', 'recycle', 'default', ...from]);
    const pid = workerPids(host.errorLog()).at(-1) ?? 0;
    t.same(
      [status, output],
      [0, `pool default, native: it is no longer stopped; worker process ${pid} takes its requests\n`],
    );
    t.equal(workerPids(host.errorLog()).length, before + 1, 'one was started');
    await host.waitForLog(
      /IH2009: pool default is no longer stopped for the runtime native: it was asked for/,
    );
    const { body, status: served } = await host.get('/isapi/scenario.dll?hello');
    t.same([served, body], [200, 'hello\n']);
    const list = await runProgramApart(['pool', 'list', ...from]);
    t.match(list.out.split('\n')[1], new RegExp(`^default +native +${pid} +serves`));
    t.notMatch(list.out, /stopped/);
    t.match(
      (await runProgramApart(['pool', 'recycle', 'default', ...from])).out,
      new RegExp(`^pool default, native: worker process ${pid} was replaced by \\d+\n$`),
      'and then as ever',
    );
  });

  await t.test('counts losses anew after that', async (t) => {
    t.equal((await host.get('/isapi/scenario.dll?exit=1')).status, 502);
    t.equal((await host.get('/isapi/scenario.dll?hello')).status, 503);
    const { out: output } = await runProgramApart(['pool', 'recycle', 'default', '--json', ...from]);
    t.match(JSON.parse(output), { pool: 'default', runtime: 'native', resumed: true, new: Number });
    t.equal((await host.get('/isapi/scenario.dll?hello')).status, 200);
  });
});
