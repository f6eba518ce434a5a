import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import t from 'tap';
import { portState } from '../../../lib/cli/doctor/listeners.js';

t.test('a port that is taken is, by whom, and a free one is free', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const taken = await portState({ address: '127.0.0.1', port });
  t.equal(taken.state, 'taken');
  if (taken.state === 'taken' && process.platform === 'linux') {
    t.ok(taken.by.some(({ pid }) => pid === process.pid));
    t.ok(taken.by.every(({ name }) => name !== ''));
  }
  server.close();
  await once(server, 'close');
  t.same(await portState({ address: '127.0.0.1', port }), { state: 'free' });
});

t.test('an address that the machine does not have is told apart', async (t) => {
  // TEST-NET-1 (RFC 5737): nobody has it.
  t.same(await portState({ address: '192.0.2.1', port: 40_000 }), { state: 'no such address' });
});
