import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';

import { BlockingPipe } from '../../lib/channel/blocking-pipe.js';
import { FRAME, frame, FrameReader, writeFrameHeader } from '../../lib/channel/frames.js';
import { makePipes, openServerPipe, pipeNames } from '../../lib/channel/pipes.js';
import {
  makeSharedOutput,
  makeWakeWord,
  OUTPUT_BYTES,
  SharedOutput,
} from '../../lib/channel/shared-output.js';
import { randomFrom } from '../helpers/random.js';
import type { PipeWork } from './pipe-worker.js';

interface Ends {
  send(...frames: readonly Buffer[]): void;
  /** the next frame that is not body, with the body before it */
  next(): Promise<{ type: number; argument: number; payload: Buffer; body: string }>;
  /** why the worker's end was left */
  readonly ended: Promise<string>;
  close(): void;
}

/** Both ends of a pipe: the server's here, the worker's in a thread that does what `pipe-worker.ts` says. */
async function open(t: Test, inLoop: boolean): Promise<Ends> {
  const folder = t.testdir();
  await makePipes(folder, ['p']);
  const waiting: ((found: Awaited<ReturnType<Ends['next']>>) => void)[] = [];
  const found: Awaited<ReturnType<Ends['next']>>[] = [];
  let body = '';
  const reader = new FrameReader((type, argument, payload) => {
    if (type === FRAME.BODY) {
      body += payload.toString('latin1');
      return;
    }
    const each = { type, argument, payload: Buffer.from(payload), body };
    body = '';
    const resolve = waiting.shift();
    if (resolve) resolve(each);
    else found.push(each);
  });
  const pipe = await openServerPipe(folder, 'p', {
    data: (chunk) => reader.push(chunk),
    end: () => undefined,
  });
  const work: PipeWork = { names: pipeNames(folder, 'p'), inLoop };
  const worker = new Worker(new URL('./pipe-worker.js', import.meta.url), { workerData: work });
  const ended = once(worker, 'message').then(([message]) => message as string);
  t.teardown(async () => {
    pipe.close();
    await worker.terminate();
  });
  return {
    send: (...frames) => pipe.write(Buffer.concat(frames)),
    next: () => {
      const first = found.shift();
      return first ? Promise.resolve(first) : new Promise((resolve) => waiting.push(resolve));
    },
    ended,
    close: () => pipe.close(),
  };
}

function wantBody(length: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32LE(length);
  return frame(FRAME.READ, payload);
}

for (const inLoop of [false, true]) {
  const kind = inLoop ? 'in its event loop' : 'blocked';

  t.test(`frames cross a pipe in both directions, the worker ${kind}`, async (t) => {
    const { send, next, ended } = await open(t, inLoop);
    send(frame(FRAME.DATA, 'hello', 5));
    t.match(await next(), { type: FRAME.ANSWER, argument: 5, payload: Buffer.from('hello') });
    // Held back until the third one is flushed.
    send(frame(FRAME.DATA, 'one', 1), frame(FRAME.DATA, '', 1), frame(FRAME.DATA, 'three', 3));
    t.equal((await next()).payload.toString(), 'one');
    t.equal((await next()).payload.toString(), '');
    t.equal((await next()).payload.toString(), 'three');
    send(frame(FRAME.EXIT));
    t.equal(await ended, 'ended');
  });

  t.test(`frames larger than the buffers, and smaller ones behind them, the worker ${kind}`, async (t) => {
    const { send, next } = await open(t, inLoop);
    const random = randomFrom(0x91b3);
    const sizes = [0, 1, 65_527, 65_528, 65_529, 65_536, 3, 200_000, 2_000_000, 7, 70_000, 0, 131_072];
    const payloads = sizes.map((size) => Buffer.alloc(size, random.bytes(97)));
    for (const payload of payloads) send(frame(FRAME.DATA, payload));
    for (const payload of payloads) {
      const { payload: answered } = await next();
      t.ok(answered.equals(payload), `${payload.length} bytes`);
    }
  });

  t.test(`a frame that comes byte by byte, the worker ${kind}`, async (t) => {
    const { send, next } = await open(t, inLoop);
    for (const byte of frame(FRAME.DATA, 'slowly', 2)) send(Buffer.from([byte]));
    t.match(await next(), { argument: 2, payload: Buffer.from('slowly') });
  });

  t.test(`the end of the server ends the worker's reading, the worker ${kind}`, async (t) => {
    const { send, next, ended, close } = await open(t, inLoop);
    send(frame(FRAME.DATA, 'x'));
    await next();
    close();
    t.equal(await ended, 'CHANNEL_CLOSED');
  });

  t.test(`a header that claims too much ends the worker's reading, the worker ${kind}`, async (t) => {
    const { send, ended } = await open(t, inLoop);
    const header = Buffer.alloc(8);
    writeFrameHeader(header, 0, FRAME.DATA, 0xffffffff);
    send(header);
    t.equal(await ended, 'CHANNEL_FRAME');
  });
}

t.test('a payload is written in place, in as many parts as the buffer has room for', async (t) => {
  const { send, next } = await open(t, false);
  for (const length of [1, 65_528, 65_529, 300_001]) {
    send(wantBody(length), frame(FRAME.DATA, 'end'));
    const { body } = await next();
    t.equal(body.length, length);
    t.ok(body === 'abcdefghijklmnopqrstuvwxyz'.repeat(Math.ceil(length / 26)).slice(0, length));
  }
});

t.test('the end of the server ends a worker that writes', async (t) => {
  const { send, next, ended, close } = await open(t, false);
  send(frame(FRAME.DATA, 'x'));
  await next();
  // More than any pipe holds.
  send(wantBody(50_000_000));
  close();
  t.equal(await ended, 'CHANNEL_CLOSED');
});

t.test('frames that are put aside stay as they were, in their order', async (t) => {
  const folder = t.testdir();
  await makePipes(folder, ['p']);
  const server = await openServerPipe(folder, 'p', { data: () => undefined, end: () => undefined });
  t.teardown(() => server.close());
  const names = pipeNames(folder, 'p');
  const writer = openSync(names.toWorker, 'w');
  t.teardown(() => closeSync(writer));
  const pipe = new BlockingPipe(names);
  const payloads = ['one', 'two', 'three'];
  writeSync(writer, Buffer.concat(payloads.map((payload) => frame(FRAME.DATA, payload, payload.length))));
  pipe.keep(pipe.read());
  pipe.keep(pipe.read());
  t.equal(pipe.read().payload.toString(), 'three');
  // What is read next takes the place of what was read before.
  for (let i = 0; i < 3; i++) {
    writeSync(writer, frame(FRAME.DATA, Buffer.alloc(30_000, 'x')));
    pipe.read();
  }
  t.match(pipe.takeKept(), { type: FRAME.DATA, argument: 3, payload: Buffer.from('one') });
  t.match(pipe.takeKept(), { argument: 3, payload: Buffer.from('two') });
  t.equal(pipe.takeKept(), undefined);
});

/** A worker's end whose bytes go to a file, and the frames that are there. */
function toFile(t: Test): { pipe: BlockingPipe; written: () => string[] } {
  const folder = t.testdir({ in: '', out: '' });
  const names = { toWorker: join(folder, 'in'), toServer: join(folder, 'out') };
  const pipe = new BlockingPipe(names, new SharedOutput(makeSharedOutput(), makeWakeWord()));
  const written = (): string[] => {
    const found: string[] = [];
    const reader = new FrameReader((type, _argument, payload) => {
      found.push(
        `${String(type)} ${payload.length > 20 ? String(payload.length) : payload.toString('latin1')}`,
      );
    });
    reader.push(readFileSync(names.toServer));
    return found;
  };
  return { pipe, written };
}

t.test('a frame that goes first is written at once, and the others still together', async (t) => {
  const { pipe, written } = toFile(t);
  pipe.put(FRAME.HEAD, 'head');
  pipe.flushSoon();
  pipe.putFirst(FRAME.TRACE, Buffer.from('one'));
  pipe.put(FRAME.BODY, 'body');
  pipe.putFirst(FRAME.TRACE, Buffer.from('two'));
  t.same(written(), [`${FRAME.TRACE} one`, `${FRAME.TRACE} two`]);
  pipe.flush();
  t.same(written().slice(2), [`${FRAME.HEAD} head`, `${FRAME.BODY} body`]);
});

t.test('a frame that goes first never goes into another one', async (t) => {
  const { pipe, written } = toFile(t);
  const length = OUTPUT_BYTES + 100;
  pipe.putHeader(FRAME.BODY, length);
  for (let at = 0; at < length;) {
    at += pipe.room(length - at, (target, offset, count) => target.fill(0x61, offset, offset + count));
  }
  pipe.flushSoon();
  pipe.putFirst(FRAME.TRACE, Buffer.from('one'));
  t.same(written(), [`${FRAME.BODY} ${String(length)}`, `${FRAME.TRACE} one`]);
  pipe.put(FRAME.END, 'end');
  pipe.putFirst(FRAME.TRACE, Buffer.from('two'));
  pipe.flush();
  t.same(written().slice(2), [`${FRAME.TRACE} two`, `${FRAME.END} end`], 'and waits for nothing afterwards');
});
