import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { callsReport } from '../../lib/cli/calls-report.js';
import { runProgram } from '../../lib/cli/program.js';
import { supportFunction } from '../../lib/isapi/support-functions.js';
import { REFUSALS, type RefusalKind } from '../../lib/isapi/refusals.js';
import type { JournalEntry } from '../../lib/modules/journal/entry.js';
import { readJournal } from '../../lib/modules/journal/reader.js';
import { waitFor } from '../helpers/server.js';
import { root } from '../helpers/root.js';

// Times are shown in the local time zone.
process.env['TZ'] = 'UTC';

const golden = join(root, 'test', 'cli', 'golden-calls');

const FIRST = '2026-01-02T03:04:05.000Z';
const LAST = '2026-01-05T16:17:18.000Z';

interface Line {
  readonly kind: RefusalKind;
  readonly extension?: string;
  readonly count?: number;
  readonly first?: string;
  readonly last?: string;
  readonly code?: number;
  readonly name?: string;
  readonly detail?: string;
  readonly error?: number;
  readonly url?: string;
}

const line = (given: Line): string =>
  JSON.stringify({
    journal: 1,
    time: LAST,
    extension: '/srv/www/isapi/shop.dll',
    count: 1,
    first: FIRST,
    last: LAST,
    pool: 'default',
    ...given,
  });

const LINES: readonly Line[] = [
  {
    kind: 'unsupported-function',
    code: 1014,
    count: 1200,
    error: 87,
    url: 'GET /isapi/shop.dll/cart?id=3',
    detail: 'buffer NULL, size NULL, type NULL',
  },
  {
    kind: 'unsupported-function',
    code: 1014,
    count: 4,
    error: 87,
    url: 'GET /isapi/shop.dll/cart?id=4',
    last: '2026-01-06T00:00:00.000Z',
  },
  { kind: 'unsupported-function', code: 1048, count: 2, error: 87, url: 'POST /isapi/shop.dll' },
  { kind: 'unsupported-function', code: 4711, error: 87, url: 'GET /isapi/shop.dll' },
  {
    kind: 'async-call',
    code: 1006,
    name: 'with HSE_IO_ASYNC',
    count: 30,
    error: 87,
    url: 'GET /isapi/shop.dll/file',
  },
  {
    kind: 'unknown-variable',
    name: 'CRYPT_PROTOCOL',
    count: 7,
    error: 1413,
    url: `GET /isapi/shop.dll/${'long/'.repeat(40)}`,
  },
  { kind: 'unknown-variable', name: 'SHOP_FLAVOUR', error: 1413, url: 'GET /isapi/shop.dll' },
  // As earlier versions have noted a reason that is an empty text.
  { kind: 'unsupported-function', code: 1032, extension: '/srv/www/isapi/chat.dll', detail: '', error: 87 },
  { kind: 'no-headers', count: 12, url: 'GET /isapi/shop.dll/raw' },
  { kind: 'pending', extension: '/srv/www/isapi/chat.dll', count: 3, url: 'GET /isapi/chat.dll' },
  {
    kind: 'bad-argument',
    extension: '/srv/www/isapi/chat.dll',
    name: 'WriteClient: the data is NULL',
    error: 87,
    url: 'GET /isapi/chat.dll',
  },
  {
    kind: 'crash',
    extension: '/srv/www/isapi/chat.dll',
    detail: 'exception 0xC0000005 (access violation) at address 0x1234',
    url: 'GET /isapi/chat.dll',
  },
  {
    kind: 'not-loaded',
    extension: '/srv/www/isapi/old.dll',
    count: 50,
    name: 'failed to load /srv/www/isapi/old.dll: old.dll needs msvbvm60.dll, which is not there; copy it beside the extension',
    url: 'GET /isapi/old.dll',
  },
];

function makeJournal(t: Test, lines: readonly Line[] = LINES): string {
  const folder = join(t.testdir(), 'calls');
  mkdirSync(folder);
  writeFileSync(join(folder, 'calls.jsonl'), lines.map((each) => `${line(each)}\n`).join(''));
  return folder;
}

async function run(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  const out: string[] = [];
  const error: string[] = [];
  const status = await runProgram(args, { out: (text) => out.push(text), error: (text) => error.push(text) });
  return { status, out: `${out.join('\n')}\n`, error: error.join('\n') };
}

/** Compares with a file; UPDATE_GOLDEN=1 writes it. */
function matchGolden(t: Test, name: string, text: string): void {
  const file = join(golden, name);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  t.equal(text, readFileSync(file, 'utf8'), name);
}

t.test('what extensions were refused is shown by extension and kind, with what to do', async (t) => {
  const folder = makeJournal(t);
  const { status, out, error } = await run('calls', '--journal', folder);
  t.same([status, error], [0, '']);
  matchGolden(t, 'calls.txt', out);
  t.same(
    out.split('\n').filter((each) => each.length > 80),
    [],
    'it fits 80 columns',
  );
});

t.test('a wide terminal is used', async (t) => {
  const lines = callsReport(readJournal(makeJournal(t)), 110);
  matchGolden(t, 'calls-wide.txt', `${lines.join('\n')}\n`);
});

t.test('the README shows what is really shown', async (t) => {
  const extension = '/srv/isapi-host/isapi-samples/www/isapi/legacy-win32.dll';
  const seen = '2026-11-28T02:23:00.000Z';
  const entry: JournalEntry = {
    kind: 'unsupported-function',
    extension,
    code: 1011,
    count: 1,
    first: Date.parse(seen),
    last: Date.parse(seen),
    detail: 'buffer given, size NULL, type NULL',
    error: 87,
    url: 'GET /isapi/legacy-win32.dll',
    request: '2',
  };
  const shown = callsReport([entry], 80).slice(0, -2);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  t.ok(readme.includes(shown.map((text) => (text === '' ? '' : `    ${text}`)).join('\n')), shown.join('\n'));
});

t.test('no advice and no reason is cut, however narrow the terminal is', async (t) => {
  const path = `/srv/${'folder/'.repeat(30)}shop.dll`;
  const name = `failed to load ${path}: shop.dll needs vcl50.bpl, which is not there; copy it to the folder`;
  const lines = [
    { kind: 'not-loaded' as const, name },
    { kind: 'unsupported-function' as const, code: 1011 },
  ];
  const report = callsReport(readJournal(makeJournal(t, lines)), 50)
    .join(' ')
    .replace(/\s+/g, ' ');
  t.ok(report.includes(name), report);
  t.ok(report.includes(`To do: ${supportFunction(1011)?.advice ?? ''}`), report);
});

t.test('every kind has its words, with and without details', async (t) => {
  const entry = (kind: RefusalKind): JournalEntry => ({
    kind,
    extension: '/x.dll',
    count: 1,
    first: Date.parse(FIRST),
    last: Date.parse(LAST),
  });
  const kinds = Object.keys(REFUSALS) as RefusalKind[];
  matchGolden(t, 'kinds.txt', `${callsReport(kinds.map(entry), 80).join('\n')}\n`);
});

t.test('--json has everything for programs', async (t) => {
  const folder = makeJournal(t);
  const { out } = await run('calls', '--journal', folder, '--json', '--function', 'HSE_REQ_ABORTIVE_CLOSE');
  t.same(JSON.parse(out), {
    folder,
    calls: [
      {
        kind: 'unsupported-function',
        extension: '/srv/www/isapi/shop.dll',
        pool: 'default',
        code: 1014,
        count: 1204,
        first: FIRST,
        last: '2026-01-06T00:00:00.000Z',
        error: 87,
        url: 'GET /isapi/shop.dll/cart?id=4',
        title: 'Unsupported functions',
        subject: '1014 HSE_REQ_ABORTIVE_CLOSE',
        purpose: 'It closes the connection with a reset.',
        advice: supportFunction(1014)?.advice,
      },
    ],
  });
});

t.test('filters choose lines, so that counts are of what was chosen', async (t) => {
  const folder = makeJournal(t);
  const list = async (...args: string[]): Promise<string[]> => {
    const { out } = await run('calls', '--journal', folder, '--json', ...args);
    const { calls } = JSON.parse(out) as { calls: { subject: string; count: number }[] };
    return calls.map(({ subject, count }) => `${subject} ${count}`);
  };
  t.same(await list('--kind', 'unknown-variable'), ['CRYPT_PROTOCOL 7', 'SHOP_FLAVOUR 1']);
  t.same(await list('--kind', 'pending', '--kind', 'no-headers'), [
    'Bodies without headers 12',
    'Pending sessions without ISAPIFakeAsync 3',
  ]);
  t.same(await list('--function', '1006'), ['1006 HSE_REQ_TRANSMIT_FILE 30']);
  t.same(await list('--function', 'hse_req_transmit_file'), ['1006 HSE_REQ_TRANSMIT_FILE 30']);
  t.same(await list('--function', 'WriteClient'), ['WriteClient: the data is NULL 1']);
  t.same(await list('--function', 'crypt_protocol'), ['CRYPT_PROTOCOL 7']);
  t.same(await list('--extension', 'chat.dll', '--kind', 'pending'), [
    'Pending sessions without ISAPIFakeAsync 3',
  ]);
  t.same(await list('--extension', '/srv/www/isapi/chat.dll', '--kind', 'pending'), [
    'Pending sessions without ISAPIFakeAsync 3',
  ]);
  t.same(await list('--extension', 'chat'), await list('--extension', 'chat.dll'));
  t.same(await list('--extension', 'hat.dll'), []);
  t.same(await list('--url', 'cart?id=3'), ['1014 HSE_REQ_ABORTIVE_CLOSE 1200']);
  t.same(await list('--since', '2026-01-05T20:00:00Z'), ['1014 HSE_REQ_ABORTIVE_CLOSE 4']);
  t.same(await list('--since', '1d'), []);
});

t.test('a filter that nothing matches is named, with what the journal has', async (t) => {
  const folder = makeJournal(t);
  const told = async (...args: string[]): Promise<{ status: number; out: string; error: string }> => {
    const { status, out, error } = await run('calls', '--journal', folder, ...args);
    return { status, out: out.replace(/\s+/g, ' ').trim(), error };
  };
  const has = 'It has 1313 calls of 3 extensions: shop.dll, old.dll, chat.dll.';
  t.same(await told('--extension', 'shap.dll'), {
    status: 1,
    out:
      `Nothing in the call journal ${folder} matches --extension shap.dll. ${has} ` +
      'It has nothing of an extension shap.dll; perhaps shop.dll is meant. What is not there was refused nothing.',
    error: '',
  });
  t.match(await told('--extension', 'quite-another.dll'), {
    status: 1,
    out: /It has nothing of an extension quite-another\.dll; there are shop\.dll, chat\.dll, old\.dll\. /,
  });
  t.match(await told('--function', 'HSE_REQ_ABORTIV_CLOSE', '--kind', 'pending'), {
    status: 1,
    out: /matches --kind pending --function HSE_REQ_ABORTIV_CLOSE\. .*; perhaps HSE_REQ_ABORTIVE_CLOSE is meant\. /,
  });
  t.match(await told('--function', '1033'), {
    status: 1,
    out: /nothing of a function, variable or header 1033; /,
  });
  // Both are known, but not together: that is an answer.
  t.same(await told('--extension', 'chat.dll', '--function', '1014'), {
    status: 0,
    out: `Nothing in the call journal ${folder} matches --extension chat.dll --function 1014. ${has}`,
    error: '',
  });
  t.match(await told('--since', '1h'), { status: 0, out: /matches --since 1h\. It has 1313 calls / });
  const some = await told('--extension', 'chat.dll', '--extension', 'shap.dll');
  t.match(some, {
    status: 1,
    out: /^\/srv\/www\/isapi\/chat\.dll /,
    error: /nothing of an extension shap\.dll; /,
  });
  const json = await told('--json', '--extension', 'shap.dll');
  t.match(json, { status: 1, error: /nothing of an extension shap\.dll; perhaps shop\.dll is meant/ });
  t.same(JSON.parse(json.out), { folder, calls: [] });
  t.match(await told('--kind', 'pendin'), {
    status: 2,
    error: /no kind pendin; perhaps pending is meant; there are /,
  });
});

t.test('--summary has a line for each extension', async (t) => {
  const folder = makeJournal(t, [
    ...LINES,
    { kind: 'crash', extension: '/srv/other/shop.dll', last: '2026-01-07T08:09:10.000Z' },
  ]);
  matchGolden(t, 'summary.txt', (await run('calls', '--journal', folder, '--summary')).out);
  const { out } = await run(
    'calls',
    '--journal',
    folder,
    '--summary',
    '--json',
    '--extension',
    'www/isapi/shop.dll',
  );
  t.match(JSON.parse(out), {
    folder,
    extensions: [
      {
        extension: '/srv/www/isapi/shop.dll',
        calls: 1257,
        first: FIRST,
        last: '2026-01-06T00:00:00.000Z',
        refused: [
          { code: 1014, function: 'HSE_REQ_ABORTIVE_CLOSE', count: 1204 },
          { code: 1006, function: 'HSE_REQ_TRANSMIT_FILE', count: 30 },
          { kind: 'no-headers', count: 12 },
          { kind: 'unknown-variable', count: 8 },
          { code: 1048, count: 2 },
          { code: 4711, count: 1 },
        ],
      },
    ],
  });
  t.match(await run('calls', '--journal', folder, '--summary', '--follow'), { status: 2 });
});

t.test('lines that are damaged are counted, with their file', async (t) => {
  const folder = makeJournal(t);
  const rolled = join(folder, 'calls-20260101T000000000Z-1.jsonl');
  writeFileSync(rolled, `{"kind":"pend\n${line({ kind: 'pending' })}\n\0\0\0\n`);
  appendFileSync(join(folder, 'calls.jsonl'), '{"journal":2,"kind":"of tomorrow"}\n');
  const { status, error } = await run('calls', '--journal', folder);
  t.equal(status, 0);
  const reason = 'left out: a server was killed, the disk was full, or a newer version wrote them';
  t.same(error.split('\n'), [
    `isapi-host: 2 lines of ${rolled} are none of a call journal and were ${reason}`,
    `isapi-host: 1 line of ${join(folder, 'calls.jsonl')} is none of a call journal and was ${reason}`,
  ]);
});

t.test('what is wrong is said', async (t) => {
  const folder = makeJournal(t, []);
  t.match(await run('calls', '--journal', folder, '--kind', 'nonsense'), {
    status: 2,
    error: /^isapi-host: there is no kind nonsense; there are not-loaded, /,
  });
  t.match(await run('calls', '--journal', folder, '--since', 'long ago'), {
    status: 2,
    error: /--since takes a date/,
  });
  t.match(await run('calls', 'x'), { status: 2, error: /calls takes no argument x/ });
  t.match(await run('calls', '--journal', folder), {
    status: 0,
    out: /The call journal\s+\S+\s+is\s+empty:\s+no\s+extension\s+was\s+refused\s+anything\./,
  });
  t.match(await run('calls', '--journal', join(folder, 'none')), {
    out: /^There is no call journal\s+\S*\s+yet/,
  });
  writeFileSync(join(folder, 'file'), '');
  t.match(await run('calls', '--journal', join(folder, 'file')), {
    status: 1,
    error: /the call journal .* cannot be used: ENOTDIR/,
  });
});

t.test('the journal is found by the configuration', async (t) => {
  const user = process.getuid?.() === 0 ? 'User root\n' : '';
  const folder = t.testdir({ 'httpd.conf': `Listen 127.0.0.1:0\n${user}`, logs: { calls: {} } });
  writeFileSync(join(folder, 'logs', 'calls', 'calls.jsonl'), `${line({ kind: 'pending' })}\n`);
  const file = join(folder, 'httpd.conf');
  t.match((await run('calls', '-f', file)).out, /^\/srv\/www\/isapi\/shop\.dll\n\n {2}Pending sessions/);
  t.match(await run('calls', '-f', file, '-c', 'ISAPIJournal other'), {
    out: /There is no call journal\s+\S*\/other\s+yet/,
  });
  t.match(await run('calls', '-f', file, '-c', 'ISAPIJournal off'), {
    status: 1,
    error: /keeps no call journal: there is ISAPIJournal off, or no folder logs; add ISAPIJournal FOLDER/,
  });
  t.match(await run('calls', '-f', file, '-c', 'Nonsense'), {
    status: 1,
    error: /name its folder with --journal FOLDER/,
  });

  t.match(await run('journal', 'clear', 'none.dll', '-f', file), {
    status: 1,
    error: /has nothing of none\.dll/,
  });
  t.match(await run('journal', 'clear', 'shop.dll', '-f', file), {
    status: 0,
    out: 'the call journal of /srv/www/isapi/shop.dll is empty\n',
  });
  t.same(readJournal(join(folder, 'logs', 'calls')), []);
  t.match(await run('journal', 'clear', '-f', file), {
    status: 0,
    out: 'the call journal of all extensions is empty\n',
  });
  t.match(await run('journal', 'forget', '-f', file), { status: 2 });
});

t.test('--follow shows what comes, also in another file', async (t) => {
  const folder = makeJournal(t);
  const file = join(folder, 'calls.jsonl');
  const out: string[] = [];
  const running = runProgram(['calls', '--journal', folder, '--follow', '--extension', 'shop.dll'], {
    out: (text) => out.push(text),
    error: (text) => out.push(text),
  });
  const waitForLines = (count: number): Promise<unknown> =>
    waitFor(
      () => out.length >= count,
      () => out.join('\n'),
    );
  await waitForLines(1);
  t.equal(
    out.shift(),
    `isapi-host: watches the call journal ${folder} and shows what is refused from now on; Ctrl-C ends it`,
  );
  // It begins at the end of what is there.
  await sleep(50);
  appendFileSync(file, `${line({ kind: 'pending' })}\n${line({ kind: 'pending', extension: '/x.dll' })}\n`);
  await waitForLines(1);
  const half = line({ kind: 'unsupported-function', code: 1014, count: 3, url: 'GET /a' });
  appendFileSync(file, half.slice(0, 50));
  renameSync(file, join(folder, 'calls-20260101T000000000Z-1.jsonl'));
  appendFileSync(join(folder, 'calls-20260101T000000000Z-1.jsonl'), `${half.slice(50)}\n`);
  await waitForLines(2);
  t.notOk(existsSync(file));
  writeFileSync(file, `${line({ kind: 'unknown-variable', name: 'X' })}\n`);
  await waitForLines(3);
  appendFileSync(file, 'half a li\n');
  await waitForLines(4);
  t.match(out.pop(), /^isapi-host: 1 line of .*calls\.jsonl is none of a call journal and was left out: /);
  process.emit('SIGTERM');
  t.equal(await running, 0);
  t.same(out, [
    '2026-01-05 16:17:18  shop.dll  Pending sessions without ISAPIFakeAsync',
    '2026-01-05 16:17:18  shop.dll  Unsupported functions: 1014 HSE_REQ_ABORTIVE_CLOSE (3 times) - GET /a',
    '2026-01-05 16:17:18  shop.dll  Unknown server variables: X',
  ]);
  t.equal(readdirSync(folder).length, 2);
});
