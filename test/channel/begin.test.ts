import t from 'tap';

import { BEGIN_FLAGS, decodeBegin, encodeBegin, type BeginJob } from '../../lib/channel/begin.js';
import { FRAME, FRAME_HEADER_BYTES } from '../../lib/channel/frames.js';
import { sampleFacts } from '../helpers/facts.js';

function sampleJob(changes: Partial<BeginJob> = {}): BeginJob {
  return {
    number: 7,
    flags: BEGIN_FLAGS.CACHED | BEGIN_FLAGS.KEEP_CONNECTION,
    librarySlot: 3,
    library: '/srv/www/caf\xe9.dll',
    totalBytes: 12,
    window: 262_144,
    facts: sampleFacts(),
    available: Buffer.from([0, 1, 2, 255, 0]),
    moreBody: true,
    ...changes,
  };
}

function crossed(job: BeginJob): BeginJob {
  return decodeBegin(encodeBegin(job).subarray(FRAME_HEADER_BYTES));
}

t.test('a job comes out as it was put in', async (t) => {
  t.same(crossed(sampleJob()), sampleJob());
});

t.test('the frame has the type and the length of its payload', async (t) => {
  const bytes = encodeBegin(sampleJob());
  t.equal(bytes.readUInt32LE(0), bytes.length - FRAME_HEADER_BYTES);
  t.equal(bytes.readUInt16LE(4), FRAME.BEGIN);
  t.equal(bytes.readUInt16LE(6), 0);
});

t.test('numbers at their limits, and nothing of everything', async (t) => {
  const extreme = sampleJob({
    number: 0xffffffff,
    flags: 0xffffffff,
    librarySlot: 4095,
    totalBytes: 0xffffffff,
    window: 0xffffffff,
  });
  t.same(crossed(extreme), extreme);
  const empty = sampleJob({
    number: 0,
    flags: 0,
    librarySlot: 0,
    library: '',
    totalBytes: 0,
    window: 0,
    facts: sampleFacts({ headers: [], environment: [] }),
    available: Buffer.alloc(0),
    moreBody: false,
  });
  t.same(crossed(empty), empty);
});

t.test('the bytes that were read ahead are not copied', async (t) => {
  const payload = encodeBegin(sampleJob()).subarray(FRAME_HEADER_BYTES);
  const { available } = decodeBegin(payload);
  payload[payload.length - 1] = 9;
  t.equal(available[4], 9);
});

t.test('flags are bits of their own', async (t) => {
  const bits = Object.values(BEGIN_FLAGS);
  t.equal(
    bits.reduce<number>((all, bit) => all | bit, 0),
    bits.reduce<number>((sum, bit) => sum + bit, 0),
  );
});
