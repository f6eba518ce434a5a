import { scoreboard } from './scoreboard.js';
import type { StatusSnapshot } from './snapshot.js';
import { durationText } from './units.js';

type Line = readonly [key: string, value: string | number];

/**
 * The answer to `?auto`: lines of `Key: value` with the keys of mod_status and in its order, as far as they mean
 * something here, and after them those of our own. Workers are the worker threads of application pools.
 * @param host what the client calls the server
 */
export function autoText(host: string, snapshot: StatusSnapshot): string {
  const lines = [
    ...serverLines(snapshot),
    ...(snapshot.extended ? requestLines(snapshot) : []),
    ...workerLines(snapshot),
    ...poolLines(snapshot),
    ...(snapshot.extended ? extensionLines(snapshot) : []),
  ];
  return `${host}\n${lines.map(([key, value]) => `${key}: ${plain(value)}\n`).join('')}`;
}

function plain(value: string | number): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

function serverLines({ server, time }: StatusSnapshot): Line[] {
  const [load1 = 0, load5 = 0, load15 = 0] = server.load;
  const seconds = Math.floor(server.uptime);
  return [
    ['ServerVersion', server.software],
    ['ServerMPM', 'isapi-host'],
    ['CurrentTime', apacheTime(time)],
    ['RestartTime', apacheTime(server.started)],
    ['ParentServerConfigGeneration', server.generation],
    ['ParentServerMPMGeneration', server.generation - 1],
    ['ServerUptimeSeconds', seconds],
    ['ServerUptime', durationText(seconds)],
    ['Load1', load1.toFixed(2)],
    ['Load5', load5.toFixed(2)],
    ['Load15', load15.toFixed(2)],
  ];
}

function requestLines({ server }: StatusSnapshot): Line[] {
  const { requests, bytes, duration, cpu, uptime } = server;
  const seconds = Math.max(1, Math.floor(uptime));
  const used = cpu.user + cpu.system + cpu.childrenUser + cpu.childrenSystem;
  const perRequest: readonly Line[] = [
    ['BytesPerReq', bytes / requests],
    ['DurationPerReq', duration / requests],
  ];
  return [
    ['Total Accesses', requests],
    ['Total kBytes', Math.floor(bytes / 1024)],
    ['Total Duration', Math.round(duration)],
    ['CPUUser', cpu.user],
    ['CPUSystem', cpu.system],
    ['CPUChildrenUser', cpu.childrenUser],
    ['CPUChildrenSystem', cpu.childrenSystem],
    ['CPULoad', (used / seconds) * 100],
    ['Uptime', Math.floor(uptime)],
    ['ReqPerSec', requests / seconds],
    ['BytesPerSec', bytes / seconds],
    ...(requests > 0 ? perRequest : []),
  ];
}

function workerLines({ sums, server, pools }: StatusSnapshot): Line[] {
  const { connections } = server;
  return [
    ['BusyWorkers', sums.busy],
    ['GracefulWorkers', sums.draining],
    ['IdleWorkers', sums.idle],
    ['Processes', sums.processes],
    ['Stopping', countOf(pools, ({ state }) => state === 'draining')],
    ['ConnsTotal', connections.total],
    ['ConnsAsyncWaitIO', connections.reading],
    ['ConnsAsyncWriting', connections.writing],
    ['ConnsAsyncKeepAlive', connections.idle],
    ['ConnsAsyncClosing', connections.closing],
    ['Scoreboard', scoreboard(pools)],
  ];
}

type Pools = StatusSnapshot['pools'];
type Worker = Pools[number]['groups'][number]['processes'][number];

function countOf(pools: Pools, holds: (worker: Worker) => boolean): number {
  return pools.flatMap(({ groups }) => groups.flatMap(({ processes }) => processes)).filter(holds).length;
}

function poolLines({ sums, server, pools }: StatusSnapshot): Line[] {
  const groups = pools.flatMap((pool) => pool.groups);
  return [
    ['QueuedRequests', sums.queued],
    ['WorkerRestarts', groups.reduce((sum, { restarts }) => sum + restarts, 0)],
    ['PoolsStopped', groups.filter(({ rapidFail }) => rapidFail.stoppedFor > 0).length],
    ['MemoryServerBytes', server.memory.server],
    ['MemoryWorkersBytes', server.memory.workers],
    ['EventLoopUtilization', server.loop.utilization],
  ];
}

function extensionLines({ extensions, others, latency }: StatusSnapshot): Line[] {
  const all = others === null ? extensions : [...extensions, others];
  const sum = (value: (extension: (typeof all)[number]) => number): number =>
    all.reduce((total, extension) => total + value(extension), 0);
  return [
    ['Extensions', extensions.length],
    ['ExtensionRequests', sum(({ requests }) => requests)],
    ['ExtensionErrors', sum(({ errors }) => Object.values(errors).reduce((a, b) => a + b, 0))],
    ['ExtensionCrashes', sum(({ errors }) => errors.crashed)],
    ['ExtensionTimeouts', sum(({ errors }) => errors.timeout)],
    ['UnsupportedCalls', sum(({ unsupported }) => unsupported)],
    ['DurationP50', latency.p50],
    ['DurationP90', latency.p90],
    ['DurationP99', latency.p99],
    ['DurationMax', latency.max],
  ];
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A time as mod_status writes it, in UTC. */
function apacheTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(time.getUTCDate())}-${MONTHS[time.getUTCMonth()] ?? ''}-${time.getUTCFullYear()}`;
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()].map(two).join(':');
  return `${DAYS[time.getUTCDay()] ?? ''}, ${day} ${clock} UTC`;
}
