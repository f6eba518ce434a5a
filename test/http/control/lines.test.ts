import t from 'tap';
import { decodeReply, decodeRequest, encodeLine, LineReader } from '../../../lib/http/control/lines.js';

t.test('lines are put together from pieces of any size', async (t) => {
  const bytes = Buffer.from('{"a":1}\n{"ä":2}\nrest');
  for (const size of [1, 2, 3, 7, 100]) {
    const reader = new LineReader(100);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...reader.push(bytes.subarray(at, at + size)));
    t.same(lines, ['{"a":1}', '{"ä":2}'], `pieces of ${size}`);
  }
});

t.test('a line that is too long is refused before it is whole', async (t) => {
  const reader = new LineReader(10);
  t.same(reader.push(Buffer.from('0123456789\n')), ['0123456789']);
  t.same(reader.push(Buffer.from('01234567')), []);
  t.throws(() => reader.push(Buffer.from('890')), {
    code: 'CONTROL',
    message: 'a line is longer than 10 bytes',
  });
});

t.test('a request has the name of an action, and texts as arguments', async (t) => {
  t.same(decodeRequest(encodeLine({ action: 'pool list', args: { a: 'b' } })), {
    action: 'pool list',
    args: { a: 'b' },
  });
  t.same(decodeRequest('{"action":"x"}'), { action: 'x', args: {} });
  for (const line of [
    '',
    'null',
    '[]',
    '{}',
    '{"action":1}',
    '{"action":"x","args":[]}',
    '{"action":"x","args":{"a":1}}',
  ]) {
    t.throws(() => decodeRequest(line), { code: 'CONTROL' }, line);
  }
});

t.test('a reply is an object', async (t) => {
  t.same(decodeReply('{"end":"done"}'), { end: 'done' });
  for (const line of ['x', '1', '[]']) t.throws(() => decodeReply(line), { code: 'CONTROL' }, line);
});
