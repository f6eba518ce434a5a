import t from 'tap';
import { parseRanges } from '../../lib/http/byte-ranges.js';
import { parseHttpDate } from '../../lib/http/http-date.js';

/** `first-last,...` of what is sent, with overlaps and reversals behind it; `all` for the whole. */
function shown(header: string, size = 10): string {
  const asked = parseRanges(header, size);
  if (asked === undefined) return 'all';
  const ranges = asked.ranges.map(({ start, end }) => `${start}-${end}`).join(',');
  return `${ranges} ${asked.overlaps} ${asked.reversals}`;
}

t.test('ranges are those of the header, as far as there is something', async (t) => {
  const rows: [header: string, expected: string][] = [
    ['bytes=2-4', '2-4 0 0'],
    ['BYTES=2-4', '2-4 0 0'],
    ['bytes=7-', '7-9 0 0'],
    ['bytes=-3', '7-9 0 0'],
    ['bytes=-30', '0-9 0 0'],
    ['bytes=0-,3-4', '0-9 0 0'],
    ['bytes=3-4,0-', '0-9 0 0'],
    ['bytes=8-20', '8-9 0 0'],
    ['bytes=0-1,4-5', '0-1,4-5 0 0'],
    ['bytes=0-1, 4-5', '0-1,4-5 0 0'],
    ['bytes=20-', ' 0 0'],
    ['bytes=0-1,20-30', '0-1 0 0'],
    ['bytes=4-5,0-1', '4-5,0-1 0 0'],
  ];
  for (const [header, expected] of rows) t.equal(shown(header), expected, header);
});

t.test('ranges that touch become one, and are counted', async (t) => {
  t.equal(shown('bytes=0-1,2-3'), '0-3 1 0');
  t.equal(shown('bytes=0-5,2-3'), '0-5 1 0');
  t.equal(shown('bytes=4-5,2-3'), '2-5 1 1');
  t.equal(shown('bytes=0-1,1-2,3-3,8-9'), '0-3,8-9 2 0');
});

t.test('a header that is not understood, or asks for more than there is, gives the whole', async (t) => {
  for (const header of ['lines=1-2', 'bytes=', 'bytes=x-1', 'bytes=5-4', 'bytes=-0', 'bytes=1', 'bytes=-']) {
    t.equal(shown(header), 'all', header);
  }
  t.equal(shown('bytes=0-8,9-9,1-8,0-0'), '0-9 3 0');
  t.equal(shown('bytes=0-4,6-9,0-4'), 'all');
  t.equal(shown('bytes=0-1', 0), 'all');
});

t.test('dates have three forms', async (t) => {
  for (const text of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ]) {
    t.equal(parseHttpDate(text), 784_111_777, text);
  }
  for (const text of ['', 'yesterday', '06 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 25:00:00 GMT']) {
    t.equal(parseHttpDate(text), undefined, text);
  }
});
