import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';

const CONFIG = '<LocationMatch "^/$">\n    SetHandler isapi-index\n</LocationMatch>\n';

t.test('the list of extensions', { skip: skipWithout('elf') }, async (t) => {
  const host = await startHost(t, { config: CONFIG });
  const page = async (): Promise<string> => (await host.get('/')).body;

  await t.test('says where they go while there are none', async (t) => {
    const text = await page();
    t.match(text, 'There are no extensions here yet.');
    t.match(text, '<code>www/isapi/</code>');
  });

  await t.test('has each with what serves it, or why nothing does', async (t) => {
    const file = buildExtension('scenario', 'elf', host.isapi, 'a.dll');
    // By its name it is the sample that fails.
    copyFileSync(file, join(host.isapi, 'legacy-elf.dll'));
    writeFileSync(join(host.isapi, 'text.dll'), 'text');
    writeFileSync(join(host.www, 'elsewhere.dll'), 'text');
    const text = await page();
    t.match(text, /<tr class="ready"><td><a href="\/isapi\/a\.dll">\/isapi\/a\.dll<\/a><\/td><td>[^<]*Node/);
    t.match(text, /legacy-elf\.dll<\/a><\/td><td>[^<]*This sample fails with 500/);
    t.match(text, /<tr class="missing"><td>\/isapi\/text\.dll<\/td><td>Not served: /);
    t.match(text, /\/elsewhere\.dll<\/td><td>Not served: Options ExecCGI is off here\./);
    t.match(text, '<code>www/isapi/</code>');
  });

  await t.test('answers no other method', async (t) => {
    t.equal((await host.get('/', { method: 'POST' })).status, 405);
  });
});
