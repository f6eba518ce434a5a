import t from 'tap';

import { decodeEnd, encodeEnd } from '../../lib/channel/end.js';
import { END_FLAGS } from '../../lib/channel/frames.js';

t.test('what the end of a session says comes across', async (t) => {
  const end = { result: 3, statusCode: 404, headFailed: true, time: 1234, logData: 'caf\xe9' };
  t.same(decodeEnd(encodeEnd(end), END_FLAGS.ORPHANED), { ...end, orphaned: true, releasing: false });
  const plain = { result: 1, statusCode: 0, headFailed: false, time: 0, logData: '' };
  t.same(decodeEnd(encodeEnd(plain), END_FLAGS.RELEASING), { ...plain, orphaned: false, releasing: true });
});

t.test('results below zero and times beyond an hour fit', async (t) => {
  const { result, time } = decodeEnd(
    encodeEnd({ result: -1, statusCode: 0, headFailed: false, time: 1e12, logData: '' }),
    0,
  );
  t.same({ result, time }, { result: 0xffffffff, time: 0xffffffff });
});
