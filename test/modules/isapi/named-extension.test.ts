import t from 'tap';
import { namedExtension, otherExtensions } from '../../../lib/modules/isapi/named-extension.js';

const FILES = new Set(['/srv/a/legacy.dll', '/srv/b/legacy.dll', '/srv/a/Orders.dll', '/srv/b/x.so']);

t.test('an extension is named by its path, the end of it, or its name', async (t) => {
  t.equal(namedExtension(FILES, '/srv/a/legacy.dll'), '/srv/a/legacy.dll');
  t.equal(namedExtension(FILES, 'a/legacy.dll'), '/srv/a/legacy.dll');
  t.equal(namedExtension(FILES, './b/legacy'), '/srv/b/legacy.dll');
  t.equal(namedExtension(FILES, 'Orders.dll'), '/srv/a/Orders.dll');
  t.equal(namedExtension(FILES, 'Orders'), '/srv/a/Orders.dll');
  t.equal(namedExtension(FILES, 'orders'), '/srv/a/Orders.dll');
  t.equal(namedExtension(FILES, 'x'), '/srv/b/x.so');
});

t.test('what is none of them is none', async (t) => {
  t.equal(namedExtension(FILES, 'egacy.dll'), undefined);
  t.equal(namedExtension(FILES, '/legacy.dll'), undefined, 'a path is a whole one');
  t.equal(namedExtension(FILES, ''), undefined);
});

t.test('several that fit are named', async (t) => {
  t.throws(() => namedExtension(FILES, 'legacy'), {
    code: 'ACTION',
    message:
      "legacy may be any of /srv/a/legacy.dll, /srv/b/legacy.dll; name one by its path, or by more of the path's end",
  });
});

t.test('who has named none hears of the nearest, or of all', async (t) => {
  t.equal(otherExtensions(FILES, 'ordres.dll'), 'did you mean /srv/a/Orders.dll?');
  t.match(otherExtensions(FILES, 'quite.another'), /names, are \/srv\/a\/Orders\.dll, .*\/srv\/b\/x\.so$/);
  t.match(otherExtensions(new Set(), 'x'), /^no extension has run since the server started/);
  const many = new Set(Array.from({ length: 20 }, (_, index) => `/srv/number-${index}.dll`));
  t.match(otherExtensions(many, 'q'), /, \/srv\/number-\d+\.dll and 12 more$/);
});
