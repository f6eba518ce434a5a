import type { GroupSnapshot, PoolSnapshot, ProcessSnapshot } from '../../../pool/snapshots.js';
import { markup, type Html } from '../../html.js';
import { markOf, THREAD_MARKS, type ThreadMark } from '../scoreboard.js';
import type { StatusSnapshot } from '../snapshot.js';
import { bytesText, countText, millisecondsText, shortDuration } from '../units.js';
import { facts, fileName, table, timeOf } from './table.js';

/** The longest request that is shown in a line; its title has all of it. Characters. */
const MAX_REQUEST = 96;

/** The application pools with their worker processes. */
export function poolSection({ pools }: StatusSnapshot): Html {
  const legend = Object.values(THREAD_MARKS).map(({ letter, text }) => [letter, text] as const);
  return markup`<section id="pools" aria-labelledby="pools-h">
<h2 id="pools-h" tabindex="-1">Application pools</h2>${pools.map(poolPanels)}<details class="faint" data-key="legend">
<summary>What the letters of the threads mean</summary>${facts(legend)}</details>
</section>`;
}

function poolPanels({ name, current, groups }: PoolSnapshot): Html {
  const earlier = !current && markup`<span class="badge warn">of an earlier configuration</span>`;
  const key = `${name} ${current ? '' : 'earlier'}`;
  if (groups.length === 0) {
    return markup`<div class="panel" data-key="${key}">
<div class="poolhead">
<h3>${name}</h3>${earlier}<span class="faint">No request has come for it yet.</span>
</div>
</div>`;
  }
  return markup`${groups.map(
    (group) =>
      markup`<div class="panel" data-key="${key} ${group.runtime}">
<div class="poolhead">
<h3>${name}</h3>
<span>${group.runtime}</span>${stateBadge(group)}${earlier}</div>
<p class="faint">${summary(group)}</p>${stop(name, group)}${replacement(group)}${group.processes.length > 0 && processTable(name, group)}</div>
`,
  )}`;
}

function stateBadge({ rapidFail, processes, queued, queueLimit }: GroupSnapshot): Html {
  if (rapidFail.stoppedFor > 0) {
    const seconds = Math.ceil(rapidFail.stoppedFor / 1000);
    return markup`<span class="badge bad">stopped for ${seconds} s</span>`;
  }
  if (queued > 0 && queued >= queueLimit) return markup`<span class="badge bad">queue full</span>`;
  if (processes.some(({ state }) => state === 'ready')) return markup`<span class="badge good">ready</span>`;
  if (processes.some(({ state }) => state === 'starting'))
    return markup`<span class="badge warn">starting</span>`;
  return markup`<span class="badge">no process</span>`;
}

function summary({ queued, queueLimit, threadsMax, restarts, rapidFail }: GroupSnapshot): string {
  const losses = rapidFail.limit > 0 ? `${rapidFail.losses} of ${rapidFail.limit}` : String(rapidFail.losses);
  return [
    `queue ${countText(queued)} of ${countText(queueLimit)}`,
    `at most ${threadsMax} thread${threadsMax === 1 ? '' : 's'} each`,
    `${countText(restarts)} restart${restarts === 1 ? '' : 's'}`,
    ...(rapidFail.losses > 0 ? [`${losses} losses until it is stopped`] : []),
  ].join(' \u00b7 ');
}

/** Why it is stopped, until when, and what ends that. */
function stop(pool: string, { rapidFail }: GroupSnapshot): Html | false {
  const { stoppedUntil, reason } = rapidFail;
  if (stoppedUntil === null) return false;
  return markup`<p class="bad">Stopped until ${timeOf(stoppedUntil)}: ${reason}. To end it at once: <code>isapi-host pool recycle ${pool}</code></p>
`;
}

function replacement({ lastReplacement: last }: GroupSnapshot): Html | false {
  if (last === null) return false;
  const kind = last.isLoss ? 'bad' : 'faint';
  const what = last.isLoss ? 'Last lost' : 'Last replaced';
  return markup`<p class="${kind}">${what} ${timeOf(last.time)}: ${last.reason}</p>
`;
}

const PROCESS_COLUMNS = [
  { name: 'Process' },
  { name: 'State' },
  { name: 'Age', numeric: true },
  { name: 'Requests', numeric: true },
  { name: 'Processor', numeric: true },
  { name: 'Memory', numeric: true },
  { name: 'Threads' },
];

function processTable(pool: string, { runtime, processes }: GroupSnapshot): Html {
  const rows = processes.map((worker) => ({
    key: `p${worker.pid}`,
    cells: [
      worker.pid === 0 ? '-' : String(worker.pid),
      worker.state,
      shortDuration(worker.age / 1000),
      countText(worker.requests),
      `${(worker.cpuUser + worker.cpuSystem).toFixed(1)} s`,
      worker.memory > 0 ? bytesText(worker.memory) : '-',
      board(worker),
    ],
  }));
  return table(`Worker processes of pool ${pool}, ${runtime}`, PROCESS_COLUMNS, rows);
}

/** The threads of a process, a letter for each. */
function board(worker: ProcessSnapshot): Html | string {
  const marks = worker.threads.map((thread) => markOf(worker, thread));
  if (marks.length === 0) return '-';
  const counts = new Map<ThreadMark, number>();
  for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  const label = [...counts].map(([mark, count]) => `${count} ${THREAD_MARKS[mark].text}`).join(', ');
  return markup`<span class="board" role="img" aria-label="${label}">${marks.map(
    (mark) =>
      markup`<span class="${mark}" title="${THREAD_MARKS[mark].text}">${THREAD_MARKS[mark].letter}</span>`,
  )}</span>`;
}

const REQUEST_COLUMNS = [
  { name: 'For', numeric: true },
  { name: 'Request' },
  { name: 'Client' },
  { name: 'Extension' },
  { name: 'Where' },
];

/** The requests that are inside extensions. */
export function requestSection({ pools, extended }: StatusSnapshot, showsTail: boolean): Html {
  const rows = pools.flatMap(({ name, groups }) =>
    groups.flatMap(({ processes }) =>
      processes.flatMap(({ pid, threads }) =>
        threads.flatMap(({ index, request, ahead }) =>
          request === null
            ? []
            : {
                key: `${pid}-${index}`,
                cells: [
                  millisecondsText(request.milliseconds),
                  requestText(request, showsTail),
                  request.client || '-',
                  fileName(request.extension),
                  `${name}, ${pid}, thread ${index}${ahead > 0 ? `, ${ahead} more sent ahead` : ''}`,
                ],
              },
        ),
      ),
    ),
  );
  const content =
    rows.length === 0
      ? markup`<p class="faint">No request is inside an extension at the moment.</p>`
      : table('Running requests', REQUEST_COLUMNS, rows);
  const hint =
    !extended && markup`<p class="faint">Whose requests they are is not shown: ExtendedStatus is Off.</p>`;
  return markup`<section id="requests" aria-labelledby="requests-h">
<h2 id="requests-h">Running requests</h2>
<div class="panel">${content}${hint}</div>
</section>`;
}

interface ShownRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

function requestText({ method, host, path, query }: ShownRequest, showsTail: boolean): Html | string {
  if (method === '') return '-';
  const url = query === '' ? path : `${path}?${query}`;
  const shown =
    url.length <= MAX_REQUEST
      ? url
      : showsTail
        ? `\u2026${url.slice(-MAX_REQUEST)}`
        : `${url.slice(0, MAX_REQUEST)}\u2026`;
  return markup`<span class="request" title="${`${method} ${host}${url}`}">${method} ${shown}</span>`;
}
