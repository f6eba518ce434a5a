import t from 'tap';

import { LibrarySlots } from '../../lib/pool/library-slots.js';
import { LIBRARY_SLOTS } from '../../lib/worker/library.js';

t.test('each file has a number of its own, always the same', async (t) => {
  const slots = new LibrarySlots();
  t.same(
    ['/a', '/b', '/a', '/A', '/b'].map((file) => slots.of(file)),
    [0, 1, 0, 2, 1],
  );
  t.notOk(slots.full);
});

t.test('a process can meet only so many files', async (t) => {
  const slots = new LibrarySlots();
  for (let i = 0; i < LIBRARY_SLOTS; i++) slots.of(`/${i}`);
  t.ok(slots.full);
  t.equal(slots.of('/17'), 17, 'known ones are still known');
  t.throws(() => slots.of('/one more'), { code: 'POOL_BUSY', message: /4096 extensions/ });
});
