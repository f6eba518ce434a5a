import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Reply, RequestOptions } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget, lastErrors } from '../helpers/targets.js';
import { RESPONSES, SAME_EVERYWHERE } from './responses.js';

/** Between the parts of a step's text. */
const SEPARATOR = '\x1f';

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    prepare: ({ isapi, www }) => {
      buildExtension('semantics', target, isapi);
      writeFileSync(join(www, 'page.txt'), 'a page\n');
    },
  });
  const { invalidParameter } = lastErrors(target);
  let ids = 0;

  /** Runs steps in the extension; `calls` are what each of them returned, as `step=RET,ERROR,STATUS`. */
  const run = async (
    steps: readonly string[],
    options?: RequestOptions,
  ): Promise<Reply & { readonly calls: string }> => {
    const id = `r${ids++}`;
    const query = [`id=${id}`, ...steps]
      .map((step) => {
        const [name = '', ...texts] = step.split(/[=|]/);
        return texts.length === 0
          ? name
          : `${name}=${encodeURIComponent(step.slice(name.length + 1).replace('|', SEPARATOR))}`;
      })
      .join('&');
    const reply = await host.get(`/isapi/semantics.dll?${query}`, options);
    const events = await host.waitForFile(
      join(host.isapi, 'semantics.dll.events'),
      new RegExp(`^${id}(?: .*)?\n`, 'm'),
    );
    const line = events.split('\n').find((each) => each === id || each.startsWith(`${id} `)) ?? '';
    return { ...reply, calls: line.slice(id.length + 1) };
  };

  for (const [topic, rows] of Object.entries(RESPONSES)) {
    if (target !== 'elf' && !SAME_EVERYWHERE.has(topic)) continue;
    await t.test(topic, async (t) => {
      for (const { name, steps, is, calls, logs, absent } of rows) {
        const before = host.errorLog().length;
        const reply = await run(steps);
        t.match(reply, { complete: true, ...is }, name);
        if (calls !== undefined) {
          t.equal(
            reply.calls,
            calls.replaceAll('OK', '1,12345').replaceAll('REFUSED', `0,${invalidParameter}`),
            name,
          );
        }
        for (const header of absent ?? []) t.equal(reply.headers[header], undefined, `${name}: no ${header}`);
        if (logs !== undefined) t.match(await host.waitForLog(/IH10[0-6]\d:/, before), logs, name);
        else t.notMatch(host.errorLog().slice(before), /IH10[0-6]\d:/, `${name}: nothing is logged`);
      }
    });
  }

  await t.test('HEAD gets the head of the response alone', async (t) => {
    const head = { method: 'HEAD' };
    const written = await run(
      ['head=203 Fine|Content-Type: text/plain\r\nX-Kit: 1\r\n\r\n', 'bytes=100'],
      head,
    );
    t.match(written, { status: 203, reason: 'Fine', body: '', complete: true, headers: { 'x-kit': '1' } });
    t.equal(written.calls, 'head=1,12345,203 bytes=1,12345,203', 'the extension writes as ever');
    t.match(await run(['head=200 OK|Content-Length: 26\r\n\r\n', 'bytes=26'], head), {
      headers: { 'content-length': '26' },
      body: '',
    });
    t.match(await run(['code=404'], head), { status: 404, body: '' });
  });

  await t.test('HTTP/1.0: no chunks, and the end of the connection is the end of the body', async (t) => {
    const wire = await host.connect();
    wire.send('GET /isapi/semantics.dll?bytes=30&bytes=26 HTTP/1.0\r\n\r\n');
    const text = await wire.closed();
    t.notMatch(text, /transfer-encoding/i);
    t.match(
      text,
      /^HTTP\/1\.[01] 200 OK\r\n[^]*\r\n\r\nabcdefghijklmnopqrstuvwxyzabcdabcdefghijklmnopqrstuvwxyz$/,
    );
  });

  await t.test('a connection is kept by what HTTP says, not by what HttpExtensionProc returns', async (t) => {
    const wire = await host.connect();
    for (const result of [1, 2])
      wire.send(`GET /isapi/semantics.dll?write=first&return=${result} HTTP/1.1\r\nHost: x\r\n\r\n`);
    wire.send(
      'GET /isapi/semantics.dll?head=200%1FConnection:%20close%0A%0A&write=last HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    wire.send('GET /isapi/semantics.dll?write=never HTTP/1.1\r\nHost: x\r\n\r\n');
    const text = await wire.closed();
    t.equal(text.match(/HTTP\/1\.1 200/g)?.length, 3);
    t.match(text, /first[^]*first[^]*connection: close[^]*last/i);
    t.notMatch(text, 'never');
  });

  await t.test('a response that has begun ends as it stands, and the log has 500', async (t) => {
    for (const result of [4, 99]) {
      const part = `part ${result}`;
      t.match(await run(['head=200 OK|X-Kit: 1\r\n\r\n', `write=${part}`, `return=${result}`]), {
        status: 200,
        body: part,
        complete: true,
      });
      const log = await host.waitForFile(
        join(host.root, 'logs', 'access_log'),
        new RegExp(`part%20${result}.*\n`),
      );
      t.match(log, new RegExp(`part%20${result}&return=${result} 500 `));
    }
  });

  await t.test('SEND_URL: a page, a chain, and what cannot be had', async (t) => {
    const page = await run(['sendurl=/page.txt', 'write=ignored']);
    t.match(page, {
      status: 200,
      body: 'a page\n',
      headers: { 'content-type': /^text\/plain/ },
      complete: true,
    });
    t.match(await run(['head=203 Mine|X-Kit: 1\r\n\r\n', 'sendurl=/page.txt']), {
      body: 'a page\n',
      headers: { 'x-kit': '1' },
    });
    const chain = (levels: number): string => {
      let query = 'write=the end';
      for (let i = 0; i < levels; i++) {
        query = `sendurl=${encodeURIComponent(`/isapi/semantics.dll?${query}`)}`;
      }
      return query;
    };
    t.equal((await host.get(`/isapi/semantics.dll?${chain(3)}`)).body, 'the end');
    t.match(await run(['sendurl=/nowhere.txt']), { status: 404, body: /404 Not Found/ });
    t.match(await run(['sendurl=http://elsewhere.test/']), { status: 500 });
    const begun = await run(['write=begun', 'sendurl=/page.txt', 'write=, ended']);
    t.match(begun, { status: 200, body: 'begun, ended', headers: { 'content-type': 'text/html' } });
    t.equal(begun.calls, `write=1,12345,0 sendurl=0,${invalidParameter},200 write=1,12345,200`);
  });

  await t.test('lpszLogData is logged, up to its 80 bytes', async (t) => {
    const before = host.errorLog().length;
    await run(['data=what was done', 'write=x']);
    t.match(await host.waitForLog('IH1021', before), /\[isapi:info\] .*\/semantics\.dll: what was done$/);
    const full = host.errorLog().length;
    await run([`data=${'y'.repeat(90)}`, 'return=4']);
    t.match(await host.waitForLog('IH1021', full), /: y{80}$/);
    await host.waitForLog('IH1014', full);
  });
});
