import t from 'tap';

import { BEGIN_FLAGS, BODY_REST, decodeBegin, encodeBegin, type BeginJob } from '../../lib/channel/begin.js';
import { FRAME, FRAME_HEADER_BYTES } from '../../lib/channel/frames.js';
import { plainFacts, sampleFacts } from '../helpers/facts.js';

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
    rest: BODY_REST.ASKED,
    ...changes,
  };
}

function crossed(job: BeginJob): BeginJob {
  const arrived = decodeBegin(encodeBegin(job).subarray(FRAME_HEADER_BYTES));
  return { ...arrived, facts: plainFacts(arrived.facts) };
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
    rest: BODY_REST.NONE,
  });
  t.same(crossed(empty), empty);
});

t.test('the bytes that were read ahead are not copied', async (t) => {
  const payload = encodeBegin(sampleJob()).subarray(FRAME_HEADER_BYTES);
  const { available } = decodeBegin(payload);
  payload[payload.length - 1] = 9;
  t.equal(available[4], 9);
});

t.test('bytes in the body area are found there', async (t) => {
  const area = Buffer.from('....some bytes....');
  const job = sampleJob({ available: area.subarray(4, 14), rest: BODY_REST.PUSHED });
  const bytes = encodeBegin(job, 4);
  t.equal(bytes.length, encodeBegin(job).length - 10, 'the frame does not carry them');
  const arrived = decodeBegin(bytes.subarray(FRAME_HEADER_BYTES), area);
  t.equal(Buffer.from(arrived.available).toString(), 'some bytes');
  t.equal(arrived.rest, BODY_REST.PUSHED);
});

t.test('flags are bits of their own', async (t) => {
  const bits = Object.values(BEGIN_FLAGS);
  t.equal(
    bits.reduce<number>((all, bit) => all | bit, 0),
    bits.reduce<number>((sum, bit) => sum + bit, 0),
  );
});
