import t from 'tap';
import { ExtensionStatistics, MAX_EXTENSIONS } from '../../lib/pool/extension-statistics.js';

t.test('an extension in two pools has numbers of its own in each', async (t) => {
  const statistics = new ExtensionStatistics();
  const one = statistics.of('default', '/a.dll');
  const other = statistics.of('shop', '/a.dll');
  t.not(one, other);
  t.equal(statistics.of('default', '/a.dll'), one);
  one.running++;
  one.ended(1000, 5, 300);
  t.match(one.snapshot(), { requests: 1, running: 0, bytes: 300, lastRequest: 1000, latency: { count: 1 } });
  t.match(other.snapshot(), { requests: 0, bytes: 0, lastRequest: 0 });
  t.equal(statistics.total.count, 1);
});

t.test('no more than a bound are remembered, and nothing that was counted is lost', async (t) => {
  const statistics = new ExtensionStatistics();
  for (let i = 0; i < MAX_EXTENSIONS + 10; i++) {
    const counters = statistics.of('default', `/${i}.dll`);
    counters.running++;
    counters.errors.crashed++;
    counters.unsupported++;
    counters.ended(i, 5, 100);
  }
  t.equal(statistics.list().length, MAX_EXTENSIONS);
  const all = [...statistics.list(), statistics.others];
  const sum = (value: (each: (typeof all)[number]) => number): number =>
    all.reduce((total, each) => total + value(each), 0);
  t.equal(
    sum(({ requests }) => requests),
    MAX_EXTENSIONS + 10,
  );
  t.equal(
    sum(({ bytes }) => bytes),
    (MAX_EXTENSIONS + 10) * 100,
  );
  t.equal(
    sum(({ errors }) => errors.crashed),
    MAX_EXTENSIONS + 10,
  );
  t.equal(
    sum(({ unsupported }) => unsupported),
    MAX_EXTENSIONS + 10,
  );
  t.equal(statistics.others.requests, 10);
  t.equal(statistics.hasOthers, true);
  const [[pool, latency] = ['', undefined]] = [...statistics.byPool()];
  t.equal(pool, 'default');
  t.equal(latency?.count, MAX_EXTENSIONS + 10);
});

t.test(
  'the one that was asked for the longest ago is forgotten, and none with a request that runs',
  async (t) => {
    const statistics = new ExtensionStatistics(2);
    const first = statistics.of('default', '/first.dll');
    first.running++;
    const second = statistics.of('default', '/second.dll');
    second.running++;
    second.ended(5, 1, 0);
    statistics.of('default', '/third.dll');
    t.same(
      statistics.list().map(({ file }) => file),
      ['/first.dll', '/third.dll'],
    );
    statistics.of('default', '/third.dll').running++;
    t.equal(statistics.of('default', '/fourth.dll'), statistics.others, 'all are busy');
  },
);

t.test('a version is shown as IIS does, and none before it is known', async (t) => {
  const counters = new ExtensionStatistics().of('default', '/a.dll');
  t.equal(counters.snapshot().version, null);
  counters.version = 0x0006_0001;
  t.equal(counters.snapshot().version, '6.1');
  counters.version = 0xffff_ffff | 0;
  t.equal(counters.snapshot().version, '65535.65535');
});
