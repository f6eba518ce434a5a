import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { autoText } from '../../../lib/modules/status/auto.js';
import { metricsText } from '../../../lib/modules/status/metrics.js';
import { scoreboard } from '../../../lib/modules/status/scoreboard.js';
import { root } from '../../helpers/root.js';
import { parseMetrics } from './metrics-parser.js';
import { sampleSnapshot, sampleStatistics } from './sample.js';

/** Compares a text with a golden file; TAP_SNAPSHOT=1 writes it. */
function golden(t: Test, name: string, actual: string): void {
  const file = join(root, 'test', 'modules', 'status', 'golden', name);
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(file, actual);
  t.equal(actual, existsSync(file) ? readFileSync(file, 'utf8') : '', name);
}

const statistics = sampleStatistics();
const snapshot = sampleSnapshot(statistics);

t.test('?auto has the lines of mod_status and ours', async (t) => {
  golden(t, 'auto.txt', autoText('site.test', snapshot));
});

t.test('?auto without ExtendedStatus leaves out what is not counted', async (t) => {
  const text = autoText('site.test', { ...snapshot, extended: false });
  golden(t, 'auto-not-extended.txt', text);
  t.notMatch(text, /^Total |^ReqPerSec/m);
});

t.test('?auto of a server that has had no request divides by nothing', async (t) => {
  const { server } = snapshot;
  const text = autoText('x', {
    ...snapshot,
    server: { ...server, requests: 0, bytes: 0, duration: 0, uptime: 0 },
  });
  t.notMatch(text, /NaN|Infinity|PerReq/);
  t.match(text, /^ReqPerSec: 0$/m);
});

t.test('the scoreboard has a letter for each thread and a dot for each that may be started', async (t) => {
  t.equal(scoreboard(snapshot.pools), 'W_S.G...');
});

t.test('metrics are as Prometheus reads them', async (t) => {
  const text = metricsText(snapshot, statistics);
  golden(t, 'metrics.txt', text);
  const families = parseMetrics(text);
  const names = [...families.keys()];
  t.same(
    names.filter((name) => !/^isapi_host_[a-z0-9_]+$/.test(name)),
    [],
  );
  const requests = families.get('isapi_host_extension_requests_total');
  t.same(
    requests?.samples.map(({ labels, value }) => [labels['extension'], value]),
    [
      ['/srv/isapi/hello.dll', 5],
      ['/srv/isapi/a"b\\c\n.dll', 1],
    ],
  );
  const times = families.get('isapi_host_pool_request_duration_seconds');
  t.equal(times?.type, 'histogram');
  const count = times?.samples.find(({ name }) => name.endsWith('_count'));
  t.same(count?.labels, { pool: 'default' });
  t.equal(count?.value, 5);
});

t.test('metrics without ExtendedStatus have no requests', async (t) => {
  const families = parseMetrics(metricsText({ ...snapshot, extended: false }, statistics));
  t.equal(families.has('isapi_host_requests_total'), false);
  t.equal(families.has('isapi_host_pool_threads'), true);
});

t.test('metrics stay bounded however many extensions there are', async (t) => {
  const many = sampleStatistics();
  for (let i = 0; i < 2000; i++) {
    const counters = many.pools.extensions.of('default', `/srv/isapi/${i}.dll`);
    counters.running++;
    counters.ended(i + 1, 1, 1);
  }
  const others = many.pools.extensions.others.snapshot();
  const families = parseMetrics(metricsText({ ...snapshot, others }, many));
  const requests = families.get('isapi_host_extension_requests_total')?.samples ?? [];
  t.equal(requests.length, 257);
  t.equal(
    requests.reduce((sum, { value }) => sum + value, 0),
    2006,
  );
});
