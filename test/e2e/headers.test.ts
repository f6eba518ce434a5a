import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: [
      'SetEnvIf X-Given "^(\\w+)" GIVEN=$1',
      'RequestHeader set X-Added "added to %{GIVEN}e"',
      'RequestHeader unset X-Given',
      'Header set X-Success yes',
      'Redirect /moved /isapi/scenario.dll',
    ].join('\n'),
    prepare: ({ isapi }) => {
      buildExtension('scenario', target, isapi);
    },
  });
  const ask = (name: string): ReturnType<typeof host.get> =>
    host.get(`/isapi/scenario.dll?variable=${name}`, { headers: { 'X-Given': 'given it' } });

  await t.test('an extension sees the request as SetEnvIf and RequestHeader leave it', async (t) => {
    t.match(report(await ask('GIVEN')), { value: 'given' });
    t.match(report(await ask('HTTP_X_ADDED')), { value: 'added to given' });
    t.notMatch((await ask('ALL_RAW')).body, /X-Given/);
    t.match((await ask('ALL_RAW')).body, /X-Added: added to given/);
    t.notMatch((await ask('ALL_HTTP')).body, /HTTP_X_GIVEN/);
  });

  await t.test('the response of an extension has the headers of Header', async (t) => {
    t.equal((await ask('GIVEN')).headers['x-success'], 'yes');
  });

  await t.test('a redirect leads to the extension', async (t) => {
    const { status, headers } = await host.get('/moved?variable=GIVEN');
    t.equal(status, 302);
    t.match(headers.location, /\/isapi\/scenario\.dll\?variable=GIVEN$/);
  });
});
