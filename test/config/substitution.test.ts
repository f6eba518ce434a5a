import t from 'tap';
import { MAX_SUBSTITUTION, substitute } from '../../lib/config/substitution.js';

t.test('groups, protected characters and plain text are put together', (t) => {
  const captures = ['whole', 'one', undefined, 'three'];
  const rows: [template: string, expected: string][] = [
    ['', ''],
    ['plain & $ text', 'plain & $ text'],
    ['$0-$1-$2-$3-$9', 'whole-one--three-'],
    ['$12', 'one2'],
    ['\\$1 \\\\ \\n', '$1 \\ n'],
    ['ends in \\', 'ends in \\'],
    ['ends in $', 'ends in $'],
  ];
  for (const [template, expected] of rows) t.equal(substitute(template, captures), expected, template);
  t.end();
});

t.test('a result without end is given up', (t) => {
  const most = 'x'.repeat(MAX_SUBSTITUTION);
  t.equal(substitute('$0', [most])?.length, 65_535);
  t.equal(substitute('$0!', [most]), undefined);
  t.end();
});
