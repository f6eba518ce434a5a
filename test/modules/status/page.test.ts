import t from 'tap';
import { maskPairs } from '../../../lib/isapi/secrets/texts.js';
import { COMMANDS as COMMAND_ROWS } from '../../../lib/cli/program.js';
import { COMMANDS } from '../../../lib/modules/status/page/commands.js';
import { sections, statusPage, tracePage } from '../../../lib/modules/status/page/page.js';
import { plot } from '../../../lib/modules/status/page/plot.js';
import { sampleSnapshot, sampleStatistics } from './sample.js';

const OPTIONS = { name: 'site.test', showsTail: false, refresh: 0 };
const snapshot = sampleSnapshot(sampleStatistics());

t.test('nothing that comes from outside becomes a part of the page', async (t) => {
  const page = statusPage(snapshot, { ...OPTIONS, name: '"><h1>x' });
  t.notMatch(page, /<script>alert|<img src=x|<i>\.dll|<ABORTIVE>|"><h1>x|\?<b>/);
  t.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  t.match(page, /title="GET site\.test\/isapi\/&lt;script&gt;[^"]*&quot;b&quot;[^"]*&#39;d&#39;"/);
  t.equal([...page.matchAll(/<script/g)].length, 1);
  t.notMatch(page, /\sstyle="|\son\w+="/, 'which the content security policy would not let work either');
});

t.test('a trace is shown as text', async (t) => {
  const page = tracePage('site.test', snapshot.failures?.[0], ['<b>not bold</b>', '  & more']);
  t.match(page, /&lt;b&gt;not bold&lt;\/b&gt;\n {2}&amp; more\n<\/pre>/);
});

t.test('every section has its id, and one element around it', async (t) => {
  for (const { id, text } of sections(snapshot, OPTIONS)) {
    t.match(text, new RegExp(`^<(\\w+) id="${id}"[^]*</\\1>$`), id);
  }
});

t.test('no id is there twice', async (t) => {
  const ids = [...statusPage(snapshot, OPTIONS).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  t.same(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
});

t.test('a long request shows its beginning, or with SeeRequestTail its end', async (t) => {
  const long = `/isapi/first${'x'.repeat(300)}last`;
  const [pool] = snapshot.pools;
  const text = JSON.stringify(pool).replace('/isapi/<script>alert(1)</script>.dll', long);
  const pools = [JSON.parse(text) as typeof pool & object];
  const shown = (showsTail: boolean): string =>
    sections({ ...snapshot, pools }, { ...OPTIONS, showsTail }).find(({ id }) => id === 'requests')?.text ??
    '';
  t.match(shown(false), />GET \/isapi\/firstx+\u2026</);
  t.match(shown(true), />GET \u2026x+last\?/);
});

t.test('what is wrong is said first', async (t) => {
  const notice = (change: Partial<typeof snapshot>): string =>
    sections({ ...snapshot, ...change }, OPTIONS).find(({ id }) => id === 'notice')?.text ?? '';
  t.match(
    notice({}),
    /class="notice bad"[^>]*>Pool stopped after too many crashes: default for wine32\. Requests get 503 meanwhile; isapi-host pool recycle NAME ends it\./,
  );
  const quiet = { pools: [], sums: { ...snapshot.sums, queued: 0 }, failures: [] };
  t.match(notice(quiet), /class="notice good"[^>]*>Every pool works/);
  t.match(notice({ ...quiet, failures: snapshot.failures }), /One request has failed/);
  t.match(notice({ ...quiet, sums: { ...snapshot.sums, queued: 2 } }), /Requests wait/);
});

t.test('the commands that the page names are there', async (t) => {
  for (const { command } of COMMANDS) {
    const [, name = ''] = command.split(' ');
    t.ok(name.startsWith('-') || COMMAND_ROWS.some((row) => row.name === name), command);
  }
});

t.test('secrets in queries are masked as in traces', async (t) => {
  t.equal(maskPairs('a=1&password=x&b=2'), 'a=1&password=********&b=2');
});

t.test('a plot has room for a minute, and for ten when they are there', async (t) => {
  const drawn = (count: number): string =>
    plot('x', [{ kind: 'first', values: Array.from({ length: count }, (_, index) => index) }]).text;
  t.match(drawn(0), /class="line first" d=""/);
  t.match(drawn(1), /d="M298 55L300 55"/, 'a single point can be seen');
  t.match(drawn(30), /d="M10 55L/);
  const points = [...drawn(300).matchAll(/L/g)].length;
  t.ok(points <= 151 && points >= 140, String(points));
});
