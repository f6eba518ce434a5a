import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { whyNot, type Access } from '../../../lib/cli/doctor/file-access.js';

const OTHER = { uid: 12_345, gid: 12_345, groups: [23_456], label: 'other' };
const isRoot = process.getuid?.() === 0;
const skip = isRoot ? false : 'needs root';

t.test('what is not there is said first', async (t) => {
  const folder = t.testdir({});
  t.equal(whyNot(join(folder, 'none'), ['read'], OTHER), `${join(folder, 'none')} is not there`);
});

t.test('root may do everything', { skip }, async (t) => {
  const folder = t.testdir({ 'a.txt': '' });
  chmodSync(join(folder, 'a.txt'), 0);
  const root = { uid: 0, gid: 0, groups: [], label: 'root' };
  t.equal(whyNot(join(folder, 'a.txt'), ['read', 'write'], root), undefined);
});

t.test(
  'modes decide for others: the owner, the group, the rest, and every folder on the way',
  { skip },
  async (t) => {
    // Not tap's folder, whose parents may be closed to others.
    const folder = mkdtempSync(join(tmpdir(), 'isapi-host-test-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o755);
    const inner = join(folder, 'inner');
    const file = join(inner, 'a.txt');
    mkdirSync(inner);
    writeFileSync(file, '');
    const why = (mode: number, wanted: Access): string | undefined => {
      chmodSync(file, mode);
      return whyNot(file, [wanted], OTHER);
    };
    chmodSync(inner, 0o755);
    t.equal(why(0o604, 'read'), undefined);
    t.equal(why(0o640, 'read'), `other may not read ${file}`);
    chownSync(file, 0, 23_456);
    t.equal(why(0o640, 'read'), undefined, 'a group that the person is a member of');
    t.equal(why(0o604, 'read'), `other may not read ${file}`, 'the group counts before the rest');
    chownSync(file, 12_345, 0);
    t.equal(why(0o400, 'read'), undefined);
    t.equal(why(0o044, 'read'), `other may not read ${file}`, 'and the owner before the group');
    t.equal(why(0o400, 'write'), `other may not write ${file}`);
    chmodSync(inner, 0o744);
    t.equal(why(0o604, 'read'), `other may not enter ${inner}`);
  },
);

if (!isRoot)
  t.test('of its own user the system is asked', async (t) => {
    const file = join(t.testdir({ 'a.txt': '' }), 'a.txt');
    const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: [], label: 'I' };
    chmodSync(file, 0o400);
    t.equal(whyNot(file, ['read'], own), undefined);
    t.equal(whyNot(file, ['write'], own), `I may not write ${file}`);
  });
