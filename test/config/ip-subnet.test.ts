import t from 'tap';
import { IpSubnet, sameAddress } from '../../lib/config/ip-subnet.js';

t.test('a subnet has the addresses that its text says', (t) => {
  const rows: [subnet: string, inside: string, outside: string][] = [
    ['10.1.2.3', '10.1.2.3', '10.1.2.4'],
    ['10', '10.255.0.1', '11.0.0.1'],
    ['10.1.', '10.1.9.9', '10.2.0.0'],
    ['10.1.2.0/24', '10.1.2.255', '10.1.3.0'],
    ['10.1.2.77/24', '10.1.2.1', '10.1.1.255'],
    ['10.1.2.0/25', '10.1.2.127', '10.1.2.128'],
    ['10.1.2.0/255.255.255.128', '10.1.2.0', '10.1.2.200'],
    ['128.0.0.0/1', '255.0.0.1', '127.255.255.255'],
    ['10.0.0.1/32', '10.0.0.1', '10.0.0.0'],
    ['::1', '::1', '::2'],
    ['fe80::/10', 'fe80::1%eth0', 'fec0::1'],
    ['2001:db8::/33', '2001:db8:7fff::1', '2001:db8:8000::1'],
    ['10.0.0.0/8', '::ffff:10.1.1.1', '::ffff:11.1.1.1'],
    ['::/96', '::1.2.3.4', '::1:0:0:0'],
    ['10.0.0.0/8', '10.0.0.1', '::10.0.0.1'],
  ];
  for (const [subnet, inside, outside] of rows) {
    t.equal(IpSubnet.parse(subnet).has(inside), true, `${subnet} has ${inside}`);
    t.equal(IpSubnet.parse(subnet).has(outside), false, `${subnet} has not ${outside}`);
  }
  t.end();
});

t.test('what is no subnet says whether it was meant as one', (t) => {
  const bad = { message: 'The specified IP address is invalid.', looksLikeAddress: true };
  const mask = { message: 'The specified network mask is invalid.', looksLikeAddress: true };
  for (const text of ['300', '10.1.2.3.4', '10..1', '10/8', '1:2', '::ffff:10.0.0.1', '']) {
    t.throws(() => IpSubnet.parse(text), bad, text);
  }
  for (const text of [
    '10.0.0.0/0',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '::1/129',
    '::1/255.0.0.0',
    '1.2.3.4/08x',
  ]) {
    t.throws(() => IpSubnet.parse(text), mask, text);
  }
  for (const text of ['example.org', 'x/8', '10.0.0.1a']) {
    t.throws(
      () => IpSubnet.parse(text),
      { ...bad, message: 'it does not look like an IP address', looksLikeAddress: false },
      text,
    );
  }
  t.end();
});

t.test('addresses are the same however they are written', (t) => {
  t.equal(sameAddress('::1', '0:0::1'), true);
  t.equal(sameAddress('127.0.0.1', '::ffff:127.0.0.1'), true);
  t.equal(sameAddress('127.0.0.1', '::127.0.0.1'), false);
  t.equal(sameAddress('fe80::1%eth0', 'fe80::1'), true);
  t.equal(sameAddress('localhost', 'localhost'), false);
  t.end();
});
