import t from 'tap';
import { strftime } from '../../../lib/http/logging/strftime.js';

const date = new Date(2026, 0, 2, 15, 4, 5);

t.test('strftime knows the conversions of C', async (t) => {
  const rows: [format: string, expected: string][] = [
    ['%a %A %b %B %h', 'Fri Friday Jan January Jan'],
    ['%d %e %j %m %y %Y %C', '02  2 002 01 26 2026 20'],
    ['%H %I %k %l %M %S %p %P', '15 03 15  3 04 05 PM pm'],
    ['%F %T %R %D %r', '2026-01-02 15:04:05 15:04 01/02/26 03:04:05 PM'],
    ['%c', 'Fri Jan  2 15:04:05 2026'],
    ['%u %w %U %W %V %G %g', '5 5 00 00 01 2026 26'],
    ['%s%n%t%%', `${Math.floor(date.getTime() / 1000)}\n\t%`],
  ];
  for (const [format, expected] of rows) t.equal(strftime(format, date), expected, format);
  t.equal(strftime('%G-%V', new Date(2027, 0, 1)), '2026-53', 'a week belongs to the year of its Thursday');
});

t.test("flags and widths are glibc's", async (t) => {
  const rows: [format: string, expected: string][] = [
    ['%-d|%_d|%0e|%-H', '2| 2|02|15'],
    ['%5d|%_5d|%05d|%010e', '00002|    2|00002|0000000002'],
    ['%^a|%#p|%^B', 'FRI|pm|JANUARY'],
    ['%10A|%-10A', '    Friday|Friday'],
    ['%Ey|%Od', '26|02'],
    ['%Q|%', '%Q|%'],
  ];
  for (const [format, expected] of rows) t.equal(strftime(format, date), expected, format);
});

t.test('a zone has its name, or its offset', async (t) => {
  t.match(strftime('%Z', date), /^(?:[A-Z]+|[+-]\d{4})$/);
  t.match(strftime('%z', date), /^[+-]\d{4}$/);
});
