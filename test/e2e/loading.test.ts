import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { report } from '../helpers/client.js';
import { TARGETS } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget, skipUnlessRunnable } from '../helpers/targets.js';

/** The calls of one load, in order. */
const LIFE = ['GetExtensionVersion', 'HttpExtensionProc', 'TerminateExtension flags=2'];

/** The events that the extension wrote down, without process ids. */
function events(text: string): string[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : line.replace(/ process=\d+$/, '')));
}

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: 'ISAPICacheFile www/isapi/cached.dll "@ROOT@/www/isapi/idle.dll"',
    prepare: ({ isapi }) => {
      for (const name of ['lifecycle', 'overlap', 'cached', 'idle']) {
        buildExtension('lifecycle', target, isapi, `${name}.dll`);
      }
    },
  });
  const eventsOf = (name: string): string => join(host.isapi, `${name}.dll.events`);

  await t.test('an uncached extension is loaded for each request and unloaded after it', async (t) => {
    for (let i = 0; i < 3; i++) {
      // Its globals are new each time.
      t.match(report(await host.get('/isapi/lifecycle.dll')), {
        versions: '1',
        requests: '1',
        together: '1',
      });
    }
    const text = await host.waitForFile(eventsOf('lifecycle'), /(?:TerminateExtension[^]*){3}\n$/);
    t.same(events(text), [...LIFE, ...LIFE, ...LIFE]);
  });

  await t.test('requests that overlap share the loaded library; the last one out unloads it', async (t) => {
    const replies = await Promise.all(
      Array.from({ length: 3 }, () => host.get('/isapi/overlap.dll?together=3')),
    );
    const reports = replies.map(report);
    for (const each of reports) t.match(each, { versions: '1', together: '3' });
    t.same(reports.map(({ requests }) => requests).sort(), ['1', '2', '3']);
    t.equal(new Set(reports.map(({ process }) => process)).size, 1);
    const text = await host.waitForFile(eventsOf('overlap'), /TerminateExtension.*\n/);
    const [load, run, unload] = LIFE;
    t.same(events(text), [load, run, run, run, unload]);
    t.match(report(await host.get('/isapi/overlap.dll')), { versions: '1', requests: '1' });
  });

  await t.test('a cached extension is loaded at start and stays', async (t) => {
    t.same(events(await host.waitForFile(eventsOf('idle'), /\n/)), ['GetExtensionVersion']);
    await host.waitForFile(eventsOf('cached'), /\n/);
    t.match(report(await host.get('/isapi/cached.dll')), { versions: '1', requests: '1' });
    t.match(report(await host.get('/isapi/cached.dll')), { versions: '1', requests: '2' });
    const replies = await Promise.all(
      Array.from({ length: 3 }, () => host.get('/isapi/cached.dll?together=3')),
    );
    t.same(replies.map((reply) => report(reply)['requests']).sort(), ['3', '4', '5']);
  });

  await t.test('a file that is renamed over an uncached one takes effect at the next request', async (t) => {
    buildExtension('minimal', target, host.isapi, 'replaced.dll');
    t.equal((await host.get('/isapi/replaced.dll')).body, 'minimal\n');
    buildExtension('decorated', target, host.isapi, 'replaced.dll');
    t.equal((await host.get('/isapi/replaced.dll')).body, 'decorated\n');
    buildExtension('scenario', target, host.isapi, 'replaced.dll');
    t.equal((await host.get('/isapi/replaced.dll')).body, 'hello\n');
  });

  await t.test('a file that is dropped into the folder is served without a restart', async (t) => {
    t.equal((await host.get('/isapi/dropped.dll')).status, 404);
    buildExtension('minimal', target, host.isapi, 'dropped.dll');
    t.equal((await host.get('/isapi/dropped.dll')).body, 'minimal\n');
  });

  await t.test('a name with spaces and other letters is loaded', async (t) => {
    buildExtension('scenario', target, host.isapi, 'Größe 1.dll');
    t.equal((await host.get('/isapi/Gr%C3%B6%C3%9Fe%201.dll')).body, 'hello\n');
  });

  await t.test('cached extensions are ended with the server, once', async (t) => {
    t.equal(await host.stop(), 0);
    t.same(events(readFileSync(eventsOf('idle'), 'utf8')), [
      'GetExtensionVersion',
      'TerminateExtension flags=2',
    ]);
    const [load, run, unload] = LIFE;
    t.same(events(readFileSync(eventsOf('cached'), 'utf8')), [load, run, run, run, run, run, unload]);
  });
});

const runnable = TARGETS.filter((target) => skipUnlessRunnable(target) === false);

t.test('the runtime is chosen by what a file is, whatever its name', async (t) => {
  const host = await startHost(t, {
    config:
      '<Files "app.isa">\nSetHandler isapi-isa\n</Files>\n<Files "libapp.so">\nSetHandler isapi-handler\n</Files>',
  });
  for (const name of ['x.dll', 'app.isa', 'libapp.so']) {
    for (const target of runnable) {
      buildExtension('scenario', target, host.isapi, name);
      const { bits, cwd } = report(await host.get(`/isapi/${name}?process`));
      t.equal(bits, target === 'win32' ? '32' : '64', `${target} as ${name}`);
      t.equal(cwd?.startsWith('/'), target === 'elf', `${target} as ${name}`);
    }
  }
});
