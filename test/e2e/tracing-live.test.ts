import { join } from 'node:path';
import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { program } from '../helpers/program.js';
import { startHost } from '../helpers/server.js';

const skip = skipWithout('elf');

t.test('who watches sees requests as they end, whatever ISAPITrace says', { skip }, async (t) => {
  const host = await startHost(t, { prepare: ({ isapi }) => buildExtension('scenario', 'elf', isapi) });
  const file = join(host.root, 'httpd.conf');
  const asked = host.waitForLog('IH0312');
  const watching = program(
    'trace',
    '-f',
    file,
    '-n',
    '2',
    '--url',
    '/isapi/*?sleep*',
    '--json',
    '--status',
    '200',
    '--duration',
    '1ms',
  );
  await asked;
  await host.get('/isapi/scenario.dll?hello');
  await host.get('/isapi/scenario.dll?sleep=30');
  await host.get('/isapi/scenario.dll?sleep=1&return=4');
  await host.get('/isapi/scenario.dll?sleep=40&begin=10');
  const { status, out, error } = await watching;
  t.equal(status, 0);
  t.equal(
    error,
    `isapi-host: watches the server with pid ${host.pid} (configuration ${file}) and shows each request to an ` +
      'extension when it has ended; Ctrl-C ends it',
  );
  const records = out
    .split('\n')
    .map((line) => JSON.parse(line) as { url: string; why: string; events: object[] });
  t.same(
    records.map(({ url, why }) => [url, why]),
    [
      ['/isapi/scenario.dll?sleep=30', 'watched'],
      ['/isapi/scenario.dll?sleep=40&begin=10', 'watched'],
    ],
  );
  t.ok(records.every(({ events }) => events.length > 5));
  t.notMatch(host.errorLog(), /IH112/, 'and nothing is kept');
});

t.test('--calls shows each call at once, and what a request that hangs is in', { skip }, async (t) => {
  const host = await startHost(t, {
    pools: '[default]\nrequest.timeout = 1s\n',
    prepare: ({ isapi }) => buildExtension('scenario', 'elf', isapi),
  });
  const asked = host.waitForLog('IH0312');
  const watching = program('trace', '-f', join(host.root, 'httpd.conf'), '--calls', '-n', '1');
  await asked;
  await host.get('/isapi/scenario.dll?hang&begin=10');
  const { status, out, error } = await watching;
  t.equal(status, 0);
  t.match(error, /^isapi-host: watches the server .* and shows each call of an extension; Ctrl-C ends it$/);
  const lines = out
    .split('\n')
    .filter((line) => /^Request|LoadLibrary|HttpExtensionProc|WriteClient/.test(line));
  t.match(lines, [
    /^Request \w+ {2}GET \/isapi\/scenario\.dll\?hang&begin=10 {2}\(.*scenario\.dll\)$/,
    / LoadLibrary file /,
    / - HttpExtensionProc \.\.\.$/,
    / WriteClient /,
    / WriteClient /,
    /^Request \w+ {2}ended: HTTP\/1\.1 200 OK; .* s in all.*; the connection was cut: .*; .* did not answer for 1 s$/,
  ]);
  await host.waitForLog('IH2003');
  const wrong = await program('trace', '--calls', '--status', '500');
  t.match(wrong, { status: 2, error: /--status does not go with --calls/ });
});
