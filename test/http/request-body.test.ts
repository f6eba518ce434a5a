import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import t from 'tap';

import { HostError } from '../../lib/errors.js';
import { BodyStream, RequestBody } from '../../lib/http/request-body.js';
import { randomFrom } from '../helpers/random.js';

const text = ({ bytes, ended }: { bytes: Buffer; ended: boolean }): [string, boolean] => [
  bytes.toString(),
  ended,
];

/** A body, and the message that it comes with: its stream, and whether all of it arrived. */
interface Arriving {
  readonly body: RequestBody;
  readonly stream: PassThrough & { complete: boolean };
  /** how often the client was asked for it */
  asked: number;
}

function open(limit = 0): Arriving {
  const stream = Object.assign(new PassThrough(), { complete: false });
  stream.on('error', () => undefined).on('finish', () => (stream.complete = true));
  const arriving: Arriving = {
    stream,
    asked: 0,
    body: new RequestBody(stream as unknown as IncomingMessage, limit, () => arriving.asked++),
  };
  return arriving;
}

t.test(
  'what is there is given, as much as is asked for, and the end with the last of it or after',
  async (t) => {
    const { body, stream } = open();
    stream.write('abcdef');
    t.same(text(await body.some(4)), ['abcd', false]);
    t.same(text(await body.some(4)), ['ef', false]);
    stream.end();
    t.same(text(await body.some(100)), ['', true]);
    t.same(text(await body.some(100)), ['', true], 'the end stays');
    t.equal(body.received, 6);
    t.ok(body.ended);
  },
);

t.test('a piece is waited for, and that shows', async (t) => {
  const arriving = open();
  const { body, stream } = arriving;
  t.equal(arriving.asked, 0, 'nothing is taken before the first read');
  const piece = body.some(10);
  t.ok(body.waiting);
  stream.write('late');
  t.same(text(await piece), ['late', false]);
  t.notOk(body.waiting);
  t.equal(arriving.asked, 1);
});

t.test('a body that breaks off gives what came, then the error, and again', async (t) => {
  const { body, stream } = open();
  stream.write('some');
  t.same(text(await body.some(10)), ['some', false]);
  const waiting = body.some(10);
  stream.destroy();
  await t.rejects(waiting, new HostError('BODY_INCOMPLETE', 'the connection ended before the body did'));
  await t.rejects(body.some(10), { code: 'BODY_INCOMPLETE' });
});

t.test('a body that has failed before it was read is not taken from the client', async (t) => {
  const arriving = open();
  arriving.body.fail('BODY_TIMEOUT', 'nothing arrived');
  await t.rejects(arriving.body.some(10), { code: 'BODY_TIMEOUT', message: 'nothing arrived' });
  t.equal(arriving.asked, 0);
});

t.test('a body that is larger than it may be fails', async (t) => {
  const { body, stream } = open(5);
  stream.write('12345');
  t.same(text(await body.some(10)), ['12345', false]);
  const more = body.some(10);
  stream.write('6');
  await t.rejects(more, { code: 'BODY_TOO_LARGE' });
});

t.test('reading ahead gives the bytes that were asked for, or all there are', async (t) => {
  const { body, stream } = open();
  stream.write('abc');
  const ahead = body.ahead(5);
  stream.write('defgh');
  t.same(text(await ahead), ['abcde', false]);
  t.same(text(await body.some(10)), ['fgh', false], 'the rest comes behind it');
  stream.end();
  t.same(text(await body.ahead(10)), ['', true]);
});

t.test('reading nothing ahead takes nothing', async (t) => {
  const arriving = open();
  arriving.stream.write('abc');
  t.same(text(await arriving.body.ahead(0)), ['', false]);
  t.equal(arriving.asked, 0);
  t.same(text(await arriving.body.some(10)), ['abc', false]);
});

t.test('a client that sends faster than it is read has to wait', async (t) => {
  const { body, stream } = open();
  await Promise.all([body.some(1), new Promise((resolve) => stream.write(Buffer.alloc(200_000), resolve))]);
  t.ok(stream.isPaused());
  for (let left = 199_999; left > 0;) left -= (await body.some(70_000)).bytes.length;
  const more = body.some(10);
  stream.write('more');
  t.same(text(await more), ['more', false]);
});

t.test('a body that nobody reads any more ends', async (t) => {
  const { body } = open();
  const waiting = body.some(10);
  body.close();
  t.same(text(await waiting), ['', true]);
});

t.test('a body of any pieces comes whole, whatever is asked for, and as a stream', async (t) => {
  const random = randomFrom(0xb0d1);
  for (let round = 0; round < 100; round++) {
    const content = random.bytes(random.below(5000));
    const { body, stream } = open();
    for (let at = 0; at < content.length;) {
      const length = 1 + random.below(900);
      stream.write(content.subarray(at, at + length));
      at += length;
    }
    stream.end();
    const got: Buffer[] = [];
    if (round % 3 === 0) {
      for await (const chunk of new BodyStream(body)) got.push(chunk as Buffer);
    } else {
      let { bytes, ended } = await body.ahead(random.below(3000));
      got.push(bytes);
      while (!ended) {
        const limit = 1 + random.below(700);
        ({ bytes, ended } = await body.some(limit));
        if (bytes.length > limit) t.fail(`${bytes.length} bytes for ${limit}`);
        got.push(bytes);
      }
    }
    t.ok(Buffer.concat(got).equals(content));
  }
});

t.test('a stream fails as its body does', async (t) => {
  const { body, stream } = open();
  const read = new BodyStream(body);
  stream.write('some');
  t.equal(String((await read[Symbol.asyncIterator]().next()).value), 'some');
  body.fail('BODY_MALFORMED', 'it makes no sense');
  await t.rejects(new Promise((_, reject) => read.once('error', reject)), { code: 'BODY_MALFORMED' });
});
