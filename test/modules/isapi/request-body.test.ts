import { PassThrough, Readable } from 'node:stream';
import t from 'tap';

import { BodyIntake } from '../../../lib/modules/isapi/request-body.js';
import { randomFrom } from '../../helpers/random.js';

const text = ({ bytes, ended }: { bytes: Buffer; ended: boolean }): [string, boolean] => [
  bytes.toString(),
  ended,
];

t.test('what is there is given, as much as is asked for', async (t) => {
  const stream = new PassThrough();
  const intake = new BodyIntake(stream);
  stream.write('abcdef');
  t.same(text(await intake.some(4)), ['abcd', false]);
  t.same(text(await intake.some(4)), ['ef', false]);
  stream.end('gh');
  t.same(text(await intake.some(100)), ['gh', false]);
  t.same(text(await intake.some(100)), ['', true]);
  t.same(text(await intake.some(100)), ['', true], 'the end stays');
});

t.test('a piece is waited for', async (t) => {
  const stream = new PassThrough();
  const intake = new BodyIntake(stream);
  const piece = intake.some(10);
  stream.write('late');
  t.same(text(await piece), ['late', false]);
  const end = intake.some(10);
  stream.end();
  t.same(text(await end), ['', true]);
});

t.test('a body that is empty ends at once', async (t) => {
  t.same(text(await new BodyIntake(Readable.from([])).some(10)), ['', true]);
  t.same(text(await new BodyIntake(Readable.from([])).ahead(10)), ['', true]);
});

t.test('a body that breaks off gives what came, then the error, and again', async (t) => {
  const stream = new PassThrough();
  const intake = new BodyIntake(stream);
  stream.write('some');
  t.same(text(await intake.some(10)), ['some', false]);
  const waiting = intake.some(10);
  stream.destroy(new Error('it broke'));
  await t.rejects(waiting, { message: 'it broke' });
  await t.rejects(intake.some(10), { message: 'it broke' });
});

t.test('reading ahead gives the bytes that were asked for, or all there are', async (t) => {
  const stream = new PassThrough();
  const intake = new BodyIntake(stream);
  stream.write('abc');
  const ahead = intake.ahead(5);
  stream.write('defgh');
  t.same(text(await ahead), ['abcde', false]);
  t.same(text(await intake.some(10)), ['fgh', false], 'the rest comes behind it');
  stream.end('i');
  t.same(text(await intake.ahead(10)), ['i', true]);
});

t.test('reading nothing ahead takes nothing', async (t) => {
  const intake = new BodyIntake(Readable.from([Buffer.from('abc')]));
  t.same(text(await intake.ahead(0)), ['', false]);
  t.same(text(await intake.some(10)), ['abc', false]);
});

t.test('a body that breaks off while it is read ahead rejects', async (t) => {
  const stream = new PassThrough();
  const ahead = new BodyIntake(stream).ahead(10);
  stream.write('some');
  stream.destroy(new Error('it broke'));
  await t.rejects(ahead, { message: 'it broke' });
});

t.test('a body of any pieces comes whole, whatever is asked for', async (t) => {
  const random = randomFrom(0xb0d1);
  for (let round = 0; round < 100; round++) {
    const body = random.bytes(random.below(5000));
    const pieces: Buffer[] = [];
    for (let at = 0; at < body.length;) {
      const length = 1 + random.below(900);
      pieces.push(body.subarray(at, at + length));
      at += length;
    }
    const intake = new BodyIntake(Readable.from(pieces, { objectMode: false }));
    const got = [(await intake.ahead(random.below(3000))).bytes];
    for (;;) {
      const limit = 1 + random.below(700);
      const { bytes, ended } = await intake.some(limit);
      if (ended) break;
      if (bytes.length === 0 || bytes.length > limit) t.fail(`${bytes.length} bytes for ${limit}`);
      got.push(bytes);
    }
    t.ok(Buffer.concat(got).equals(body));
  }
});
