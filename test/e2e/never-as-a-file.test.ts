import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Wire } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

/** How a client might try to get the file `x.dll` of a folder: the end of the URL, and the statuses that are right. */
const TRICKS: readonly (readonly [target: string, ...statuses: number[]])[] = [
  ['X.DLL', 404],
  ['x.Dll', 404],
  ['x.dll.', 404],
  ['x.dll...', 404],
  ['x.dll%2e', 404],
  ['x.dll%20', 404],
  ['x.dll%09', 404],
  ['x.dll::$DATA', 403, 404],
  ['x.dll%3a%3a$DATA', 403, 404],
  ['x.dll::$INDEX_ALLOCATION', 403, 404],
  ['x.dll%00', 400, 404],
  ['x.dll%00.txt', 400, 404],
  ['x.dll%0d%0a', 404],
  ['x.dll%5c', 403, 404],
  ['x.dll~', 404],
  ['x.dll;a=b', 404],
  ['x.dll,', 404],
  ['X~1.DLL', 404],
  ['x%2edll%2f', 404],
  ['%2e%2e%2fisapi%2fx.dll', 404],
  ['..%5cisapi%5cx.dll', 403, 404],
  ['x.dll%c0%80', 404],
  ['x.dll%e2%80%ae', 404],
  ['%ff%fex.dll', 404],
  ['x.%64ll%ZZ', 400],
];

/** URLs that are the extension itself in other words. */
const SAME: readonly string[] = [
  ...[
    'x.dll',
    'x%2edll',
    '%78.d%6cl',
    './x.dll',
    '%2e/x.dll',
    '/x.dll',
    '../isapi/x.dll',
    'x.dll/',
    'x.dll/x.txt',
  ],
  ...['x.dll/..;/x', 'x.dll?', 'x.dll?x.txt', 'sub/../x.dll', 'UPPER.DLL', 'double.dll.txt'],
];

forEachTarget(async (t, target) => {
  let bytes = Buffer.alloc(0);
  const host = await startHost(t, {
    config: [
      '<Directory "www/noexec">\nAddHandler isapi-handler .dll\nDirectoryIndex x.dll\n</Directory>',
      '<Location "/located">\nSetHandler isapi-handler\n</Location>',
      'Alias /located "@ROOT@/www/plain"',
      '<Location "/isapi/unknown">\nSetHandler no-such-handler\n</Location>',
    ].join('\n'),
    prepare: ({ www, isapi }) => {
      for (const name of ['x.dll', 'UPPER.DLL', 'double.dll.txt'])
        buildExtension('scenario', target, isapi, name);
      symlinkSync('x.dll', join(isapi, 'linked.dll'));
      mkdirSync(join(isapi, 'sub'));
      for (const name of ['noexec', 'plain']) buildExtension('scenario', target, join(www, name), 'x.dll');
      bytes = readFileSync(buildExtension('scenario', target, join(isapi, 'unknown'), 'x.txt'));
      writeFileSync(join(www, 'noexec', 'page.txt'), 'a page\n');
    },
  });
  const start = bytes.toString('latin1', 0, 4);
  const middle = bytes.toString('latin1', bytes.length >> 1, (bytes.length >> 1) + 48);
  const holdsFile = (text: string): boolean => {
    const body = text.slice(text.indexOf('\r\n\r\n'));
    return body.includes(start) || body.includes(middle);
  };
  const ask = async (target: string, ...headers: string[]): Promise<string> => {
    const wire: Wire = await host.connect();
    wire.send([`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n'));
    return wire.closed();
  };
  const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
  const ranges = ['Range: bytes=0-99', `Range: bytes=${bytes.length >> 1}-`];

  await t.test('a file that no handler is mapped to is served: the checks below can fail', async (t) => {
    const text = await ask('/plain/x.dll');
    t.equal(statusOf(text), 200);
    t.ok(holdsFile(text));
    t.ok(holdsFile(await ask('/plain/x.dll', ranges[1] ?? '')));
    t.match(await ask('/noexec/page.txt'), /a page\n$/);
  });

  await t.test('an extension is run, whatever the words', async (t) => {
    for (const url of SAME) {
      for (const header of ['X: y', ...ranges]) {
        const text = await ask(`/isapi/${url}`, header);
        t.equal(statusOf(text), 200, url);
        t.notOk(holdsFile(text), url);
        t.match(text, /hello\n|unknown=/, url);
      }
    }
  });

  await t.test('other names are refused, and nothing of the file is in the response', async (t) => {
    for (const folder of ['isapi', 'noexec']) {
      for (const [url, ...others] of TRICKS) {
        // What the handler is mapped to by its name is forbidden, whether it is there or not.
        const statuses = folder === 'noexec' ? [403, ...others] : others;
        const text = await ask(`/${folder}/${url}`);
        t.ok(statuses.includes(statusOf(text)), `${folder}/${url}: ${statusOf(text)}`);
        t.notOk(holdsFile(text), `${folder}/${url}`);
      }
    }
  });

  await t.test('without ExecCGI it is 403, and the log says what to do', async (t) => {
    for (const url of [
      '/noexec/x.dll',
      '/noexec/',
      '/noexec/x%2edll',
      '/located/x.dll',
      '/noexec/x.dll/more',
      '/isapi/linked.dll',
    ]) {
      for (const header of ['X: y', ...ranges]) {
        const text = await ask(url, header);
        t.equal(statusOf(text), 403, url);
        t.notOk(holdsFile(text), url);
      }
    }
    await host.waitForLog(
      `IH1004: Options ExecCGI is off for ${host.www}/noexec/x.dll: to run it, add it to the section for ${host.www}/noexec`,
    );
  });

  await t.test('methods other than GET do not get it either', async (t) => {
    for (const method of [
      'HEAD',
      'POST',
      'OPTIONS',
      'PROPFIND',
      'TRACE',
      'PUT',
      'DELETE',
      'COPY',
      'X-METHOD',
    ]) {
      const wire = await host.connect();
      wire.send(
        `${method} /noexec/x.dll HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
      const text = await wire.closed();
      t.equal(statusOf(text), method === 'TRACE' ? 200 : 403, method);
      t.notOk(holdsFile(text), method);
    }
  });

  await t.test('nor does another extension that sends the URL', async (t) => {
    const text = await ask('/isapi/x.dll?sendurl=/noexec/x.dll');
    t.equal(statusOf(text), 403);
    t.notOk(holdsFile(text));
  });

  await t.test('a handler that there is not serves no file', async (t) => {
    const text = await ask('/isapi/unknown/x.txt');
    t.equal(statusOf(text), 500);
    t.notOk(holdsFile(text));
  });
});
