import { join } from 'node:path';

import { report } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { isAlive, startHost } from '../helpers/server.js';
import { forEachTarget, lastErrors } from '../helpers/targets.js';

const EXTENSION = '/isapi/async.dll';

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: [
      'ISAPIFakeAsync On',
      '<Files "refusing.dll">\nISAPIFakeAsync Off\nISAPILogNotSupported On\n</Files>',
      'Alias /brief "@ROOT@/www/isapi"',
      '<Location "/brief">\nISAPIApplicationPool brief\n</Location>',
    ].join('\n'),
    pools: '[brief]\nrequest.timeout = 1s\n',
    prepare: ({ isapi }) => {
      buildExtension('async', target, isapi);
      buildExtension('async', target, isapi, 'refusing.dll');
    },
  });
  const { invalidParameter } = lastErrors(target);
  const events = join(host.isapi, 'async.dll.events');

  await t.test('an asynchronous write is done, and completed before it returns', async (t) => {
    for (const query of ['write', 'replaced']) {
      const reply = await host.get(`${EXTENSION}?${query}`);
      t.match(reply.body, /^written\n/);
      t.match(report(reply), {
        set: '1',
        ret: '1',
        error: '12345',
        completions: '1',
        right_block: '1',
        bytes: '8',
        completion_error: '0',
      });
    }
  });

  await t.test('asynchronous reads give the body piece by piece, and nothing at its end', async (t) => {
    const body = 'x'.repeat(60_500);
    t.match(report(await host.get(`${EXTENSION}?read=1000`, { body })), {
      set: '1',
      ret: '1',
      total: '60500',
      // 11348 bytes came after what was read ahead.
      completions: '13',
      right_block: '1',
      bytes: '0',
      completion_error: '0',
    });
  });

  await t.test('without a completion they are refused', async (t) => {
    const error = String(invalidParameter);
    t.match(report(await host.get(`${EXTENSION}?missing`)), {
      ret: '0',
      error,
      read_ret: '0',
      read_error: error,
    });
  });

  await t.test('a pending session is answered and ended by a thread of the extension', async (t) => {
    const pending = host.get(`${EXTENSION}?thread`);
    await host.waitForFile(events, /^pending\n/);
    t.equal((await host.get(`${EXTENSION}?go`)).body, 'gone on\n');
    const reply = await pending;
    t.equal(reply.status, 200);
    t.equal(reply.body, 'from the thread\n');
    await host.waitForFile(events, /\nvariable=1,12345 write=1,12345 done=1,12345\n$/);
  });

  await t.test('the status that the thread leaves in the control block counts', async (t) => {
    const pending = host.get(`${EXTENSION}?code`);
    await host.waitForFile(events, /(?:pending\n[^]*){2}/);
    await host.get(`${EXTENSION}?go`);
    t.equal((await pending).status, 404);
    await host.waitForFile(events, /\nvariable=1,12345 done=1,12345\n$/);
  });

  await t.test('the session may be ended before HttpExtensionProc returns', async (t) => {
    t.equal((await host.get(`${EXTENSION}?early`)).body, 'early\n');
  });

  await t.test('a session that nobody ends is given up, and its worker process replaced', async (t) => {
    t.equal((await host.get('/brief/async.dll?never')).status, 504);
    const line = await host.waitForLog(/\[pool brief\] IH2003: worker process was ended after/);
    await host.waitForLog(/\[pool brief\] .*IH1050: .*\/async\.dll did not answer within 1 s/);
    t.notOk(isAlive(Number(/\[pid (\d+)\]/.exec(line)?.[1])));
    t.equal((await host.get('/brief/async.dll?early')).body, 'early\n');
  });

  await t.test(
    'without ISAPIFakeAsync a pending session is 500, and calls that come later harm nobody',
    async (t) => {
      const before = host.errorLog().length;
      const late = join(host.isapi, 'refusing.dll.events');
      t.equal((await host.get('/isapi/refusing.dll?thread')).status, 500);
      await host.waitForLog(
        /IH1013: asynch I\/O result HSE_STATUS_PENDING from HttpExtensionProc\(\) is not supported: .*\/refusing\.dll$/,
        before,
      );
      // The session is over for the client; the thread calls with its block all the same.
      t.equal((await host.get('/isapi/refusing.dll?go')).body, 'gone on\n');
      const refused = `0,${invalidParameter}`;
      t.equal(
        await host.waitForFile(late, /done=/),
        `pending\nvariable=${refused} write=${refused} done=${refused}\n`,
      );
      t.equal((await host.get('/isapi/refusing.dll?go')).body, 'gone on\n');
      t.equal((await host.get('/isapi/refusing.dll?write')).status, 200);
      t.notMatch(host.errorLog().slice(before), /IH200[345]/);
    },
  );
});
