import t from 'tap';

import { BodyBuffers } from '../../lib/pool/body-buffers.js';

t.test('a buffer has at least the size that is asked for, and not much more', async (t) => {
  for (const bytes of [1, 4096, 4097, 65_536, 65_537, BodyBuffers.largest]) {
    const { length } = BodyBuffers.get(bytes);
    t.ok(length >= bytes && (length < 2 * bytes || length === 4096), `${length} for ${bytes}`);
  }
});

t.test('a buffer that was given back is used again, by one at a time', async (t) => {
  const buffer = BodyBuffers.get(100_000);
  BodyBuffers.put(buffer);
  t.equal(BodyBuffers.get(120_000), buffer);
  t.not(BodyBuffers.get(120_000), buffer);
});

t.test('buffers that nobody needs are not kept without end', async (t) => {
  const buffers = Array.from({ length: 100 }, () => BodyBuffers.get(BodyBuffers.largest));
  for (const buffer of buffers) BodyBuffers.put(buffer);
  const again = new Set(buffers.map(() => BodyBuffers.get(BodyBuffers.largest)));
  t.equal(buffers.filter((buffer) => again.has(buffer)).length, 16, '4 MiB are');
});
