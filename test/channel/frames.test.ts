import t from 'tap';

import {
  FRAME,
  frame,
  FrameReader,
  MAX_PAYLOAD_BYTES,
  writeFrameHeader,
  type FrameType,
} from '../../lib/channel/frames.js';
import { randomFrom, type Random } from '../helpers/random.js';

interface Seen {
  readonly type: FrameType;
  readonly argument: number;
  readonly payload: string;
}

/** What a reader hands over for some chunks, the pieces of a body put together. */
function read(chunks: readonly Buffer[]): Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader((type, argument, payload) => {
    const last = seen.at(-1);
    const text = payload.toString('latin1');
    if (type === FRAME.BODY && last?.type === FRAME.BODY) {
      seen[seen.length - 1] = { ...last, payload: last.payload + text };
    } else seen.push({ type, argument, payload: text });
  });
  for (const chunk of chunks) reader.push(chunk);
  return seen;
}

/** Cuts bytes into pieces of random lengths. */
function cut(bytes: Buffer, random: Random, longest: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.below(longest);
    // A copy, as a socket gives: the reader must not rely on what stood before or after.
    pieces.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}

t.test('a frame is a length, a type, an argument and the payload', async (t) => {
  t.equal(frame(FRAME.END, Buffer.from([1, 2, 3]), 0x0201).toString('hex'), '0300000016000102010203');
  t.equal(frame(FRAME.READY).toString('hex'), '0000000010000000');
  t.equal(frame(FRAME.FAILED, 'é').toString('hex'), '0200000018000000c3a9', 'texts are UTF-8');
  const header = Buffer.alloc(10, 0xff);
  writeFrameHeader(header, 1, FRAME.DATA, 0x01020304, 2);
  t.equal(header.toString('hex'), 'ff0403020102000200ff');
});

t.test('types have numbers of their own', async (t) => {
  const types = Object.values(FRAME);
  t.equal(new Set(types).size, types.length);
});

t.test('several frames in one chunk, and a body in between', async (t) => {
  const bytes = Buffer.concat([
    frame(FRAME.HEAD, 'head', 200),
    frame(FRAME.BODY, 'some '),
    frame(FRAME.BODY, 'body'),
    frame(FRAME.END, '', 1),
    frame(FRAME.IDLE),
  ]);
  t.same(read([bytes]), [
    { type: FRAME.HEAD, argument: 200, payload: 'head' },
    { type: FRAME.BODY, argument: 0, payload: 'some body' },
    { type: FRAME.END, argument: 1, payload: '' },
    { type: FRAME.IDLE, argument: 0, payload: '' },
  ]);
});

t.test('a body is handed over as it comes, other payloads when they are whole', async (t) => {
  const pieces: string[] = [];
  const reader = new FrameReader((type, _argument, payload) => pieces.push(`${type}:${payload.toString()}`));
  reader.push(frame(FRAME.BODY, 'abcdef').subarray(0, 11));
  t.same(pieces, [`${FRAME.BODY}:abc`]);
  reader.push(Buffer.from('de'));
  reader.push(Buffer.concat([Buffer.from('f'), frame(FRAME.NOTE, 'note').subarray(0, 10)]));
  t.same(pieces.slice(1), [`${FRAME.BODY}:de`, `${FRAME.BODY}:f`]);
  reader.push(Buffer.from('t'));
  t.equal(pieces.length, 3);
  reader.push(Buffer.from('e'));
  t.equal(pieces[3], `${FRAME.NOTE}:note`);
});

t.test('an empty body frame is nothing', async (t) => {
  t.same(read([Buffer.concat([frame(FRAME.BODY), frame(FRAME.END)])]), [
    { type: FRAME.END, argument: 0, payload: '' },
  ]);
});

t.test('a chunk that ends with a header, byte by byte before', async (t) => {
  const bytes = frame(FRAME.NOTE, 'x'.repeat(300), 7);
  const singles = Array.from(bytes, (byte) => Buffer.from([byte]));
  t.same(read(singles), [{ type: FRAME.NOTE, argument: 7, payload: 'x'.repeat(300) }]);
  t.same(read([bytes.subarray(0, 8), bytes.subarray(8)]), [
    { type: FRAME.NOTE, argument: 7, payload: 'x'.repeat(300) },
  ]);
});

t.test('a header that claims too much is refused, whatever its type and however it comes', async (t) => {
  for (const type of [FRAME.BODY, FRAME.NOTE, 999 as FrameType]) {
    const header = Buffer.alloc(8);
    writeFrameHeader(header, 0, type, MAX_PAYLOAD_BYTES + 1);
    t.throws(() => read([header]), { code: 'CHANNEL_FRAME' });
    t.throws(() => read([header.subarray(0, 3), header.subarray(3)]), { code: 'CHANNEL_FRAME' });
    writeFrameHeader(header, 0, type, MAX_PAYLOAD_BYTES);
    t.same(read([header]), [], 'as much as is allowed is waited for');
  }
});

t.test('any cutting of a stream gives the same frames', async (t) => {
  const random = randomFrom(0xf4a3e);
  const types = Object.values(FRAME) as [FrameType, ...FrameType[]];
  for (let round = 0; round < 300; round++) {
    const frames = Array.from({ length: 1 + random.below(12) }, () =>
      frame(random.pick(types), random.bytes(random.below(60)), random.below(65_536)),
    );
    const stream = Buffer.concat(frames);
    const whole = read([stream]);
    const bytes = whole.reduce((sum, { payload }) => sum + payload.length, 0);
    t.equal(
      bytes,
      frames.reduce((sum, each) => sum + each.length - 8, 0),
    );
    t.same(read(cut(stream, random, 1 + random.below(40))), whole);
  }
});

t.test('junk gives frames or an error of the channel, nothing else', async (t) => {
  const random = randomFrom(0x7bad);
  let refused = 0;
  for (let round = 0; round < 500; round++) {
    try {
      read(cut(random.bytes(random.below(200)), random, 50));
    } catch (error) {
      t.match(error, { code: 'CHANNEL_FRAME' });
      refused++;
    }
  }
  t.ok(refused > 100, `${refused} were refused`);
});
