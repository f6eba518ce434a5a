import type { ExtensionErrors, ExtensionSnapshot } from '../../../pool/extension-statistics.js';
import { markup, type Html } from '../../html.js';
import type { StatusSnapshot } from '../snapshot.js';
import { bytesText, countText, millisecondsText } from '../units.js';
import { baseName, facts, table, timeOf } from './table.js';

const COLUMNS = [
  { name: 'Extension' },
  { name: 'Served by' },
  { name: 'Requests', numeric: true },
  { name: 'Errors', numeric: true },
  { name: 'Median', numeric: true },
  { name: '90 %', numeric: true },
  { name: '99 %', numeric: true },
  { name: 'Longest', numeric: true },
  { name: 'Sent', numeric: true },
  { name: 'Unsupported calls', numeric: true },
];

/** What the kinds of errors are called. */
const ERROR_NAMES: Readonly<Record<keyof ExtensionErrors, string>> = {
  notLoaded: 'could not be loaded',
  crashed: 'crashes',
  lost: 'lost with their worker process',
  timeout: 'timeouts',
  refused: 'refused by the pool',
  failed: 'failed, as the extension said or its headers show',
};

/** Every extension that was asked for or is cached. */
export function extensionSection({ extensions, others, extended }: StatusSnapshot): Html {
  const rows = extensions.map((extension) => ({
    key: `${extension.pool} ${extension.file}`,
    cells: [nameCell(extension), servedBy(extension), ...numbers(extension)],
  }));
  if (others !== null) {
    rows.push({ key: 'others', cells: ['others, not remembered by name', '', ...numbers(others)] });
  }
  const content =
    rows.length === 0
      ? markup`<p class="faint">No extension was asked for yet.</p>`
      : table('Extensions', COLUMNS, rows);
  const hint =
    !extended &&
    markup`<p class="faint">Requests are counted for extensions, whatever ExtendedStatus says.</p>`;
  return markup`<section id="extensions" aria-labelledby="extensions-h">
<h2 id="extensions-h">Extensions</h2>
<div class="panel">${content}${hint}</div>
</section>`;
}

function servedBy({ pool, runtime, cached }: ExtensionSnapshot): Html {
  return markup`<span class="keep">${runtime ?? 'no runtime'}, ${pool}</span>${cached && markup` <span class="badge">cached</span>`}`;
}

function numbers({
  requests,
  running,
  errors,
  latency,
  bytes,
  unsupported,
}: ExtensionSnapshot): (Html | string)[] {
  const count = Object.values(errors).reduce((sum, each) => sum + each, 0);
  const { p50, p90, p99, max } = latency;
  return [
    running > 0 ? `${countText(requests)} + ${countText(running)}` : countText(requests),
    count > 0 ? markup`<span class="bad">${countText(count)}</span>` : '0',
    ...[p50, p90, p99, max].map((time) => (latency.count === 0 ? '-' : millisecondsText(time))),
    bytesText(bytes),
    countText(unsupported),
  ];
}

function nameCell(extension: ExtensionSnapshot): Html {
  const { pool, file, version, description, errors, lastRequest } = extension;
  const counts = (Object.keys(ERROR_NAMES) as (keyof ExtensionErrors)[])
    .filter((kind) => errors[kind] > 0)
    .map((kind) => `${countText(errors[kind])} ${ERROR_NAMES[kind]}`);
  const said =
    version === null
      ? 'not loaded yet'
      : `${description === '' ? 'no description' : description}, version ${version}`;
  return markup`<details data-key="${pool} ${file}">
<summary>${baseName(file)}</summary>${facts([
    ['File', file],
    ['It says', said],
    ['Errors', counts.length === 0 ? 'none' : counts.join('; ')],
    ['Last request', lastRequest === 0 ? 'none' : timeOf(lastRequest)],
  ])}</details>`;
}
