import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';

import { makePipes, openServerPipe, pipeNames } from '../../lib/channel/pipes.js';

const skip = process.platform === 'win32' ? 'FIFOs are of other systems' : false;

t.test('a pipe is two FIFOs for their owner alone', { skip }, async (t) => {
  const folder = t.testdir();
  await makePipes(folder, ['a', 'b']);
  for (const name of ['a', 'b']) {
    const { toWorker, toServer } = pipeNames(folder, name);
    t.equal(toWorker, join(folder, `${name}.in`));
    t.equal(toServer, join(folder, `${name}.out`));
    for (const file of [toWorker, toServer]) {
      t.ok(statSync(file).isFIFO());
      t.equal(statSync(file).mode & 0o777, 0o600);
    }
  }
});

t.test('pipes that cannot be made reject', { skip }, async (t) => {
  const folder = t.testdir();
  await makePipes(folder, ['a']);
  await t.rejects(makePipes(folder, ['a']), /mkfifo/);
  await t.rejects(makePipes(join(folder, 'none'), ['a']), /mkfifo/);
});

t.test('what the server writes early waits for the worker', { skip }, async (t) => {
  const folder = t.testdir();
  await makePipes(folder, ['a']);
  const pipe = await openServerPipe(folder, 'a', { data: () => undefined, end: () => undefined });
  t.teardown(() => pipe.close());
  t.same(pipe.names, pipeNames(folder, 'a'));
  pipe.write(Buffer.from('early '));
  pipe.write(Buffer.from('bird'));
  // Not with a blocking read: what is written leaves with the next turn of the event loop.
  const input = await open(pipe.names.toWorker, 'r');
  const bytes = Buffer.alloc(10);
  let length = 0;
  while (length < 10) length += (await input.read(bytes, length, 10 - length)).bytesRead;
  await input.close();
  t.equal(bytes.toString(), 'early bird');
});

t.test('bytes of the worker come as data, and its end once', { skip }, async (t) => {
  const folder = t.testdir();
  await makePipes(folder, ['a']);
  let text = '';
  let ends = 0;
  await new Promise<void>((resolve, reject) => {
    openServerPipe(folder, 'a', {
      data: (chunk) => {
        text += chunk.toString();
      },
      end: () => {
        ends++;
        resolve();
      },
    }).then((pipe) => {
      t.teardown(() => pipe.close());
      const output = openSync(pipe.names.toServer, 'w');
      writeSync(output, 'from the worker');
      closeSync(output);
    }, reject);
  });
  t.equal(text, 'from the worker');
  t.equal(ends, 1);
});

t.test('a closed pipe ends on both sides and swallows what is written to it', { skip }, async (t) => {
  const folder = t.testdir();
  await makePipes(folder, ['a']);
  const ended = new Promise<void>((resolve, reject) => {
    openServerPipe(folder, 'a', { data: () => undefined, end: resolve }).then((pipe) => {
      const input = openSync(pipe.names.toWorker, 'r');
      pipe.close();
      pipe.close();
      pipe.write(Buffer.from('lost'));
      t.teardown(() => closeSync(input));
    }, reject);
  });
  await ended;
});

t.test('mkfifo is there', { skip }, async (t) => {
  const file = join(t.testdir(), 'f');
  execFileSync('mkfifo', [file]);
  t.ok(existsSync(file));
});
