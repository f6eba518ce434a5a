import { join } from 'node:path';
import t from 'tap';
import { elfSystemFolders } from '../../../lib/isapi/inspect/elf-folders.js';

t.test('the loader looks where the environment and ld.so.conf say, before its own folders', async (t) => {
  const folder = t.testdir({
    'ld.so.conf': '# a comment\ninclude parts/*.conf\n/opt/two/lib /opt/three/lib\n',
    parts: {
      'b.conf': '/opt/b # last\n',
      'a.conf': '/opt/a\ninclude /nowhere/*.conf\n',
      'c.txt': '/opt/c\n',
    },
  });
  const folders = elfSystemFolders({ LD_LIBRARY_PATH: '/opt/first:/opt/a' }, join(folder, 'ld.so.conf'));
  t.same(folders.slice(0, 5), ['/opt/first', '/opt/a', '/opt/b', '/opt/two/lib', '/opt/three/lib']);
  t.ok(folders.includes('/usr/lib/x86_64-linux-gnu'));
  t.equal(new Set(folders).size, folders.length, 'each once');
});

t.test('a configuration that includes itself, or is not there, adds nothing', async (t) => {
  const folder = t.testdir({ 'ld.so.conf': 'include *.conf\n/opt/own\n' });
  t.equal(elfSystemFolders({}, join(folder, 'ld.so.conf'))[0], '/opt/own');
  t.equal(elfSystemFolders({}, join(folder, 'none.conf'))[0], '/lib/x86_64-linux-gnu');
});
