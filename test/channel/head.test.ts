import t from 'tap';

import { decodeHead, encodeHead, type ReceivedHead } from '../../lib/channel/head.js';
import { ResponseHead } from '../../lib/isapi/response-head.js';

function crossed(submit: (head: ResponseHead) => void): ReceivedHead {
  const head = new ResponseHead();
  submit(head);
  return decodeHead(Buffer.from(encodeHead(head), 'latin1'), head.status);
}

t.test('status, reason and headers cross the channel', async (t) => {
  t.same(
    crossed((head) =>
      head.submit('404 caf\xe9 -+B', 'X-A: 1\r\nX-B:\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n', 0),
    ),
    {
      status: 404,
      reason: 'caf\xe9 -+B',
      hasBlock: true,
      lengthDropped: false,
      headers: [
        ['X-A', '1'],
        ['X-B', ''],
        ['Set-Cookie', 'a'],
        ['Set-Cookie', 'b'],
      ],
    },
  );
});

t.test('a reason that is absent is not one that is empty', async (t) => {
  t.equal(crossed((head) => head.submit('404', '\r\n', 0)).reason, undefined);
  t.equal(crossed((head) => head.submit('404 ', '\r\n', 0)).reason, '');
});

t.test('a status alone is told from a block without headers', async (t) => {
  const status = crossed((head) => head.submit('404 Lost', '', 0));
  t.same(status, { status: 404, reason: 'Lost', hasBlock: false, lengthDropped: false, headers: [] });
  const block = crossed((head) => head.submit('404 Lost', '\r\n', 0));
  t.same(block, { status: 404, reason: 'Lost', hasBlock: true, lengthDropped: false, headers: [] });
});

t.test('a payload that is cut or empty gives what is whole in it', async (t) => {
  const decode = (text: string): ReceivedHead => decodeHead(Buffer.from(text, 'latin1'), 200);
  t.same(decode(''), { status: 200, reason: undefined, hasBlock: false, lengthDropped: false, headers: [] });
  t.same(decode('B+Fine\0X-A\x001\0X-B'), {
    status: 200,
    reason: 'Fine',
    hasBlock: true,
    lengthDropped: false,
    headers: [['X-A', '1']],
  });
});
