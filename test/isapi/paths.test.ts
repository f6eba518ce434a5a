import t from 'tap';

import { posixNotation, windowsNotation } from '../../lib/isapi/paths.js';

t.test('ELF extensions see paths as they are', async (t) => {
  for (const path of ['/srv/www/a b.txt', 'relative', '', '/', '/a\\b']) t.equal(posixNotation(path), path);
});

t.test('Windows extensions see absolute paths on the drive of the root', async (t) => {
  t.equal(windowsNotation('/srv/www/a b.txt'), 'Z:\\srv\\www\\a b.txt');
  t.equal(windowsNotation('/'), 'Z:\\');
  t.equal(windowsNotation('/srv/folder/'), 'Z:\\srv\\folder\\');
  t.equal(windowsNotation('/caf\xc3\xa9'), 'Z:\\caf\xc3\xa9');
});

t.test('a path with a drive, or a relative one, only gets backslashes', async (t) => {
  t.equal(windowsNotation('C:/srv/www'), 'C:\\srv\\www');
  t.equal(windowsNotation('a/b'), 'a\\b');
  t.equal(windowsNotation(''), '');
});
