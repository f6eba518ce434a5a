import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toByteString } from '../../config/bytes.js';
import type { PoolSettings } from '../../config/pool-settings.js';
import { messageOf } from '../../errors.js';
import type { Log, LogParams, MessageName } from '../../messages.js';
import type { ExplainedFailure } from '../../worker/diagnosis.js';
import type { Runtime } from '../runtimes/runtime.js';
import { registerWineUser, stopWine } from '../runtimes/users.js';
import { WorkerProcess } from '../worker-process.js';
import type { LoadedVersion, WorkerThread } from '../worker-thread.js';

/** What became of loading an extension in a worker process of its own. */
export interface TrialLoad {
  /** `not started`: the worker process itself did not start */
  readonly outcome: 'loaded' | 'not loaded' | 'ended the worker process' | 'not started';
  /** milliseconds until the worker process was ready */
  readonly startTime?: number;
  /** milliseconds that loading took, GetExtensionVersion included */
  readonly loadTime?: number;
  /** what GetExtensionVersion said */
  readonly version?: LoadedVersion;
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

/**
 * Loads an extension in a worker process of its own, as ISAPICacheFile would, and lets it go again. Never rejects for
 * what the extension does; `start.timeout` and `stop.timeout` of the settings bound the time.
 * @param file a path of this machine
 * @param settings of the pool whose worker process is tried
 */
export async function tryLoading(file: string, runtime: Runtime, settings: PoolSettings): Promise<TrialLoad> {
  const runFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'isapi-host-'));
  const isWine = runtime.name !== 'native';
  try {
    if (isWine) await registerWineUser();
    return await load(path.resolve(file), runtime, { ...settings, threadsMin: 1, threadsMax: 1 }, runFolder);
  } catch (error) {
    return { outcome: 'not started', crash: messageOf(error), output: [] };
  } finally {
    if (isWine) await stopWine();
    fs.rmSync(runFolder, { recursive: true, force: true });
  }
}

async function load(
  file: string,
  runtime: Runtime,
  settings: PoolSettings,
  runFolder: string,
): Promise<TrialLoad> {
  const log = new OutputLog();
  const started = performance.now();
  const since = (from: number): number => Math.round(performance.now() - from);
  let ended: { reason: string; expected: boolean } | undefined;
  let onIdle: (thread: WorkerThread) => void = () => undefined;
  let onEnd: () => void = () => undefined;
  const idle = new Promise<WorkerThread>((resolve) => (onIdle = resolve));
  const end = new Promise<undefined>((resolve) => (onEnd = () => resolve(undefined)));
  const worker = new WorkerProcess(runtime, settings, runFolder, undefined, log, {
    idle: (_process, thread) => onIdle(thread),
    advanced: () => undefined,
    returned: () => undefined,
    ended: (_process, reason, expected) => {
      ended = { reason, expected };
      onEnd();
    },
  });
  await worker.start();
  const thread = await Promise.race([idle, end]);
  const crash = (): { crash?: string } =>
    ended === undefined || ended.expected ? {} : { crash: ended.reason };
  if (thread === undefined) return { outcome: 'not started', ...crash(), output: log.lines };

  const startTime = since(started);
  const before = memoryOf(worker.pid);
  const begun = performance.now();
  const library = toByteString(runtime.workerPath(file));
  const loaded = await Promise.race([thread.preload(worker.slots.of(library), library), end]);
  const loadTime = since(begun);
  const after = memoryOf(worker.pid);
  const times = {
    startTime,
    loadTime,
    ...(before !== undefined && after !== undefined && { memory: { before, after } }),
  };
  if (loaded === undefined) {
    await end;
    return { outcome: 'ended the worker process', ...times, ...crash(), output: log.lines };
  }
  const ending = performance.now();
  worker.exit();
  await end;
  const rest = { ...times, endTime: since(ending), ...crash(), output: log.lines };
  if ('failure' in loaded) return { outcome: 'not loaded', failure: loaded, ...rest };
  return { outcome: 'loaded', version: loaded, ...rest };
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
