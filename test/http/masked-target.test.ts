import t from 'tap';
import { maskedTarget } from '../../lib/http/masked-target.js';

t.test('values of parameters that look like secrets are masked, and nothing else', async (t) => {
  const rows: [target: string, shown: string][] = [
    ['/a', '/a'],
    ['/a?b', '/a?b'],
    ['/a?b=c&d', '/a?b=c&d'],
    ['/a?password=x&user=y', '/a?password=********&user=y'],
    ['/a?PWD=x', '/a?PWD=********'],
    ['/a?api_key=1&keyword=2', '/a?api_key=********&keyword=2'],
    ['/a?x=1&sessionid=2&PHPSESSID=3', '/a?x=1&sessionid=********&PHPSESSID=********'],
    ['/a?token', '/a?token'],
    ['/a?a=b;c', '/a?a=b;c'],
    ['/a?pass%77ord=x&y=1', '/a?pass%77ord=********&y=1'],
    ['//user:x@host/a', '//user:********@host/a'],
    ['/\xc3\xa4\n?\x01', '/ä\\n?\\x01'],
  ];
  for (const [target, shown] of rows) t.equal(maskedTarget(target), shown, target);
});
