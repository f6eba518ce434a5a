import t from 'tap';
import { loadConfiguration, type Configuration } from '../../lib/config/configuration.js';
import { findNames, type NamedRequest } from '../../lib/http/client-name.js';
import { HostNames } from '../../lib/http/host-names.js';
import { HostTable, canonicalAddress, type Resolver } from '../../lib/http/hosts.js';
import { pathBelow } from '../../lib/http/host-set.js';
import { HOST, type HostSettings } from '../../lib/http/host-settings.js';
import { Settings } from '../../lib/config/settings.js';
import { builtInModules } from '../../lib/modules/index.js';

function configure(text: string): Configuration {
  const modules = builtInModules([]);
  const { configuration, problems } = loadConfiguration({
    file: 'h.conf',
    serverRoot: '/',
    modules,
    environment: {},
    text,
  });
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration;
}

const NOTHING: Resolver = {
  addresses: () => Promise.reject(new Error('no such name')),
  name: () => Promise.reject(new Error('no name')),
};

t.test('addresses are compared in one form', async (t) => {
  t.equal(canonicalAddress('2001:DB8:0:0:0:0:0:1'), '2001:db8::1');
  t.equal(canonicalAddress('::ffff:192.0.2.1'), '192.0.2.1');
  t.equal(canonicalAddress('fe80:0::1%lo'), 'fe80::1%lo');
  t.equal(canonicalAddress('192.0.2.1'), '192.0.2.1');
});

t.test('the hosts of an address and port are found once and remembered', async (t) => {
  const table = new HostTable(configure('<VirtualHost *:80>\n</VirtualHost>'));
  t.equal(table.at('192.0.2.1', 80), table.at('192.0.2.1', 80));
  t.not(table.at('192.0.2.1', 80), table.at('192.0.2.2', 80));
});

t.test('more addresses than are remembered are found all the same', async (t) => {
  const configuration = configure('<VirtualHost *:80>\n</VirtualHost>');
  const table = new HostTable(configuration);
  const found = new Set(
    Array.from({ length: 2500 }, (_, index) => table.at(`10.0.${index >> 8}.${index & 255}`, 80).base),
  );
  t.same([...found], [configuration.hosts[1]]);
});

t.test('an alias with many stars is compared in no time with a name that it does not match', async (t) => {
  const stars = '*a'.repeat(40);
  const table = new HostTable(
    configure(
      `<VirtualHost *>\nServerAlias ${stars}b\n</VirtualHost>\n<VirtualHost *>\nServerAlias ${stars}\n</VirtualHost>`,
    ),
  );
  const set = table.at('127.0.0.1', 80);
  const [first, second] = set.hosts;
  t.equal(set.find('a'.repeat(200)), second);
  t.equal(set.find(`${'a'.repeat(200)}b`), first);
  t.equal(set.find('b'.repeat(200)), undefined);
});

t.test('a host is chosen by its address alone until its name is resolved', async (t) => {
  const configuration = configure('<VirtualHost named.test:80>\nServerName x\n</VirtualHost>');
  const [main, host] = configuration.hosts;
  const table = new HostTable(configuration);
  t.equal(table.at('192.0.2.2', 80).base, main);
  t.match(await table.resolve(NOTHING), [
    {
      severity: 'warning',
      message: 'Could not resolve host name named.test -- ignoring!',
      place: { line: 1, column: 14 },
    },
  ]);
  t.equal(table.at('192.0.2.2', 80).base, main);
  t.same(await table.resolve({ ...NOTHING, addresses: () => Promise.resolve(['192.0.2.2']) }), []);
  t.equal(table.at('192.0.2.2', 80).base, host);
});

t.test('a host without a name that its address could give is named as Apache names it', async (t) => {
  const configuration = configure(
    '<VirtualHost 192.0.2.2:80 named.test>\n</VirtualHost>\n<VirtualHost named.test>\n</VirtualHost>',
  );
  const table = new HostTable(configuration);
  const problems = await table.resolve(NOTHING);
  t.equal(problems.length, 2);
  const names = configuration.hosts.slice(1).map((host) => table.identity(host).name);
  t.same(names, ['bogus_host_without_reverse_dns', 'bogus_host_without_forward_dns']);
});

t.test(
  'the name that a VirtualHost calls its address is a name of the host, after those of all',
  async (t) => {
    const table = new HostTable(
      configure(
        '<VirtualHost 192.0.2.2:80>\nServerName a\n</VirtualHost>\n<VirtualHost b:80>\nServerName c\n</VirtualHost>\n' +
          '<VirtualHost 192.0.2.2:80>\nServerName b\nServerAlias d\n</VirtualHost>',
      ),
    );
    await table.resolve({ ...NOTHING, addresses: () => Promise.resolve(['192.0.2.2']) });
    const lineOf = (name: string): number | undefined => table.hostFor('192.0.2.2', 80, name).place?.line;
    t.equal(lineOf('b'), 7, 'a ServerName counts more');
    t.equal(lineOf('c'), 4);
    t.equal(lineOf('192.0.2.2'), 1);
    t.equal(lineOf('e'), 1);
  },
);

t.test('a ServerPath ends where a segment does', async (t) => {
  t.equal(pathBelow('/a/b', '/a'), 'b');
  t.equal(pathBelow('/a', '/a'), '');
  t.equal(pathBelow('/ab', '/a'), undefined);
  t.equal(pathBelow('/a//b', '/a/'), 'b');
  t.equal(pathBelow('/b', undefined), undefined);
});

/** A request as far as looking up names goes. */
function requestWith(made: Partial<HostSettings>, remoteAddress = '192.0.2.7'): NamedRequest {
  const settings = new Settings();
  const { hostnameLookups, useCanonicalName } = made;
  if (hostnameLookups !== undefined) settings.set(HOST, 'hostnameLookups', hostnameLookups);
  if (useCanonicalName !== undefined) settings.set(HOST, 'useCanonicalName', useCanonicalName);
  return { settings, remoteAddress, localAddress: '192.0.2.1', remoteHost: undefined, localHost: undefined };
}

const NAMES = new HostNames({
  nameOf: (address) =>
    address === '192.0.2.7'
      ? Promise.resolve('Client.TEST')
      : address === '192.0.2.1'
        ? Promise.resolve('here.test')
        : Promise.resolve(address),
  addressesOf: (name) =>
    name === 'here.test' ? Promise.resolve(['192.0.2.1']) : Promise.resolve(['192.0.2.99']),
});

t.test('names are looked up only where settings ask for them', async (t) => {
  t.equal(findNames(requestWith({}), NAMES), undefined);
});

t.test('HostnameLookups On gives the name of an address, whatever that leads to', async (t) => {
  const request = requestWith({ hostnameLookups: 'on' });
  await findNames(request, NAMES);
  t.equal(request.remoteHost, 'client.test');
  t.equal(findNames(request, NAMES), undefined, 'once for a request');
});

t.test('HostnameLookups Double gives a name that leads back to the address', async (t) => {
  const request = requestWith({ hostnameLookups: 'double' });
  await findNames(request, NAMES);
  t.equal(request.remoteHost, undefined);
  const back = requestWith({ hostnameLookups: 'double' }, '192.0.2.1');
  await findNames(back, NAMES);
  t.equal(back.remoteHost, 'here.test');
});

t.test('UseCanonicalName DNS looks up the name of the address that a request came to', async (t) => {
  const request = requestWith({ useCanonicalName: 'dns' });
  await findNames(request, NAMES);
  t.equal(request.localHost, 'here.test');
  t.equal(request.remoteHost, undefined);
});

t.test('the name of an address that has none is unknown', async (t) => {
  t.equal(await NAMES.name('192.0.2.50'), undefined);
});

t.test('only two questions are put to the system at once', async (t) => {
  const answers: (() => void)[] = [];
  const names = new HostNames({
    nameOf: (address) => new Promise((resolve) => answers.push(() => resolve(`name-${address}`))),
    addressesOf: () => Promise.resolve([]),
  });
  const found = Promise.all(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => names.name(address)));
  await new Promise(setImmediate);
  t.equal(answers.length, 2);
  answers[0]?.();
  await new Promise(setImmediate);
  t.equal(answers.length, 3);
  for (const answer of answers) answer();
  t.same(await found, ['name-192.0.2.1', 'name-192.0.2.2', 'name-192.0.2.3']);
});
