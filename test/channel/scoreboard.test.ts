import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import {
  CRASH_KIND,
  isLater,
  isRecalled,
  SCOREBOARD,
  scoreboardBytes,
  ServerScoreboard,
} from '../../lib/channel/scoreboard.js';

const THREADS = 3;

/** A server's scoreboard, and a worker's way to write to it. */
function make(t: Test): {
  board: ServerScoreboard;
  file: string;
  poke(change: (bytes: Buffer) => void): void;
} {
  const file = join(t.testdir(), 'scoreboard');
  const board = new ServerScoreboard(file, THREADS);
  t.teardown(() => board.close());
  return {
    board,
    file,
    poke: (change) => {
      const bytes = readFileSync(file);
      change(bytes);
      writeFileSync(file, bytes, { flag: 'r+' });
    },
  };
}

const threadAt = (index: number): number => SCOREBOARD.headBytes + index * SCOREBOARD.threadBytes;

t.test('the file is empty, as long as its threads need, and for its owner alone', async (t) => {
  const { board, file } = make(t);
  t.equal(readFileSync(file).toString('hex'), '00'.repeat(64 + 3 * 64));
  t.equal(scoreboardBytes(THREADS), 256);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.equal(board.crash(), undefined);
  for (let i = 0; i < THREADS; i++) t.equal(board.inside(i), 0);
});

t.test('a lost client is told to its thread alone', async (t) => {
  const { board, file } = make(t);
  board.markLost(1, 0xfffffff0);
  const bytes = readFileSync(file);
  t.equal(bytes.readUInt32LE(threadAt(1) + SCOREBOARD.lost), 0xfffffff0);
  bytes.writeUInt32LE(0, threadAt(1) + SCOREBOARD.lost);
  t.ok(bytes.every((byte) => byte === 0));
});

t.test('the request that a thread has inside an extension is seen', async (t) => {
  const { board, poke } = make(t);
  poke((bytes) => bytes.writeUInt32LE(77, threadAt(2) + SCOREBOARD.inside));
  t.same(
    [0, 1, 2].map((i) => board.inside(i)),
    [0, 0, 77],
  );
});

t.test('what a crash recorder left is read, with the thread that it means', async (t) => {
  const { board, poke } = make(t);
  poke((bytes) => {
    for (let i = 0; i < THREADS; i++) bytes.writeUInt32LE(5000 + i, threadAt(i) + SCOREBOARD.systemThread);
    bytes.writeUInt32LE(CRASH_KIND.FAULT, SCOREBOARD.crashed);
    bytes.writeUInt32LE(0xc0000005, SCOREBOARD.crashCode);
    bytes.writeBigUInt64LE(0xffff_ffff_1234_5678n, SCOREBOARD.crashAddress);
    bytes.writeBigUInt64LE(0x7fff_0000_0001n, SCOREBOARD.crashInstruction);
    bytes.writeUInt32LE(5001, SCOREBOARD.crashThread);
  });
  t.same(board.crash(), {
    kind: CRASH_KIND.FAULT,
    code: 0xc0000005,
    address: 0xffff_ffff_1234_5678n,
    instruction: 0x7fff_0000_0001n,
    thread: 1,
  });
});

t.test('a crash in a thread that an extension made has no worker thread', async (t) => {
  const { board, poke } = make(t);
  poke((bytes) => {
    bytes.writeUInt32LE(5000, threadAt(0) + SCOREBOARD.systemThread);
    bytes.writeUInt32LE(CRASH_KIND.EXIT, SCOREBOARD.crashed);
    bytes.writeUInt32LE(6000, SCOREBOARD.crashThread);
  });
  t.match(board.crash(), { kind: CRASH_KIND.EXIT, code: 0, thread: undefined });
});

t.test('fields do not overlap and fit their part', async (t) => {
  const head = [
    [SCOREBOARD.crashed, 4],
    [SCOREBOARD.crashCode, 4],
    [SCOREBOARD.crashAddress, 8],
    [SCOREBOARD.crashThread, 4],
    [SCOREBOARD.crashInstruction, 8],
  ] as const;
  const thread = [
    [SCOREBOARD.lost, 4],
    [SCOREBOARD.systemThread, 4],
    [SCOREBOARD.inside, 4],
    [SCOREBOARD.begun, 4],
    [SCOREBOARD.recallFrom, 4],
    [SCOREBOARD.recallTo, 4],
  ] as const;
  for (const [fields, size] of [
    [head, SCOREBOARD.headBytes],
    [thread, SCOREBOARD.threadBytes],
  ] as const) {
    let end = 0;
    for (const [at, length] of [...fields].sort((a, b) => a[0] - b[0])) {
      t.ok(at >= end && at % length === 0, `${at} follows ${end} and is aligned`);
      end = at + length;
    }
    t.ok(end <= size);
  }
});

t.test('requests that are taken back are told to their thread, which says what it has begun', async (t) => {
  const { board, file, poke } = make(t);
  poke((bytes) => bytes.writeUInt32LE(41, threadAt(1) + SCOREBOARD.begun));
  t.equal(board.begun(1), 41);
  t.equal(board.begun(0), 0);
  t.equal(board.recall(1, 41, 44), 41);
  const bytes = readFileSync(file);
  t.equal(bytes.readUInt32LE(threadAt(1) + SCOREBOARD.recallFrom), 41);
  t.equal(bytes.readUInt32LE(threadAt(1) + SCOREBOARD.recallTo), 44);
  t.equal(bytes.readUInt32LE(threadAt(1) + SCOREBOARD.begun), 41);
});

t.test('what is taken back lies after the one number up to the other, also where numbers wrap', async (t) => {
  const recalled = (from: number, to: number): number[] =>
    [0xfffffffe, 0xffffffff, 0, 1, 2, 3, 4, 5].filter((number) => isRecalled(number, from, to));
  t.same(recalled(1, 4), [2, 3, 4]);
  t.same(recalled(4, 4), []);
  t.same(recalled(0, 0), [], 'nothing was taken back yet');
  t.same(recalled(0xfffffffe, 2), [0xffffffff, 0, 1, 2]);
});

t.test('a later number is one of the next two thousand million', async (t) => {
  t.ok(isLater(2, 1));
  t.notOk(isLater(1, 1));
  t.notOk(isLater(1, 2));
  t.ok(isLater(1, 0xffffffff), 'it has wrapped');
  t.notOk(isLater(0xffffffff, 1));
  t.ok(isLater(1, 0), 'the first of all');
});
