import t from 'tap';

import { UsualTimes } from '../../lib/pool/usual-times.js';

t.test('nothing is known of a library that has served no request', async (t) => {
  const times = new UsualTimes();
  times.note(1, 3);
  t.equal(times.of(0), undefined);
  t.equal(times.of(1), 3);
});

t.test('what takes long now and then does not count', async (t) => {
  const times = new UsualTimes();
  for (let i = 0; i < 1000; i++) times.note(0, i % 10 === 0 ? 500 : 0.1);
  const usual = times.of(0) ?? 0;
  t.ok(usual > 0.05 && usual < 0.2, `${usual} ms`);
});

t.test('requests that become slow, or short again, are followed', async (t) => {
  const times = new UsualTimes();
  times.note(0, 0);
  for (let i = 0; i < 500; i++) times.note(0, 40);
  t.ok((times.of(0) ?? 0) > 30, 'slow');
  for (let i = 0; i < 500; i++) times.note(0, 0);
  t.ok((times.of(0) ?? 1) < 0.01, 'short');
  for (let i = 0; i < 500; i++) times.note(0, 40);
  t.ok((times.of(0) ?? 0) > 30, 'slow again, from next to nothing');
});

t.test('where requests are very short, one that takes long is waited for a while', async (t) => {
  const times = new UsualTimes();
  times.note(0, 0.1);
  times.note(1, 0.6);
  t.equal(times.patience(0), 20);
  t.equal(times.patience(1), 5);
  t.equal(times.patience(2), 5, 'not known');
});
