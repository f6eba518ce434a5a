import t from 'tap';
import { formatProblem, Problems } from '../../lib/config/problems.js';

void t.test('a problem is shown with its line and a caret under its column', (t) => {
  const place = { file: 'conf/httpd.conf', line: 3, column: 4 };
  t.equal(
    formatProblem({ severity: 'error', message: 'no', place, source: '\tä x y' }),
    'conf/httpd.conf:3:4: error: no\n\tä x y\n\t  ^',
  );
  t.equal(formatProblem({ severity: 'warning', message: 'no', place }), 'conf/httpd.conf:3:4: warning: no');
  t.equal(formatProblem({ severity: 'error', message: 'no' }), 'error: no');
  t.end();
});

void t.test('a character of two code units has one column in front of the caret', (t) => {
  const place = { file: 'f', line: 1, column: 4 };
  t.equal(formatProblem({ severity: 'error', message: 'no', place, source: '😀 x' }).split('\n')[2], '  ^');
  t.end();
});

void t.test('control characters of a line and a message do not reach the terminal', (t) => {
  const place = { file: 'f', line: 1, column: 1 };
  const shown = formatProblem({
    severity: 'error',
    message: 'a\u001b[2Jb',
    place,
    source: 'x\u001b[2Jy\u0000',
  });
  t.equal(shown, 'f:1:1: error: a?[2Jb\nx?[2Jy?\n^');
  t.end();
});

void t.test('problems come in the order of files and lines', (t) => {
  const problems = new Problems();
  problems.addSource('a', ['one', 'two']);
  problems.addSource('b', ['three']);
  problems.warning('b1', { file: 'b', line: 1, column: 1 });
  problems.error('a2', { file: 'a', line: 2, column: 2 });
  problems.error('a2 too', { file: 'a', line: 2, column: 1 });
  problems.error('nowhere');
  t.strictSame(
    problems.all().map(({ message, source }) => [message, source]),
    [
      ['nowhere', undefined],
      ['a2 too', 'two'],
      ['a2', 'two'],
      ['b1', 'three'],
    ],
  );
  t.equal(problems.hasErrors, true);
  t.equal(problems.warnings.length, 1);
  t.end();
});
