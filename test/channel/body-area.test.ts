import fs from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';

import { areaFileBytes, MIN_AREA_BYTES, ServerArea, WorkerArea } from '../../lib/channel/body-area.js';
import { randomFrom } from '../helpers/random.js';

const SIZES = { output: 64 * 1024, input: 32 * 1024 };

/** Both sides of an area. The worker's memory is the file's content as it is, put there and back by hand. */
interface Sides {
  readonly server: ServerArea;
  readonly worker: WorkerArea;
  /** what the worker has written is in the file, and what the server has written in the worker's memory */
  sync(): void;
}

function open(t: Test): Sides {
  const file = path.join(t.testdir(), 'area');
  const server = new ServerArea(file, SIZES);
  t.teardown(() => {
    server.close();
  });
  t.equal(fs.statSync(file).size, areaFileBytes(SIZES));
  const memory = fs.readFileSync(file);
  const outputEnd = areaFileBytes(SIZES) - SIZES.input;
  const outputStart = outputEnd - SIZES.output;
  return {
    server,
    worker: new WorkerArea(memory, SIZES),
    sync: () => {
      const now = fs.readFileSync(file);
      now.copy(memory, 0, 0, outputStart);
      now.copy(memory, outputEnd, outputEnd);
      const fd = fs.openSync(file, 'r+');
      fs.writeSync(fd, memory, outputStart, SIZES.output, outputStart);
      fs.closeSync(fd);
    },
  };
}

const filling =
  (content: Buffer) =>
  (target: Buffer, offset: number, count: number): void => {
    content.copy(target, offset, 0, count);
  };

t.test('a response comes out as it was put in, around the end of the ring', async (t) => {
  const { server, worker, sync } = open(t);
  const random = randomFrom(7);
  for (let round = 0; round < 200; round++) {
    const content = random.bytes(MIN_AREA_BYTES + random.below(30_000));
    const count = worker.room(content.length, filling(content));
    if (count === 0) continue;
    sync();
    const taken = Buffer.alloc(count);
    server.take(taken, count);
    sync();
    t.ok(taken.equals(content.subarray(0, count)), `round ${round}`);
  }
});

t.test('pieces of any size go on through the end of the ring', async (t) => {
  const { server, worker, sync } = open(t);
  const content = Buffer.alloc(10_000, 1);
  for (let round = 0; round < 30; round++) {
    for (let left = content.length; left >= MIN_AREA_BYTES;) {
      const count = worker.room(left, filling(content));
      t.ok(count > 0, `round ${round}`);
      left -= count;
      sync();
      server.take(Buffer.alloc(count), count);
      sync();
    }
  }
});

t.test('the ring holds no more than it has room for, and short pieces are not worth while', async (t) => {
  const { server, worker, sync } = open(t);
  const content = Buffer.alloc(SIZES.output, 1);
  t.equal(worker.room(MIN_AREA_BYTES - 1, filling(content)), 0);
  t.equal(worker.room(40_000, filling(content)), 40_000);
  t.equal(worker.room(40_000, filling(content)), SIZES.output - 40_000);
  t.equal(worker.room(40_000, filling(content)), 0, 'it is full');
  sync();
  server.take(Buffer.alloc(50_000), 50_000);
  t.equal(worker.room(40_000, filling(content)), 0, 'the worker has not seen it yet');
  sync();
  t.equal(worker.room(60_000, filling(content)), 50_000);
});

t.test('pieces of request bodies lie where the server says, until their requests are over', async (t) => {
  const { server, worker, sync } = open(t);
  const [first, second, third] = [{}, {}, {}];
  const place = (owner: object, bytes: number, mark: number): number | undefined => {
    const at = server.place(owner, Buffer.alloc(bytes, mark));
    sync();
    if (at !== undefined) t.ok(worker.input.subarray(at, at + bytes).every((byte) => byte === mark));
    return at;
  };
  t.equal(place(first, 20_000, 1), 0);
  t.equal(place(second, 10_000, 2), 20_000);
  t.equal(place(third, 5000, 3), undefined, 'there is no room');
  server.release(first);
  t.equal(place(third, 5000, 3), 0, 'where the first one was');
  t.equal(place(third, 16_000, 4), undefined, 'the second one is still there');
  server.release(second);
  t.equal(place(third, 16_000, 5), 5000);
  server.release(third);
  t.equal(place(first, SIZES.input, 6), 0, 'all of it is free');
  t.equal(place(first, 1, 7), undefined);
});

t.test('a file that is there already is not taken for an area', async (t) => {
  const file = path.join(t.testdir({ area: '' }), 'area');
  t.throws(() => new ServerArea(file, SIZES), { code: 'EEXIST' });
});
