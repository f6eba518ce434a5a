import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toByteString } from '../../config/bytes.js';
import type { PoolSettings } from '../../config/pool-settings.js';
import { messageOf } from '../../errors.js';
import type { Log, LogParams, MessageName } from '../../messages.js';
import type { ExplainedFailure } from '../../worker/diagnosis.js';
import type { ExtensionVersion } from '../../worker/library.js';
import { isOtherUser, type Identity } from '../identity.js';
import type { Runtime } from '../runtimes/runtime.js';
import { registerWineUser, stopWine } from '../runtimes/users.js';
import { WorkerProcess } from '../worker-process.js';
import type { WorkerThread } from '../worker-thread.js';

/** What became of loading an extension in a worker process of its own. */
export interface TrialLoad {
  /** `not started`: the worker process itself did not start */
  readonly outcome: 'loaded' | 'not loaded' | 'ended the worker process' | 'not started';
  /** milliseconds until the worker process was ready */
  readonly startTime?: number;
  /** milliseconds that loading took, GetExtensionVersion included */
  readonly loadTime?: number;
  /** what GetExtensionVersion said */
  readonly version?: ExtensionVersion;
  /** why it was not loaded */
  readonly failure?: ExplainedFailure;
  /** how the worker process ended when it was not asked to: while loading, or while letting the extension go */
  readonly crash?: string;
  /** milliseconds that TerminateExtension, unloading and the end of the process took */
  readonly endTime?: number;
  /** resident bytes of the worker process before and after loading, where the system tells */
  readonly memory?: { readonly before: number; readonly after: number };
  /** what the extension printed, at most 20 lines */
  readonly output: readonly string[];
}

const MOST_LINES = 20;

/** Keeps what an extension prints. */
class OutputLog implements Log {
  readonly lines: string[] = [];

  write(name: MessageName, params?: LogParams): void {
    if (name !== 'extensionOutput' || this.lines.length >= MOST_LINES) return;
    this.lines.push(String(params?.['line'] ?? ''));
  }
}

/** What became of starting a worker process that loads nothing. */
export interface TrialStart {
  /** milliseconds until it was ready */
  readonly time?: number;
  /** resident bytes, where the system tells */
  readonly memory?: number;
  /** why it did not start, or how it ended when it was not asked to */
  readonly problem?: string;
}

/**
 * Starts a worker process with one thread and ends it. Never rejects.
 * @param identity as whom, when that is somebody else
 */
export async function tryStarting(
  runtime: Runtime,
  settings: PoolSettings,
  identity?: Identity,
): Promise<TrialStart> {
  try {
    const options = { runtime, settings, identity, log: new OutputLog() };
    return await withWorker(options, async (trial) => {
      if (trial.thread === undefined) return { problem: trial.crash() ?? 'it ended' };
      const memory = memoryOf(trial.worker.pid);
      const time = trial.startTime;
      await trial.end();
      const problem = trial.crash();
      return {
        time,
        ...(memory !== undefined && { memory }),
        ...(problem !== undefined && { problem }),
      };
    });
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/**
 * Loads an extension in a worker process of its own, as ISAPICacheFile would, and lets it go again. Never rejects for
 * what the extension does; `start.timeout` and `stop.timeout` of the settings bound the time.
 * @param file a path of this machine
 * @param settings of the pool whose worker process is tried
 */
export async function tryLoading(file: string, runtime: Runtime, settings: PoolSettings): Promise<TrialLoad> {
  const log = new OutputLog();
  try {
    return await withWorker({ runtime, settings, identity: undefined, log }, async (trial) => ({
      ...(await load(path.resolve(file), trial)),
      output: log.lines,
    }));
  } catch (error) {
    return { outcome: 'not started', crash: messageOf(error), output: log.lines };
  }
}

/** A worker process that was started. */
interface Trial {
  readonly worker: WorkerProcess;
  /** its one thread; undefined when the process has ended instead */
  readonly thread: WorkerThread | undefined;
  /** milliseconds */
  readonly startTime: number;
  /** resolves when it has ended, whyever */
  readonly ended: Promise<undefined>;
  /** Ends it in order. */
  end(): Promise<unknown>;
  /** how it ended when it was not asked to */
  crash(): string | undefined;
}

interface WorkerOptions {
  readonly runtime: Runtime;
  readonly settings: PoolSettings;
  readonly identity: Identity | undefined;
  readonly log: Log;
}

async function withWorker<T>(options: WorkerOptions, use: (trial: Trial) => Promise<T>): Promise<T> {
  const runFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'isapi-host-'));
  // A prefix of somebody else is not this user's to keep or to end.
  const isWine = options.runtime.name !== 'native' && !isOtherUser(options.identity);
  try {
    if (options.identity) fs.chmodSync(runFolder, 0o711);
    if (isWine) await registerWineUser();
    return await use(await start(options, runFolder));
  } finally {
    if (isWine) await stopWine();
    fs.rmSync(runFolder, { recursive: true, force: true });
  }
}

async function start(
  { runtime, settings: given, identity, log }: WorkerOptions,
  runFolder: string,
): Promise<Trial> {
  const settings = { ...given, threadsMin: 1, threadsMax: 1 };
  const began = performance.now();
  let how: { reason: string; expected: boolean } | undefined;
  let onIdle: (thread: WorkerThread) => void = () => undefined;
  let onEnd: () => void = () => undefined;
  const idle = new Promise<WorkerThread>((resolve) => (onIdle = resolve));
  const ended = new Promise<undefined>((resolve) => (onEnd = () => resolve(undefined)));
  const worker = new WorkerProcess(runtime, settings, runFolder, identity, log, {
    idle: (_process, thread) => onIdle(thread),
    advanced: () => undefined,
    returned: () => undefined,
    late: () => undefined,
    ended: (_process, reason, expected) => {
      how = { reason, expected };
      onEnd();
    },
  });
  await worker.start();
  const thread = await Promise.race([idle, ended]);
  return {
    worker,
    thread,
    startTime: since(began),
    ended,
    end: () => {
      worker.exit();
      return ended;
    },
    crash: () => (how === undefined || how.expected ? undefined : how.reason),
  };
}

async function load(file: string, trial: Trial): Promise<Omit<TrialLoad, 'output'>> {
  const { worker, thread, startTime, ended } = trial;
  const crash = (): { crash?: string } => {
    const text = trial.crash();
    return text === undefined ? {} : { crash: text };
  };
  if (thread === undefined) return { outcome: 'not started', ...crash() };
  const before = memoryOf(worker.pid);
  const began = performance.now();
  const library = toByteString(worker.runtime.workerPath(file));
  const loaded = await Promise.race([thread.preload(worker.slots.of(library), library), ended]);
  const loadTime = since(began);
  const after = memoryOf(worker.pid);
  const known = {
    startTime,
    loadTime,
    ...(before !== undefined && after !== undefined && { memory: { before, after } }),
  };
  if (loaded === undefined) {
    await ended;
    return { outcome: 'ended the worker process', ...known, ...crash() };
  }
  const ending = performance.now();
  await trial.end();
  const rest = { ...known, endTime: since(ending), ...crash() };
  if ('failure' in loaded) return { outcome: 'not loaded', failure: loaded, ...rest };
  return { outcome: 'loaded', version: loaded, ...rest };
}

function since(moment: number): number {
  return Math.round(performance.now() - moment);
}

/** Resident bytes of a process (proc(5)); undefined where the system does not tell. */
function memoryOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/mu.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
