import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { TARGETS, skipWithout } from '../test/helpers/compilers.js';
import { root } from '../test/helpers/root.js';
import { apacheIsThere, buildModIsapi } from './apache.js';
import { load, type Case, type Round } from './load.js';
import { apache, fastifyFixed, isapiHost, type Contender, type RunningServer } from './servers.js';

/**
 * Measures isapi-host against Fastify alone and, where it is there, Apache with mod_isapi: the same extension, in
 * turns, in one run. Only ratios within a run mean something.
 */
const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, rounds: { type: 'string', default: '3' } },
});
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);

const CASES: readonly Case[] = [
  { name: 'small, cached', path: 'bench.dll' },
  { name: '64 KiB echo', path: 'bench.dll?echo', body: 65536 },
  { name: '1 MiB response', path: 'bench.dll?large' },
  { name: 'small, uncached', path: 'uncached.dll' },
];

const say = (line: string): void => {
  process.stderr.write(`bench: ${line}\n`);
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isapi-host-bench-'));
fs.chmodSync(folder, 0o755);
const results = new Map<string, Round[]>();

function contenders(): Contender[] {
  const list: Contender[] = [];
  for (const target of TARGETS) {
    const missing = skipWithout(target);
    if (missing === false) list.push(isapiHost(target, folder));
    else say(`left out: ${missing}`);
  }
  list.push(fastifyFixed(folder));
  if (apacheIsThere()) {
    const module = buildModIsapi(path.join(root, '.build', 'bench'), say);
    list.push(apache('event', module, folder), apache('worker', module, folder));
  } else say('left out: Apache (on Debian as root: apt-get install -y apache2 apache2-dev)');
  return list;
}

function takesPart(contender: Contender, test: Case): boolean {
  if (test.path.startsWith('uncached')) return contender.uncached;
  return contender.extension || test.body === undefined
    ? contender.extension || test.path === 'bench.dll'
    : false;
}

const key = (contender: Contender, test: Case): string => `${contender.name}|${test.name}`;

async function measure(list: readonly Contender[]): Promise<void> {
  const running: { contender: Contender; server: RunningServer }[] = [];
  try {
    for (const contender of list) running.push({ contender, server: await contender.start() });
    for (let round = 0; round <= rounds; round++) {
      for (const test of CASES) {
        for (const { contender, server } of running) {
          if (!takesPart(contender, test)) continue;
          /* The first round only warms up. */
          const time = round === 0 ? 1 : seconds;
          const found = await load(server.url, test, time, server.pid, folder);
          if (round > 0)
            results.set(key(contender, test), [...(results.get(key(contender, test)) ?? []), found]);
        }
      }
      say(round === 0 ? 'warmed up' : `round ${String(round)} of ${String(rounds)}`);
    }
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** The table: medians, and ratios to Apache's event MPM and to Fastify. */
function report(list: readonly Contender[]): string {
  const lines = [
    '| Case | Server | requests/s | of Apache event | of Fastify | CPU µs/request | p50 ms | p99 ms | memory MiB |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|',
  ];
  for (const test of CASES) {
    const speed = (name: string): number =>
      median((results.get(`${name}|${test.name}`) ?? []).map((round) => round.requestsPerSecond));
    for (const contender of list) {
      const found = results.get(key(contender, test));
      if (!found) continue;
      const middle = (pick: (round: Round) => number, digits: number): string =>
        median(found.map(pick)).toFixed(digits);
      const own = speed(contender.name);
      const ratio = (other: number): string => (Number.isNaN(other) ? '–' : (own / other).toFixed(2));
      lines.push(
        `| ${test.name} | ${contender.name} | ${own.toFixed(0)} | ${ratio(speed('Apache, event MPM'))} | ` +
          `${ratio(speed('Fastify, fixed reply'))} | ${middle((r) => r.cpuPerRequest, 0)} | ` +
          `${middle((r) => r.p50, 2)} | ${middle((r) => r.p99, 2)} | ${middle((r) => r.memory, 0)} |`,
      );
    }
  }
  return lines.join('\n');
}

const list = contenders();
try {
  await measure(list);
  process.stdout.write(
    `${os.cpus()[0]?.model ?? ''}, ${String(os.cpus().length)} processors, Node ${process.version}\n\n${report(list)}\n`,
  );
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
