import t from 'tap';
import { hashCost, verifyPassword } from '../../../lib/modules/authn-file/crypt/index.js';
import { PasswordChecker } from '../../../lib/modules/authn-file/password-checker.js';
import { PasswordThreads } from '../../../lib/modules/authn-file/password-threads.js';

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Made by htpasswd 2.4, openssl passwd 3.0 and crypt(3) of Debian 12. */
const HASHES: readonly (readonly [password: string, hash: string])[] = [
  ['secret', '$2y$04$37FFnslVQIJR4EnbYR7Isunm23EukD20zZq2.L.n1E/yO8jA7yhmC'],
  ['päss wörd', '$2y$04$mVggiZWNyl5BenQoBDxPre59q3SST/ombxZqsEaHvhCPYnggdd9YK'],
  ['secret', '$2a$04$x3uTMkR42Aj6tmd1wWZiOOvEKOGvVa7Yqz22gYbD1UVzBRdK6OCoG'],
  ['secret', '$2b$04$9kI19BDUniYQAgn3zGjGsOz.QBljNgSnwo4VP1rLBGNoggIv2xtNG'],
  ['secret', '$apr1$BmBCN23.$JS.JVI74yfUidCIxuSfjv/'],
  ['päss wörd', '$apr1$NZbGEKOm$FADa5qrW2VP5Rn31zGvfI.'],
  ['a password with more than sixteen characters', '$apr1$12345678$wtJhDlzdUyxvC8sFX.Bel/'],
  ['secret', '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ='],
  ['longsecr', 'YntOQ5/w/.bFc'],
  ['pässe', './v4yUmL4to.U'],
  ['secret', '$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1'],
  ['x', '$1$a$TYcRT0JumNkKBBlirG1X4/'],
  ['secret', '$5$8/6dO26HV6VGXnOh$HE6mwo/J2b0kjwOWf8VUixiiL5iV/D/qUsLu6uOK5rA'],
  [
    'secret',
    '$6$uYI8HPvNFNm5ETDK$wohjwyuDTo1ofW/onkPVbVpyNNfMqLtPzvAOpBjwyreCu1tkEFHcoqwhLmK83eVLs5m676NqN1p73p2UJ4b8g/',
  ],
  ['päss wörd', '$5$saltstring$NSEY/G5yPE2VSoJm0XzkVaaqfQbv42P.1FFf6Ph3HgB'],
  [
    '01234567890123456789012345678901234567890123456789012345678901234567890123456789',
    '$6$saltstringsaltst$2BCtX317KvKQK4meWY50LEoT/qeQyvlLYijL4HLwNHA6Ltgf6.KOjatGRgC3nMTJqVF96tylxJDVwN8SElUZi1',
  ],
  ['secret', '$5$rounds=1234$salt$Wmg4z916IEmzueSGM6nAMfu1U2QfEnLkEX0e7ziwZcB'],
];

t.test('passwords are those of their hashes', (t) => {
  for (const [password, hash] of HASHES) {
    t.equal(verifyPassword(bytes(password), hash), true, hash);
    t.equal(verifyPassword(bytes(`x${password}`), hash), false, `another password for ${hash}`);
    t.equal(verifyPassword(bytes(password), `${hash.slice(0, -2)}..`), false, `another hash than ${hash}`);
  }
  t.end();
});

t.test('the old form of crypt has eight characters, and no bytes beyond seven bits', (t) => {
  const hash = HASHES.find(([, each]) => each.length === 13)?.[1] ?? '';
  t.equal(verifyPassword('longsecretandmore', hash), true);
  t.end();
});

t.test('what is no hash is told apart', (t) => {
  for (const hash of [
    '',
    'secret',
    '$2y$',
    '$2x$05$abcdefghijklmnopqrstuu',
    '$y$j9T$x$y',
    '$7$abc',
    '*0',
    '!',
    'x'.repeat(14),
  ]) {
    t.equal(hashCost(hash), 'unknown', hash);
    t.equal(verifyPassword(hash, hash), false, hash);
  }
  t.equal(hashCost('{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ='), 'quick');
  t.equal(hashCost('$apr1$x$y'), 'slow');
  t.end();
});

t.test('a password that is no UTF-8, or longer than crypt takes, is wrong and not an error', (t) => {
  for (const [, hash] of HASHES) {
    t.equal(verifyPassword('\xff\xfe', hash), false, hash);
    t.equal(verifyPassword('x'.repeat(100_000), hash), false, hash);
  }
  t.end();
});

t.test('no text as a hash ends in an exception', (t) => {
  const beginnings = ['$1$', '$apr1$', '$5$', '$6$', '$5$rounds=', '$6$rounds=1$', '{SHA}', '$2y$04$', '..'];
  for (const start of beginnings) {
    for (const rest of ['', '$', '$$$', 'a$b$c', '\xff'.repeat(60), '.'.repeat(53)]) {
      t.type(verifyPassword('secret', start + rest), 'boolean', start + rest);
    }
  }
  t.end();
});

t.test('a password that was right is not hashed again, for its hash alone', async (t) => {
  const asked: string[] = [];
  class Counted extends PasswordThreads {
    override verify({ password, hash }: { password: string; hash: string }): Promise<boolean> {
      asked.push(`${password} ${hash}`);
      return Promise.resolve(password === 'right');
    }
  }
  const checker = new PasswordChecker(new Counted());
  const both = await Promise.all([checker.check('right', '$apr1$a$b'), checker.check('right', '$apr1$a$b')]);
  t.same(both, [true, true]);
  t.equal(checker.check('right', '$apr1$a$b'), true);
  t.equal(await checker.check('wrong', '$apr1$a$b'), false);
  t.equal(await checker.check('wrong', '$apr1$a$b'), false);
  t.equal(await checker.check('right', '$apr1$a$c'), true);
  t.same(asked, ['right $apr1$a$b', 'wrong $apr1$a$b', 'wrong $apr1$a$b', 'right $apr1$a$c']);
});

t.test('threads check several passwords at the same time, and what does not fit is refused', async (t) => {
  const threads = new PasswordThreads({ threads: 2, waiting: 3 });
  t.teardown(() => threads.close());
  const [password = '', hash = ''] = HASHES.find(([, each]) => each.startsWith('$6$')) ?? [];
  const job = { password: bytes(password), hash };
  const results = await Promise.allSettled([
    ...Array.from({ length: 4 }, () => threads.verify(job)),
    threads.verify({ password: 'other', hash }),
    threads.verify(job),
  ]);
  t.same(
    results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
    [true, true, true, true, false, 'Error: 3 other passwords wait to be checked'],
  );
});

t.test('a hash that asks for too much work is given up, and others go on', async (t) => {
  // Long enough for the other one, and for a thread to start, on any machine.
  const threads = new PasswordThreads({ threads: 1, time: 5000 });
  t.teardown(() => threads.close());
  const endless = threads.verify({ password: 'x', hash: `$6$rounds=999999999$salt$${'x'.repeat(86)}` });
  const next = threads.verify({ password: 'secret', hash: '$1$abc$x' });
  await t.rejects(endless, { message: /longer than 5 s; its hash asks for too much work/ });
  t.equal(await next, false);
});

t.test('closing rejects what is under way', async (t) => {
  const threads = new PasswordThreads({ threads: 1 });
  const jobs = Array.from({ length: 2 }, () =>
    threads.verify({ password: 'x', hash: `$6$rounds=999999999$salt$${'x'.repeat(86)}` }),
  );
  const settled = Promise.allSettled(jobs);
  await threads.close();
  t.same(
    (await settled).map((result) => (result.status === 'rejected' ? String(result.reason) : 'done')),
    ['Error: the server stops', 'Error: the server stops'],
  );
});
