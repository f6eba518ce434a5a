import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/** A request that is measured. */
export interface Case {
  readonly name: string;
  /** path below the server's URL */
  readonly path: string;
  /** bytes of body, for POST */
  readonly body?: number;
}

/** What one round of load showed. */
export interface Round {
  readonly requestsPerSecond: number;
  /** of all processes of the server, in microseconds of CPU time */
  readonly cpuPerRequest: number;
  /** milliseconds */
  readonly p50: number;
  readonly p99: number;
  /** MiB, resident, of all processes of the server; memory that they share counts once per process */
  readonly memory: number;
}

const CONNECTIONS = 16;
const TICKS_PER_SECOND = 100;

/** CPU seconds and resident MiB of processes, from /proc. */
function usage(pids: readonly number[]): { cpu: number; memory: number } {
  let cpu = 0;
  let memory = 0;
  for (const pid of pids) {
    try {
      const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      cpu += (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
      const status = fs.readFileSync(`/proc/${String(pid)}/status`, 'utf8');
      memory += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      /* A process that has just ended. */
    }
  }
  return { cpu, memory };
}

/** A process and all below it. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      /* Ended meanwhile. */
    }
  }
  const tree: number[] = [];
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    tree.push(next);
    waiting.push(...(children.get(next) ?? []));
  }
  return tree;
}

/** Loads a server with wrk for some seconds. Throws when an answer was not a 2xx. */
export async function load(
  url: string,
  test: Case,
  seconds: number,
  pid: number,
  folder: string,
): Promise<Round> {
  const script = path.join(folder, 'request.lua');
  const body =
    test.body === undefined ? '' : `wrk.method = "POST"\nwrk.body = string.rep("x", ${String(test.body)})\n`;
  fs.writeFileSync(
    script,
    `${body}done = function(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status + summary.errors.read))
end
`,
  );
  const before = usage(processTree(pid));
  const { stdout } = await promisify(execFile)('wrk', [
    ...['-t', '1', '-c', String(CONNECTIONS), '-d', `${String(seconds)}s`, '-s', script],
    url + test.path,
  ]);
  const after = usage(processTree(pid));
  const result = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout);
  if (!result) throw new Error(`wrk said: ${stdout}`);
  const [requests = 0, duration = 0, p50 = 0, p99 = 0, errors = 0] = result.slice(1).map(Number);
  if (errors > 0 || requests === 0)
    throw new Error(`${url}${test.path}: ${String(errors)} errors:\n${stdout}`);
  return {
    requestsPerSecond: requests / (duration / 1e6),
    cpuPerRequest: ((after.cpu - before.cpu) * 1e6) / requests,
    p50: p50 / 1000,
    p99: p99 / 1000,
    memory: after.memory,
  };
}
