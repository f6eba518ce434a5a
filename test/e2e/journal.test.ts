import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { RefusalKind } from '../../lib/isapi/refusals.js';
import type { JournalEntry } from '../../lib/modules/journal/entry.js';
import { readJournal } from '../../lib/modules/journal/reader.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost, waitFor } from '../helpers/server.js';
import { forEachTarget, lastErrors, pathFor } from '../helpers/targets.js';

/** A request, and what the journal has of it: kind, function and name of entries that it must have, in any order. */
interface Case {
  readonly target: string;
  readonly entries: readonly (Partial<JournalEntry> & { readonly kind: RefusalKind })[];
}

forEachTarget(async (t, target) => {
  const { invalidParameter, invalidIndex } = lastErrors(target);
  const host = await startHost(t, {
    config:
      '<Files "fake.dll">\nISAPIFakeAsync On\n</Files>\n<Files "transmit.dll">\nISAPIFakeAsync On\n</Files>',
    pools: '[default]\nrequest.timeout = 2s\n',
    prepare: ({ isapi, www }) => {
      buildExtension('scenario', target, isapi);
      buildExtension('asynchrony', target, isapi);
      buildExtension('asynchrony', target, isapi, 'fake.dll');
      buildExtension('semantics', target, isapi);
      buildExtension('transmit', target, isapi);
      buildExtension('noproc', target, isapi);
      buildExtension('scenario', target, www, 'sent.txt');
    },
  });
  const folder = join(host.root, 'logs', 'calls');
  const refused = { error: invalidParameter };
  const CASES: readonly Case[] = [
    {
      target: '/isapi/scenario.dll?support=1014',
      entries: [
        {
          kind: 'unsupported-function',
          code: 1014,
          detail: 'buffer given, size given, type given',
          ...refused,
        },
      ],
    },
    {
      target: '/isapi/scenario.dll?support=1043&null',
      entries: [
        { kind: 'unsupported-function', code: 1043, detail: 'buffer NULL, size NULL, type NULL', ...refused },
      ],
    },
    {
      target: '/isapi/scenario.dll?support=1032',
      entries: [{ kind: 'unsupported-function', code: 1032, detail: 'without a reason', ...refused }],
    },
    {
      target: '/isapi/scenario.dll?support=4711',
      entries: [{ kind: 'unsupported-function', code: 4711, ...refused }],
    },
    { target: '/isapi/scenario.dll?support=1005', entries: [{ kind: 'async-call', code: 1005, ...refused }] },
    { target: '/isapi/scenario.dll?support=1010', entries: [{ kind: 'async-call', code: 1010, ...refused }] },
    {
      target: '/isapi/scenario.dll?flags=2',
      entries: [{ kind: 'async-call', name: 'WriteClient with HSE_IO_ASYNC', ...refused }],
    },
    {
      target: '/isapi/scenario.dll?variable=NO_SUCH_THING',
      entries: [{ kind: 'unknown-variable', name: 'NO_SUCH_THING', error: invalidIndex }],
    },
    { target: '/isapi/scenario.dll?variable=HTTP_X_NOT_SENT', entries: [] },
    { target: '/isapi/scenario.dll?variable=REMOTE_USER', entries: [] },
    { target: '/isapi/scenario.dll?variable=UNICODE_URL', entries: [] },
    { target: '/isapi/scenario.dll?raw=plain', entries: [{ kind: 'no-headers' }] },
    { target: '/isapi/scenario.dll?raw=Content-Type:%20text/plain%0D%0A%0D%0Atext', entries: [] },
    { target: '/isapi/scenario.dll?done', entries: [{ kind: 'done-ignored', code: 4, error: 0 }] },
    {
      target: '/isapi/scenario.dll?nulls',
      entries: [
        { kind: 'bad-argument', name: 'GetServerVariable: the name is NULL', ...refused },
        { kind: 'bad-argument', name: 'WriteClient: the data is NULL', ...refused },
        { kind: 'bad-argument', name: 'ReadClient: the size is NULL', ...refused },
        { kind: 'bad-argument', code: 1018, name: 'the result is NULL', ...refused },
        { kind: 'bad-argument', code: 2, name: 'the URL is NULL', ...refused },
      ],
    },
    {
      target: '/isapi/semantics.dll?head=200%20OK%1FContent-Type:%20text/plain%0D%0A&write=x',
      entries: [{ kind: 'header-block', name: 'without the empty line at its end' }],
    },
    {
      target: '/isapi/semantics.dll?head=200%20OK%1Fno%20header%0D%0A%0D%0A',
      entries: [{ kind: 'header-block', name: 'with a line that is no header', detail: 'no header' }],
    },
    {
      target: '/isapi/semantics.dll?head=hello%20there%1FContent-Type:%20text/plain%0D%0A%0D%0A&write=x',
      entries: [{ kind: 'status-line', name: 'hello there' }],
    },
    {
      target:
        '/isapi/semantics.dll?head=200%20OK%1FTransfer-Encoding:%20chunked%0D%0AContent-Length:%20abc%0D%0A%0D%0A&write=x',
      entries: [
        { kind: 'header-dropped', name: 'Transfer-Encoding', detail: 'chunked' },
        { kind: 'header-dropped', name: 'Content-Length', detail: 'abc' },
      ],
    },
    {
      target: '/isapi/semantics.dll?head=200%20OK%1FX-Bad:%20a%01b%0D%0A%0D%0A&write=x',
      entries: [{ kind: 'header-invalid', name: 'X-Bad', detail: 'a\\x01b' }],
    },
    {
      target: '/isapi/semantics.dll?head=200%20OK%1FContent-Length:%205%0D%0A%0D%0A&bytes=9',
      entries: [{ kind: 'length-long', detail: 'Content-Length 5, 9 bytes written' }],
    },
    {
      target: '/isapi/semantics.dll?head=200%20OK%1FContent-Length:%205%0D%0A%0D%0A&bytes=4',
      entries: [{ kind: 'length-short', detail: 'Content-Length 5, 4 bytes written' }],
    },
    { target: '/isapi/semantics.dll?head=200%20OK%1FContent-Length:%205%0D%0A%0D%0A&bytes=5', entries: [] },
    {
      target: '/isapi/semantics.dll?write=x%0A&head=404%20Late%1FX-A:%20b%0D%0A%0D%0A',
      entries: [{ kind: 'no-headers' }],
    },
    {
      target:
        '/isapi/semantics.dll?head=200%20OK%1FX-A:%20b%0D%0A%0D%0A&bytes=5&head=404%20Late%1FX-A:%20b%0D%0A%0D%0A',
      entries: [{ kind: 'headers-late' }],
    },
    { target: '/isapi/semantics.dll?sendurl=/sent.txt&write=more', entries: [{ kind: 'write-replaced' }] },
    {
      target: '/isapi/semantics.dll?sendurl=http://other.test/x',
      entries: [{ kind: 'foreign-url', code: 2, detail: 'http://other.test/x' }],
    },
    { target: '/isapi/semantics.dll?return=1', entries: [{ kind: 'no-response' }] },
    {
      target: '/isapi/semantics.dll?code=101&return=1',
      entries: [{ kind: 'no-response', name: 'dwHttpStatusCode 101' }],
    },
    { target: '/isapi/semantics.dll?sendurl=/sent.txt&return=1', entries: [] },
    { target: '/isapi/semantics.dll?return=4', entries: [{ kind: 'result-error' }] },
    { target: '/isapi/semantics.dll?return=4711', entries: [{ kind: 'result-unknown', name: '4711' }] },
    { target: '/isapi/semantics.dll?code=700&return=1', entries: [{ kind: 'status-invalid', name: '700' }] },
    { target: '/isapi/asynchrony.dll?later=50', entries: [{ kind: 'pending' }] },
    {
      target: '/isapi/fake.dll?read_sync',
      entries: [{ kind: 'bad-argument', code: 1010, name: 'the flags lack HSE_IO_ASYNC' }],
    },
    {
      target: `/isapi/transmit.dll?id=a&flags=8&status=200%20OK&head=X-A:%20b%0D%0A%0D%0A`,
      entries: [{ kind: 'bad-argument', code: 1006, name: 'hFile is no file that is open' }],
    },
    {
      target: `/isapi/transmit.dll?id=b&flags=0&bytes=99999999&path=${encodeURIComponent(pathFor(target, join(host.www, 'sent.txt')))}`,
      entries: [{ kind: 'file-short', code: 1006, detail: /^\d+ of 99999999 bytes$/ as unknown as string }],
    },
    {
      target: '/isapi/noproc.dll',
      entries: [{ kind: 'not-loaded', name: /HttpExtensionProc/ as unknown as string }],
    },
    { target: '/isapi/scenario.dll?hang', entries: [{ kind: 'timeout', name: 'after 2 s' }] },
    {
      target: '/isapi/scenario.dll?null',
      entries: [{ kind: 'crash', detail: /SIGSEGV|access violation/ as unknown as string }],
    },
  ];

  await t.test('a call after the end of a session', async (t) => {
    await host.get('/isapi/asynchrony.dll?later=50');
    const entry = await waitFor(
      () => readJournal(folder).find(({ kind, name }) => kind === 'late-call' && name === 'WriteClient'),
      () => `the journal has no such call:\n${JSON.stringify(readJournal(folder))}`,
    );
    const detail = 'with ISAPIFakeAsync Off';
    t.match(entry, { extension: join(host.isapi, 'asynchrony.dll'), pool: 'default', detail, ...refused });
  });

  const told = CASES.filter(({ entries }) => entries.length > 0);
  const untold = CASES.filter(({ entries }) => entries.length === 0);
  for (const { target: path } of [...told, ...untold]) await host.get(path).catch(() => undefined);

  /** The entries of an extension that are about the same as one that is wanted. */
  const like = (path: string, { kind, code, name }: Case['entries'][number]): JournalEntry[] =>
    readJournal(folder).filter(
      (each) =>
        each.extension === join(host.www, path.replace(/\?.*/, '')) &&
        each.kind === kind &&
        (code === undefined || each.code === code) &&
        (typeof name !== 'string' || each.name === name),
    );

  for (const { target: path, entries } of told) {
    for (const entry of entries) {
      const found = await waitFor(
        () => like(path, entry).length > 0 && like(path, entry),
        () => `the journal does not have ${JSON.stringify(entry)} of ${path}`,
      );
      const { kind, code, name } = entry;
      t.match(found, [entry], `${path}: ${kind} ${code ?? ''} ${name ?? ''}`);
      t.match(found[0]?.url, /^GET \/isapi\//);
    }
  }
  const urls = readJournal(folder).map(({ url }) => url);
  t.same(
    untold.map(({ target: path }) => `GET ${path}`).filter((url) => urls.includes(url)),
    [],
    'nothing of what is nothing unusual',
  );

  await t.test('a loop is counted, and told once', async (t) => {
    const before = readJournal(folder).find(({ code }) => code === 1014)?.count ?? 0;
    for (let i = 0; i < 20; i++) await host.get('/isapi/scenario.dll?support=1014');
    const entry = await waitFor(
      () => readJournal(folder).find(({ code, count }) => code === 1014 && count === before + 20),
      () => 'the journal has not all calls',
    );
    t.match(entry, { extension: join(host.isapi, 'scenario.dll'), pool: 'default', request: /^.+$/ });
  });

  await t.test('secrets in URLs are masked', async (t) => {
    await host.get('/isapi/scenario.dll?variable=OTHER_THING&password=geheim&x=1&access_token=abc');
    const entry = await waitFor(
      () =>
        readJournal(folder).find(
          ({ name }) => name === 'OTHER_THING&password=geheim' || name === 'OTHER_THING',
        ),
      () => 'the journal has nothing',
    );
    t.equal(
      entry.url,
      'GET /isapi/scenario.dll?variable=OTHER_THING&password=********&x=1&access_token=********',
    );
  });

  await t.test('the journal goes on after a restart', async (t) => {
    t.equal(await host.stop(), 0);
    t.same(readdirSync(folder), ['calls.jsonl']);
    t.ok(readJournal(folder).length > 20);
  });
});
