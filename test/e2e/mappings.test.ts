import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget, pathFor } from '../helpers/targets.js';

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: [
      '<Location /shop>\nISAPIExtension "@ROOT@/www/isapi/scenario.dll"\nOptions ExecCGI\n</Location>',
      '<Location /closed>\nISAPIExtension "@ROOT@/www/isapi/scenario.dll"\nOptions None\n</Location>',
      'Alias /plain "@ROOT@/www/isapi/scenario.dll"',
      '<Location /plain>\nSetHandler isapi-handler\n</Location>',
      'ISAPIScriptMap .kit "@ROOT@/www/isapi/scenario.dll" no-check',
      'ISAPICacheFile "@ROOT@/www/isapi/scenario.dll"',
      '<Location /pages>\nOptions ExecCGI\n</Location>',
      'ErrorDocument 404 /shop/sorry?variable=REDIRECT_URL',
    ].join('\n'),
    prepare: ({ isapi }) => {
      mkdirSync(join(isapi, '..', 'pages'));
      buildExtension('scenario', target, isapi);
    },
  });
  const ask = async (url: string, name: string): Promise<string | undefined> =>
    report(await host.get(`${url}?variable=${name}`))['value'];
  const path = (file: string): string => pathFor(target, file);

  t.test('a Location that is an extension', async (t) => {
    t.equal(await ask('/shop/cart/1', 'SCRIPT_NAME'), '/shop');
    t.equal(await ask('/shop/cart/1', 'PATH_INFO'), '/cart/1');
    t.equal(await ask('/shop/cart/1', 'PATH_TRANSLATED'), path(`${host.www}/cart/1`));
    t.equal(await ask('/shop/cart/1', 'SCRIPT_TRANSLATED'), path(`${host.isapi}/scenario.dll`));
    t.equal(await ask('/shop/cart/1', 'URL_PATH_INFO'), '/shop/cart/1');
    t.equal(await ask('/shop/cart/1', 'APPL_PHYSICAL_PATH'), path(`${host.www}/`));
  });

  t.test('it needs Options ExecCGI', async (t) => {
    t.equal((await host.get('/closed/x')).status, 403);
    t.match(host.errorLog(), /IH1004: Options ExecCGI is off for .*scenario\.dll/);
  });

  t.test('a Location with SetHandler whose file has no .dll in its URL', async (t) => {
    t.equal(await ask('/plain/more', 'SCRIPT_NAME'), '/plain');
    t.equal(await ask('/plain/more', 'PATH_INFO'), '/more');
  });

  t.test('an application mapping has the variables of IIS', async (t) => {
    t.equal(await ask('/pages/x.kit/more', 'SCRIPT_NAME'), '/pages/x.kit');
    t.equal(await ask('/pages/x.kit/more', 'PATH_INFO'), '/pages/x.kit/more');
    t.equal(await ask('/pages/x.kit/more', 'PATH_TRANSLATED'), path(`${host.www}/pages/x.kit/more`));
    t.equal(await ask('/pages/x.kit/more', 'SCRIPT_TRANSLATED'), path(`${host.www}/pages/x.kit`));
    t.equal(await ask('/pages/x.kit/more', 'URL_PATH_INFO'), '/pages/x.kit/more');
  });

  t.test('an extension explains an error, and its own status counts', async (t) => {
    const reply = await host.get('/nothing/here');
    t.equal(reply.status, 200);
    t.equal(report(reply)['value'], '/nothing/here');
  });
});
