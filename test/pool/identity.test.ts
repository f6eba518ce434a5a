import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { parsePools } from '../../lib/config/pools.js';
import { poolIdentity, type Identity, type IdentityProblem } from '../../lib/pool/identity.js';
import { checkIdentities } from '../../lib/pool/pools.js';

/** A user of this machine that is not the one who runs the test, with its own group. */
interface Person {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const passwd = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8') : '';
const people = passwd
  .split('\n')
  .map((line) => line.split(':'))
  .filter((fields) => fields.length > 3)
  .map(([name = '', , uid, gid]): Person => ({ name, uid: Number(uid), gid: Number(gid) }));
const own = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
const me = people.find(({ uid }) => uid === own.uid);
const other = people.find(({ uid, gid }) => uid !== own.uid && gid !== own.gid && uid !== 0);
const skip = me && other ? false : 'needs a system with /etc/passwd and a second user';
// The tests that use them are skipped without them.
const somebody = other!;
const myself = me!;

/** Lets this process look like one that somebody runs. */
function pretend(t: Test, uid: number, gid: number): void {
  t.intercept(process, 'getuid', { value: () => uid });
  t.intercept(process, 'getgid', { value: () => gid });
}

function problem(found: Identity | IdentityProblem | undefined): string {
  return found && 'message' in found ? `${found.setting}: ${found.message}` : 'none';
}

t.test('without user and group a pool runs as the server does', async (t) => {
  t.equal(poolIdentity('', ''), undefined);
});

t.test('naming the server\u2019s own user changes nothing, whoever that is', { skip }, async (t) => {
  t.equal(poolIdentity(myself.name, ''), undefined);
  pretend(t, somebody.uid, somebody.gid);
  t.equal(poolIdentity(somebody.name, ''), undefined);
});

t.test('names that are not there are told', { skip }, async (t) => {
  t.equal(problem(poolIdentity('no-such-user', '')), 'user: there is no user no-such-user');
  t.equal(problem(poolIdentity('', 'no-such-group')), 'group: there is no group no-such-group');
  t.equal(problem(poolIdentity('no-such-user', 'no-such-group')), 'user: there is no user no-such-user');
  t.equal(problem(poolIdentity(somebody.name.slice(0, -1), '')).startsWith('user: there is no'), true);
});

t.test('a server of root takes on a user with its group, or another group', { skip }, async (t) => {
  pretend(t, 0, 0);
  t.match(poolIdentity(somebody.name, ''), { uid: somebody.uid, gid: somebody.gid });
  t.match(poolIdentity(somebody.name, 'root'), { uid: somebody.uid, gid: 0 });
  const group = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , gid]) => gid !== '0');
  t.match(poolIdentity('', group?.[0] ?? ''), { uid: 0, gid: Number(group?.[2]) });
});

t.test('another server cannot', { skip }, async (t) => {
  pretend(t, 54_321, 54_321);
  t.equal(
    problem(poolIdentity(somebody.name, '')),
    'user: only a server started as root can run a pool as another user',
  );
  t.equal(
    problem(poolIdentity('', 'root')),
    'group: only a server started as root can run a pool as another group',
  );
});

t.test('on Windows there are no other users', async (t) => {
  t.intercept(process, 'platform', { value: 'win32' });
  t.equal(problem(poolIdentity('ada', '')), 'user: a pool of its own user is not possible on Windows');
  t.equal(problem(poolIdentity('', 'staff')), 'group: a pool of its own user is not possible on Windows');
});

t.test('a pools file with users that cannot be has problems with their places', { skip }, async (t) => {
  pretend(t, 0, 0);
  const { pools } = parsePools(
    `[default]\n[a]\nuser = ${somebody.name}\n[b]\nthreads.max = 2\n  user =  no-such-user\n[c]\ngroup=nothing-such\n`,
    'pools.ini',
  );
  const { identities, problems } = checkIdentities(pools);
  t.same([...identities.keys()], ['a']);
  t.same(problems, [
    {
      severity: 'error',
      message: 'there is no user no-such-user',
      place: { file: 'pools.ini', line: 6, column: 11 },
    },
    {
      severity: 'error',
      message: 'there is no group nothing-such',
      place: { file: 'pools.ini', line: 8, column: 7 },
    },
  ]);
});

const notRoot = own.uid === 0 ? skip : 'only root can hand over files';

t.test('a folder and the files in it are handed over', { skip: notRoot }, async (t) => {
  const folder = join(t.testdir(), 'run');
  mkdirSync(folder);
  writeFileSync(join(folder, 'file'), '');
  chmodSync(folder, 0o700);
  const identity = poolIdentity(somebody.name, '');
  if (!identity || !('give' in identity)) throw new Error(problem(identity));
  await identity.give(folder);
  for (const path of [folder, join(folder, 'file')]) {
    t.match(statSync(path), { uid: somebody.uid, gid: somebody.gid });
  }
});
