import { markup, type Html } from '../../html.js';
import type { TraceSummary } from '../../trace/trace-record.js';
import type { ServerSnapshot, StatusSnapshot } from '../snapshot.js';
import { bytesText, countText, millisecondsText, rateText, shortDuration } from '../units.js';
import { plot, plottedSeconds, type Line } from './plot.js';
import { facts, timeOf } from './table.js';

/** The name of the server and how long it runs. */
export function heading(name: string, { server }: StatusSnapshot): Html {
  const ending = server.ending === 0 ? '' : `, ${server.ending} earlier still in use`;
  return markup`<div id="heading">
<h1>${name}</h1>
<p class="faint">${server.software}, up ${shortDuration(server.uptime)}, configuration ${server.generation} since ${timeOf(server.configured)}${ending}</p>
</div>`;
}

/** One sentence on how things are, which is read out when it changes. */
export function notice({ pools, sums, server, failures, time }: StatusSnapshot): Html {
  const stopped = pools.flatMap(({ name, groups }) =>
    groups.filter(({ rapidFail }) => rapidFail.stoppedFor > 0).map(({ runtime }) => `${name} for ${runtime}`),
  );
  const full = pools.filter(({ groups }) =>
    groups.some(({ queued, queueLimit }) => queued >= queueLimit && queued > 0),
  );
  const recent = failures?.filter((each) => isFailure(each) && time - each.time < RECENT).length ?? 0;
  const say = (kind: 'good' | 'warn' | 'bad', text: string): Html =>
    markup`<p id="notice" class="notice ${kind}" role="status">${text}</p>`;
  const names = (list: typeof pools): string => list.map(({ name }) => name).join(', ');
  if (stopped.length > 0) {
    const which = stopped.length === 1 ? 'Pool' : 'Pools';
    return say(
      'bad',
      `${which} stopped after too many crashes: ${stopped.join(', ')}. Requests get 503 meanwhile; isapi-host pool recycle NAME ends it.`,
    );
  }
  if (full.length > 0) return say('bad', `The queue is full: ${names(full)}. Requests get 503 meanwhile.`);
  if (server.stopping) return say('warn', 'The server is stopping.');
  if (sums.queued > 0) return say('warn', 'Requests wait for a worker thread.');
  if (recent > 0) {
    const what = recent === 1 ? 'One request has' : `${recent} requests have`;
    return say('warn', `${what} failed in the last 10 minutes: see the recent failures below.`);
  }
  return say('good', 'Every pool works, and no request waits.');
}

/** Whether a request is kept because it failed, and not because everything, or what it was refused, is wanted. */
function isFailure({ why }: TraceSummary): boolean {
  return !/^(?:ISAPITrace all|unsupported: )/.test(why);
}

/** Failures that are no older count as recent. Milliseconds. */
const RECENT = 600_000;

interface Tile {
  readonly title: string;
  readonly value: string;
  readonly unit?: string;
  readonly notes: readonly (string | Html)[];
  readonly label: string;
  /** the largest value of the plot, in words */
  readonly most: string;
  readonly lines: readonly Line[];
}

/** The four plots, each with the number that it ends in. */
export function overview(snapshot: StatusSnapshot): Html {
  const minutes = Math.round(plottedSeconds(snapshot.history.requests.length) / 60);
  const span = `${minutes} min`;
  const within = `in the last ${minutes === 1 ? 'minute' : `${minutes} minutes`}`;
  const tiles = [
    requestTile(snapshot, within),
    timeTile(snapshot, within),
    threadTile(snapshot, within),
    memoryTile(snapshot, within),
  ];
  return markup`<section id="overview" aria-label="Overview"><div class="tiles">
${tiles.map((tile) => panelOf(tile, span))}</div></section>`;
}

function panelOf({ title, value, unit, notes, label, most, lines }: Tile, span: string): Html {
  return markup`<div class="panel" data-key="${title}"><h2>${title}</h2>
<p class="big">${value}${unit !== undefined && markup` <small>${unit}</small>`}</p>
<p class="notes">${notes.map((note) => markup`<span>${note}</span>`)}</p>
${plot(label, lines)}
<p class="scale" aria-hidden="true"><span>${span}</span><span>max ${most}</span></p></div>
`;
}

function last(values: readonly number[]): number {
  return values.at(-1) ?? 0;
}

function largest(values: readonly number[]): number {
  return Math.max(0, ...values);
}

function requestTile({ history, server, extended }: StatusSnapshot, span: string): Tile {
  const { requests, bytes } = history;
  return {
    title: 'Requests',
    value: extended ? rateText(last(requests)) : '-',
    unit: '/ s',
    notes: extended
      ? [`${countText(server.requests)} in all`, `${bytesText(last(bytes))}/s sent`]
      : ['not counted: ExtendedStatus is Off'],
    most: `${rateText(largest(requests))} / s`,
    label: `Requests per second ${span}: now ${rateText(last(requests))}, at most ${rateText(largest(requests))}`,
    lines: [{ kind: 'first', values: requests, filled: true }],
  };
}

function timeTile({ history, latency }: StatusSnapshot, span: string): Tile {
  const { p50, p95 } = history;
  const recent = p50.findLast((value) => value > 0) ?? 0;
  return {
    title: 'Response time of extensions',
    value: latency.count === 0 ? '-' : millisecondsText(recent || latency.p50),
    notes: [
      markup`<span class="key">median</span>`,
      markup`<span class="key second">95 %: ${millisecondsText(p95.findLast((value) => value > 0) ?? latency.p99)}</span>`,
    ],
    most: millisecondsText(largest(p95)),
    label: `Median and 95th percentile of response times ${span}: at most ${millisecondsText(largest(p50))} and ${millisecondsText(largest(p95))}`,
    lines: [
      { kind: 'second', values: p95, gaps: true },
      { kind: 'first', values: p50, gaps: true },
    ],
  };
}

function threadTile({ history, sums }: StatusSnapshot, span: string): Tile {
  const { busy, queued } = history;
  return {
    title: 'Busy worker threads',
    value: String(sums.busy),
    unit: `of ${sums.threads}`,
    notes: [
      markup`<span class="key">busy</span>`,
      markup`<span class="key second">${countText(sums.queued)} waiting</span>`,
    ],
    most: String(Math.max(largest(busy), largest(queued))),
    label: `Busy worker threads and waiting requests ${span}: at most ${largest(busy)} and ${largest(queued)}`,
    lines: [
      { kind: 'first', values: busy, filled: true },
      { kind: 'second', values: queued },
    ],
  };
}

function memoryTile({ history, server }: StatusSnapshot, span: string): Tile {
  const { serverMemory, workerMemory } = history;
  const all = serverMemory.map((value, index) => value + (workerMemory[index] ?? 0));
  const { memory } = server;
  return {
    title: 'Memory',
    value: bytesText(memory.server + memory.workers),
    notes: [
      markup`<span class="key second">server ${bytesText(memory.server)}</span>`,
      markup`<span class="key">with workers</span>`,
    ],
    most: bytesText(largest(all)),
    label: `Memory of server and worker processes ${span}: at most ${bytesText(largest(all))}`,
    lines: [
      { kind: 'first', values: all, filled: true },
      { kind: 'second', values: serverMemory },
    ],
  };
}

/** The server's own numbers. */
export function serverSection({ server, extended }: StatusSnapshot): Html {
  const { connections: c, cpu, loop, statuses } = server;
  const seconds = (value: number): string => (value < 100 ? `${value.toFixed(1)} s` : shortDuration(value));
  const delay = loop.delay;
  return markup`<section id="server" aria-labelledby="server-h">
<h2 id="server-h">Server</h2>
<div class="panel">${facts([
    ['Connections', connectionText(server)],
    ['Responses', extended ? responseText(statuses) : 'not counted: ExtendedStatus is Off'],
    ['Running', `${countText(c.requests)} request${c.requests === 1 ? '' : 's'}, this one included`],
    [
      'Processor',
      `server ${seconds(cpu.user)} user, ${seconds(cpu.system)} system; workers ${seconds(cpu.childrenUser)} and ${seconds(cpu.childrenSystem)}`,
    ],
    [
      'Event loop',
      `${(loop.utilization * 100).toFixed(loop.utilization < 0.1 ? 1 : 0)} % busy${
        delay === null
          ? ''
          : `; late by ${millisecondsText(delay.p99)} (99 %), ${millisecondsText(delay.max)} at most`
      }`,
    ],
    ['Load', server.load.map((value) => value.toFixed(2)).join('  ')],
    ['Process', `${server.pid}, Node.js ${server.node.replace(/^v/, '')}`],
    ['Addresses', server.urls.join(' ')],
    ['Started', timeOf(server.started)],
  ])}</div>
</section>`;
}

function connectionText({ connections }: ServerSnapshot): string {
  const { total, most, waiting } = connections;
  const parts = (['reading', 'working', 'writing', 'idle', 'closing'] as const)
    .filter((state) => connections[state] > 0)
    .map((state) => `${countText(connections[state])} ${state}`);
  const bound = Number.isFinite(most) && most > 0 ? ` of ${countText(most)}` : '';
  const queue = waiting > 0 ? `; ${countText(waiting)} wait` : '';
  return `${countText(total)}${bound}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}${queue}`;
}

function responseText(statuses: ServerSnapshot['statuses']): string {
  const parts = Object.entries(statuses).filter(([, count]) => count > 0);
  return parts.length === 0
    ? 'none yet'
    : parts.map(([code, count]) => `${countText(count)} ${code}`).join(', ');
}
