import t from 'tap';
import { HostNames, isInDomain, type Resolver } from '../../lib/http/host-names.js';

/** A resolver that knows what it is told, and what it was asked. */
function resolver(
  names: Record<string, string>,
  addresses: Record<string, string[]>,
): Resolver & { asked: string[] } {
  const asked: string[] = [];
  const find = <T>(table: Record<string, T>, key: string): Promise<T> => {
    asked.push(key);
    const found = table[key];
    return found === undefined ? Promise.reject(new Error('not known')) : Promise.resolve(found);
  };
  return { asked, nameOf: (address) => find(names, address), addressesOf: (name) => find(addresses, name) };
}

t.test('a name counts only when it leads back to its address', async (t) => {
  const system = resolver(
    {
      '10.0.0.1': 'Good.Example',
      '10.0.0.2': 'good.example',
      '10.0.0.3': '10.0.0.3',
      '10.0.0.4': 'gone.example',
    },
    { 'Good.Example': ['10.0.0.9', '::ffff:10.0.0.1'], 'good.example': ['10.0.0.1'] },
  );
  const names = new HostNames(system);
  t.equal(await names.verifiedName('10.0.0.1'), 'good.example');
  t.equal(await names.verifiedName('10.0.0.2'), undefined, 'somebody else has that name');
  t.equal(await names.verifiedName('10.0.0.3'), undefined, 'an address is no name');
  t.equal(await names.verifiedName('10.0.0.4'), undefined);
  t.equal(await names.verifiedName('10.0.0.5'), undefined);
  t.same(await names.addresses('good.example'), ['10.0.0.1']);
  t.same(await names.addresses('none.example'), []);
});

t.test('the system is asked once for the same, and not for more than it can take', async (t) => {
  const system = resolver({ '10.0.0.1': 'a.example' }, { 'a.example': ['10.0.0.1'] });
  const names = new HostNames(system);
  await Promise.all([names.verifiedName('10.0.0.1'), names.verifiedName('10.0.0.1')]);
  await names.verifiedName('10.0.0.1');
  t.same(system.asked, ['10.0.0.1', 'a.example']);
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const slow = new HostNames({
    nameOf: () => Promise.reject(new Error('not asked')),
    addressesOf: async (name) => {
      await gate;
      return [name === 'late' ? '10.0.0.2' : '10.0.0.1'];
    },
  });
  const open = Array.from({ length: 64 }, (_, index) => slow.addresses(`name${index}`));
  t.same(await slow.addresses('late'), [], 'too many questions are open');
  release?.();
  t.same((await Promise.all(open)).flat().length, 64);
  t.same(await slow.addresses('late'), ['10.0.0.2']);
});

t.test('a host is in a domain whose name it ends in', (t) => {
  t.equal(isInDomain('www.example.org', 'example.org'), true);
  t.equal(isInDomain('www.example.org', '.Example.ORG'), true);
  t.equal(isInDomain('example.org', 'example.org'), true);
  t.equal(isInDomain('notexample.org', 'example.org'), false);
  t.equal(isInDomain('example.org', 'www.example.org'), false);
  t.equal(isInDomain('example.org.evil', 'example.org'), false);
  t.end();
});
