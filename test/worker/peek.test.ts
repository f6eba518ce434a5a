import t from 'tap';

import { createPlatform } from '../../lib/worker/platforms.js';

t.test('memory is read as far as it is there', async (t) => {
  const platform = createPlatform();
  const memory = platform.allocate(4096);
  memory.bytes.write('to be read', 'latin1');
  const target = Buffer.alloc(32);
  t.equal(platform.peek(memory.address, target, 10), 10);
  t.equal(target.toString('latin1', 0, 10), 'to be read');
  for (const address of [0n, 1n, 0x1234n, 0x7fff_ffff_ff00n, 0xffff_ffff_ffff_fff0n]) {
    t.equal(platform.peek(address, target, 16), 0, `0x${address.toString(16)} is no address`);
  }
  platform.free(memory);
});
