import t from 'tap';
import { readLines } from '../../lib/config/lines.js';
import { Problems } from '../../lib/config/problems.js';
import { Variables } from '../../lib/config/variables.js';
import { splitWords } from '../../lib/config/words.js';

void t.test('words know where they begin and end', (t) => {
  t.strictSame(splitWords('a  "b c"d \'e'), [
    { text: 'a', start: 0, end: 1, unclosed: false },
    { text: 'b c', start: 3, end: 8, unclosed: false },
    { text: 'd', start: 8, end: 9, unclosed: false },
    { text: 'e', start: 10, end: 12, unclosed: true },
  ]);
  t.end();
});

void t.test('a backslash escapes only backslashes and the quote around it', (t) => {
  const texts = (text: string): string[] => splitWords(text).map((word) => word.text);
  t.strictSame(texts(String.raw`a\b a\\b a\"b`), ['a\\b', 'a\\b', 'a\\"b']);
  t.strictSame(texts(String.raw`"a\"b\'c\\"`), [`a"b\\'c\\`]);
  t.strictSame(texts(String.raw`'a\'b\"c\\'`), [`a'b\\"c\\`]);
  t.strictSame(texts('""'), ['']);
  t.end();
});

void t.test('characters of joined lines keep their places', (t) => {
  const lines = readLines('f', 'one \\\r\n  two \\\nthree\nfour', new Problems());
  t.strictSame(
    lines.map((line) => line.text),
    ['one   two three', 'four'],
  );
  const [first, second] = lines;
  t.strictSame(first?.place(0), { file: 'f', line: 1, column: 1 });
  t.strictSame(first?.place(6), { file: 'f', line: 2, column: 3 });
  t.strictSame(first?.place(10), { file: 'f', line: 3, column: 1 });
  t.strictSame(first?.place(15), { file: 'f', line: 3, column: 6 });
  t.strictSame(second?.place(3), { file: 'f', line: 4, column: 4 });
  t.end();
});

void t.test('characters behind a variable keep their places, in joined lines too', (t) => {
  const problems = new Problems();
  const [line] = readLines('f', 'a${X} \\\nb ${X}${X}c', problems);
  const variables = new Variables([], { X: 'long value' });
  const expanded = line && variables.expand(line, problems);
  t.equal(expanded?.text, 'along value b long valuelong valuec');
  t.strictSame(expanded?.place(5), { file: 'f', line: 1, column: 2 });
  t.strictSame(expanded?.place(11), { file: 'f', line: 1, column: 6 });
  t.strictSame(expanded?.place(12), { file: 'f', line: 2, column: 1 });
  t.strictSame(expanded?.place(23), { file: 'f', line: 2, column: 3 });
  t.strictSame(expanded?.place(24), { file: 'f', line: 2, column: 7 });
  t.strictSame(expanded?.place(34), { file: 'f', line: 2, column: 11 });
  t.strictSame(problems.all(), []);
  t.end();
});

void t.test('a define comes before the environment, which does not count for IfDefine', (t) => {
  const variables = new Variables(['FLAG'], { PATH: '/bin', FLAG: 'from the environment' });
  t.equal(variables.value('PATH'), '/bin');
  t.equal(variables.isDefined('PATH'), false);
  t.equal(variables.value('FLAG'), 'from the environment');
  t.equal(variables.isDefined('FLAG'), true);
  variables.define('PATH', 'mine');
  t.equal(variables.value('PATH'), 'mine');
  variables.define('PATH');
  t.equal(variables.value('PATH'), 'mine');
  variables.undefine('PATH');
  t.equal(variables.value('PATH'), '/bin');
  t.equal(variables.value('toString'), undefined);
  t.end();
});
