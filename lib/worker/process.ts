import fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { AreaPlace } from '../channel/body-area.js';
import { BlockingPipe } from '../channel/blocking-pipe.js';
import { FRAME } from '../channel/frames.js';
import { CRASH_KIND, SCOREBOARD, scoreboardBytes } from '../channel/scoreboard.js';
import { makeSharedOutput, makeWakeWord, OutputKeeper } from '../channel/shared-output.js';
import { messageOf } from '../errors.js';
import { endProcess } from './end-process.js';
import { makeLibraryTable } from './library.js';
import type { Platform } from './platform.js';
import { createPlatform } from './platforms.js';
import type { ThreadData } from './thread.js';
import type { WorkerStart } from './worker-start.js';

/** How often threads that are inside an extension are looked after. Milliseconds. */
const THREAD_WATCH_MS = 200;

/**
 * The main thread of a worker process: starts worker threads when the server says so and ends the process in order,
 * after every thread has let its extensions go. Its one argument is a file that holds a WorkerStart as JSON.
 */
async function main(): Promise<void> {
  const start = JSON.parse(fs.readFileSync(process.argv[2] ?? '', 'utf8')) as WorkerStart;
  const platform = createPlatform();
  const scoreboard = platform.mapFile(start.scoreboard, scoreboardBytes(start.threads.length));
  platform.recordCrashes(scoreboard);
  platform.unbufferOutput();
  platform.prepareThread();
  watchThreads(platform, scoreboard.bytes, start.threads.length);
  const libraryTable = makeLibraryTable();
  const running = new Set<Promise<void>>();
  const wake = makeWakeWord();
  const keeper = new OutputKeeper(wake);
  keeper.run().catch(() => {
    endProcess('the server closed a channel');
  });

  const startThread = (index: number, area: AreaPlace): void => {
    const names = start.threads[index];
    if (!names) throw new Error(`there is no pipe for thread ${String(index)}`);
    const data: ThreadData = {
      index,
      names,
      area,
      scoreboard: { address: scoreboard.address, bytes: scoreboard.bytes.length },
      libraryTable,
      output: makeSharedOutput(),
      wake,
    };
    keeper.add(data.output);
    const thread = new Worker(new URL('./thread.js', import.meta.url), { workerData: data });
    const ended = new Promise<void>((resolve) => {
      thread.once('error', (error) => {
        endProcess(`worker thread ${String(index)} failed: ${messageOf(error)}`);
      });
      thread.once('exit', () => {
        running.delete(ended);
        resolve();
      });
    });
    running.add(ended);
  };

  const control = new BlockingPipe(start.control);
  control.put(FRAME.READY, JSON.stringify({ pid: process.pid, node: process.version, abi: platform.abi }));
  control.flush();
  if (start.memoryInterval > 0) {
    setInterval(() => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(process.memoryUsage.rss());
      control.put(FRAME.NOTE, bytes);
      control.flush();
    }, start.memoryInterval);
  }
  for (;;) {
    const { type, argument, payload } = await control.readAsync();
    if (type === FRAME.START) startThread(argument, JSON.parse(payload.toString('utf8')) as AreaPlace);
    if (type === FRAME.EXIT) break;
  }
  await Promise.all(running);
  process.exit(0);
}

/**
 * Looks after threads that are inside an extension: one that is no more (a stack overflow under Wine ends the thread
 * alone, and an extension may end it itself) leaves its request without an answer, so the process ends.
 */
function watchThreads(platform: Platform, scoreboard: Buffer, threads: number): void {
  setInterval(() => {
    for (let i = 0; i < threads; i++) {
      const at = SCOREBOARD.headBytes + i * SCOREBOARD.threadBytes;
      const id = scoreboard.readUInt32LE(at + SCOREBOARD.systemThread);
      const inside = scoreboard.readUInt32LE(at + SCOREBOARD.inside) !== 0;
      if (!inside || platform.isThreadAlive(id)) continue;
      scoreboard.writeUInt32LE(id, SCOREBOARD.crashThread);
      scoreboard.writeUInt32LE(CRASH_KIND.THREAD_GONE, SCOREBOARD.crashed);
      endProcess('');
    }
  }, THREAD_WATCH_MS).unref();
}

main().catch((error: unknown) => {
  endProcess(`worker process failed: ${messageOf(error)}`);
});
