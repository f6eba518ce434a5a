import { chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { walkFile, type LinkPolicy } from '../../lib/http/file-walk.js';

const root = t.testdir({
  'file.txt': 'x',
  plain: 'x',
  'a folder': { 'app.dll': 'x', sub: {} },
});
writeFileSync(Buffer.from(join(root, 'caf\xe9.txt'), 'latin1'), 'x');
symlinkSync(join(root, 'a folder'), join(root, 'link'));
symlinkSync(join(root, 'nowhere'), join(root, 'dangling'));

const rows: [rest: string, filename: string, pathInfo: string, kind: string][] = [
  ['', '', '', 'folder'],
  ['/', '/', '', 'folder'],
  ['/file.txt', '/file.txt', '', 'file'],
  ['/file.txt/', '/file.txt', '/', 'file'],
  ['/file.txt/more/info', '/file.txt', '/more/info', 'file'],
  ['/plain/more', '/plain', '/more', 'file'],
  ['/plain/', '/plain', '/', 'file'],
  ['/a folder', '/a folder', '', 'folder'],
  ['/a folder/', '/a folder/', '', 'folder'],
  ['/a folder/app.dll/x/', '/a folder/app.dll', '/x/', 'file'],
  ['/a folder/sub/', '/a folder/sub/', '', 'folder'],
  ['/none', '/none', '', 'missing'],
  ['/none/', '/none', '/', 'missing'],
  ['/none/x/y', '/none', '/x/y', 'missing'],
  ['/a folder/none/y', '/a folder/none', '/y', 'missing'],
  ['/caf\xe9.txt', '/caf\xe9.txt', '', 'file'],
  ['/link/app.dll', '/link/app.dll', '', 'file'],
  [`/${'n'.repeat(300)}`, `/${'n'.repeat(300)}`, '', 'missing'],
];
for (const [rest, filename, pathInfo, kind] of rows) {
  t.test(`the path ${rest.slice(0, 40)} ends at a ${kind}`, async (t) => {
    const { stats, ...walk } = walkFile(root, rest, { suspicious: false });
    t.same(walk, { filename: root + filename, pathInfo, kind });
    t.equal(stats?.isFile(), kind === 'missing' ? undefined : kind === 'file', 'with what the disk says');
  });
}

t.test('names that Windows would read otherwise are refused where they name files', async (t) => {
  for (const rest of [
    '/file.txt.',
    '/file.txt ',
    '/file.txt::$DATA',
    '/a folder\\app.dll',
    '/a folder./app.dll',
  ]) {
    t.match(walkFile(root, rest, { suspicious: true }).refusal, { status: 404, cause: 'name' }, rest);
  }
});

t.test('the same names are allowed in path info', async (t) => {
  const walk = walkFile(root, '/a folder/app.dll/c:\\x.', { suspicious: true });
  t.match(walk, { filename: `${root}/a folder/app.dll`, pathInfo: '/c:\\x.', kind: 'file' });
});

t.test('a name after a missing one is not looked at', async (t) => {
  t.match(walkFile(root, '/none/c:', { suspicious: true }), { kind: 'missing', refusal: undefined });
});

const policies: [policy: LinkPolicy, rest: string, refused: boolean][] = [
  ['follow', '/link/app.dll', false],
  ['refuse', '/link/app.dll', true],
  ['refuse', '/link', true],
  ['refuse', '/a folder/app.dll', false],
  ['owner', '/link/app.dll', false],
  ['follow', '/dangling', true],
  ['owner', '/dangling', true],
];
for (const [policy, rest, refused] of policies) {
  t.test(`with the policy ${policy} ${rest} is ${refused ? 'refused' : 'reached'}`, async (t) => {
    const walk = walkFile(root, rest, { suspicious: false, links: () => policy });
    t.match(walk.refusal, refused ? { status: 403, cause: 'link' } : undefined);
  });
}

t.test('the policy of the folder that a link is in counts', async (t) => {
  const asked: string[] = [];
  walkFile(root, '/link/app.dll', {
    suspicious: false,
    links: (folder) => {
      asked.push(folder.slice(root.length));
      return 'follow';
    },
  });
  t.same(asked, ['', '/link']);
});

t.test(
  'a link to a file of another user is refused for SymLinksIfOwnerMatch',
  { skip: process.getuid?.() === 0 ? false : 'needs root, to make a file of another user' },
  async (t) => {
    mkdirSync(join(root, 'theirs'));
    chownSync(join(root, 'theirs'), 12345, 12345);
    symlinkSync(join(root, 'theirs'), join(root, 'tempting'));
    const walk = walkFile(root, '/tempting', { suspicious: false, links: () => 'owner' });
    t.match(walk.refusal, { status: 403, cause: 'link', reason: `${root}/tempting` });
  },
);
