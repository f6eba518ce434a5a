import t from 'tap';

import { textTable } from '../../lib/cli/text-table.js';

t.test('columns are as wide as their widest text, with two blanks between them', async (t) => {
  const rows = [
    ['a', '1', 'x'],
    ['long', '100', 'y z'],
    ['short row', '7'],
  ];
  t.same(textTable(rows), ['a          1    x', 'long       100  y z', 'short row  7']);
  t.same(textTable(rows, { head: ['NAME', 'N', 'REST'], right: new Set(['N', 'REST']), indent: 2 }), [
    '  NAME         N  REST',
    '  a            1     x',
    '  long       100   y z',
    '  short row    7',
  ]);
  t.same(textTable([]), []);
  t.same(textTable([], { head: ['A', 'B'] }), ['A  B']);
});

t.test('the last column is wrapped where there is a width', async (t) => {
  const text = 'word '.repeat(8).trim();
  t.same(textTable([['a', text]], { indent: 2, width: 30 }), [
    '  a  word word word word word',
    '     word word word',
  ]);
  t.equal(textTable([['a'.repeat(60), text]], { width: 30 })[0]?.length, 62 + 24, 'and has some room always');
});
