import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';

import {
  makeSharedOutput,
  makeWakeWord,
  OUTPUT_BYTES,
  OutputKeeper,
  SharedOutput,
} from '../../lib/channel/shared-output.js';
import { waitFor } from '../helpers/server.js';

/** A thread's output that is kept, and the file that it is written to. */
function open(t: Test): { output: SharedOutput; text(): string; put(text: string): void } {
  const file = join(t.testdir(), 'out');
  const fd = openSync(file, 'w');
  const memory = makeSharedOutput();
  const wake = makeWakeWord();
  const output = new SharedOutput(memory, wake);
  output.descriptor = fd;
  const keeper = new OutputKeeper(wake);
  keeper.add(memory);
  // It runs as long as the process does.
  void keeper.run();
  t.teardown(() => closeSync(fd));
  return {
    output,
    text: () => readFileSync(file, 'latin1'),
    put: (text) => {
      output.bytes.write(text, 'latin1');
      output.leave(text.length);
    },
  };
}

t.test('bytes that are left are written when they are not taken back', async (t) => {
  const { output, text, put } = open(t);
  put('some bytes');
  await waitFor(
    () => text() === 'some bytes',
    () => text(),
  );
  t.notOk(output.reclaim(), 'they need not be written any more');
  put('more');
  await waitFor(
    () => text() === 'some bytesmore',
    () => text(),
  );
});

t.test('bytes that are taken back are not written', async (t) => {
  const { output, text, put } = open(t);
  put('taken back');
  t.ok(output.reclaim(), 'they are still to be written');
  t.notOk(output.reclaim(), 'once');
  put('left');
  await waitFor(
    () => text() !== '',
    () => 'nothing is written',
  );
  t.equal(text(), 'left');
});

t.test('a full buffer is written whole', async (t) => {
  const { text, put } = open(t);
  put('x'.repeat(OUTPUT_BYTES));
  await waitFor(
    () => text().length === OUTPUT_BYTES,
    () => `${text().length} bytes`,
  );
});

t.test('a keeper that has gone to sleep wakes up', async (t) => {
  const { text, put, output } = open(t);
  for (let i = 0; i < 2; i++) {
    // Longer than it looks in vain.
    await new Promise((resolve) => setTimeout(resolve, 400));
    put('again ');
    await waitFor(
      () => text() === 'again '.repeat(i + 1),
      () => text(),
    );
    t.notOk(output.reclaim());
  }
});

t.test('a thread and the keeper write everything once and in order', async (t) => {
  const file = join(t.testdir(), 'out');
  const fd = openSync(file, 'w');
  t.teardown(() => closeSync(fd));
  const memory = makeSharedOutput();
  const wake = makeWakeWord();
  const keeper = new OutputKeeper(wake);
  keeper.add(memory);
  void keeper.run();
  const worker = new Worker(new URL('./output-worker.js', import.meta.url), {
    workerData: { memory, wake, fd, lines: 3000 },
  });
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  const lines = readFileSync(file, 'latin1').trimEnd().split('\n');
  t.equal(lines.length, 3000);
  t.ok(lines.every((line, i) => line === `line ${i}`));
});
