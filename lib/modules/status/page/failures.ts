import { markup, type Html } from '../../html.js';
import type { StatusSnapshot } from '../snapshot.js';
import type { TraceSummary } from '../../trace/trace-record.js';
import type { JournalSummary } from '../sources.js';
import { countText, millisecondsText } from '../units.js';
import { baseName, facts, fileName, table, timeOf } from './table.js';

/** Failures that the page lists at most; there may be more in the folder. */
const MAX_FAILURES = 20;

/** Kinds of calls that the page lists at most. */
const MAX_CALLS = 100;

const FAILURE_COLUMNS = [
  { name: 'When' },
  { name: 'Request' },
  { name: 'Status', numeric: true },
  { name: 'Took', numeric: true },
  { name: 'Extension' },
  { name: 'Why it is kept' },
];

/** The requests that failed, each with a link to its trace. */
export function failureSection({ failures }: StatusSnapshot): Html | undefined {
  if (failures === null) return undefined;
  const rows = failures.slice(0, MAX_FAILURES).map((failure) => ({
    key: failure.id,
    cells: [
      timeOf(failure.time),
      markup`<a class="request" href="?trace=${failure.id}">${failure.method} ${failure.url}</a>`,
      failure.status === 0 ? 'none' : String(failure.status),
      millisecondsText(failure.duration),
      fileName(failure.extension),
      failure.why,
    ],
  }));
  const left = failures.length - MAX_FAILURES;
  const more =
    left > 0 &&
    markup`<p class="faint">${left === 1 ? 'One older one' : `${left} older ones`}: <code>isapi-host trace list</code></p>`;
  const content =
    rows.length === 0
      ? markup`<p class="faint">No failed request is kept. With <code>ISAPITrace failures</code>, those that fail are, each with all of its calls.</p>`
      : markup`${table('Recent failures and traces', FAILURE_COLUMNS, rows)}${more}`;
  return markup`<section id="failures" aria-labelledby="failures-h">
<h2 id="failures-h">Recent failures and traces</h2>
<div class="panel">${content}</div>
</section>`;
}

const CALL_COLUMNS = [
  { name: 'Extension' },
  { name: 'Kind' },
  { name: 'What it is about' },
  { name: 'How often', numeric: true },
  { name: 'Last seen' },
];

/** What extensions ask for in vain, and what to do. */
export function journalSection({ journal }: StatusSnapshot): Html | undefined {
  if (journal === null) return undefined;
  const rows = journal.slice(0, MAX_CALLS).map((call) => ({
    key: keyOf(call),
    cells: [fileName(call.extension), call.title, callCell(call), countText(call.count), timeOf(call.last)],
  }));
  const content =
    rows.length === 0
      ? markup`<p class="faint">No extension has asked for anything that it did not get.</p>`
      : table('Unsupported calls', CALL_COLUMNS, rows);
  return markup`<section id="journal" aria-labelledby="journal-h">
<h2 id="journal-h">Unsupported calls</h2>
<div class="panel">${content}</div>
</section>`;
}

function keyOf({ extension, kind, what }: JournalSummary): string {
  return `${kind} ${extension} ${what}`;
}

function callCell(call: JournalSummary): Html {
  const { pool, what, purpose, advice, detail, error, url, first } = call;
  return markup`<details data-key="${keyOf(call)}">
<summary>${what}</summary>${facts([
    ['What it is', purpose],
    ['What to do', advice],
    ['The last one', detail],
    ['Last error', error === 0 ? '' : String(error)],
    ['Example', markup`<span class="request">${url}</span>`],
    ['First seen', timeOf(first)],
    ['Pool', pool],
  ])}</details>`;
}

/** The page of one trace. */
export function traceSection(failure: TraceSummary | undefined, lines: readonly string[]): Html {
  const title = failure === undefined ? 'Trace' : `${baseName(failure.extension)}: ${failure.why}`;
  return markup`<section id="trace" aria-labelledby="trace-h">
<p><a href="?">Back to the status</a></p>
<h2 id="trace-h">${title}</h2>
<div class="panel">
<pre class="trace" tabindex="0" role="region" aria-labelledby="trace-h">${lines.map((line) => `${line}\n`)}</pre>
</div>
</section>`;
}
