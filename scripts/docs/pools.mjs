import { cellCode, load, madeFrom, plain, table } from './markdown.mjs';

/** docs/pools.md: every setting of an application pool. */
export async function poolsDocument() {
  const { POOL_SETTINGS } = await load('config/pool-settings.js');
  const units = await load('config/units.js');
  return `${madeFrom('POOL_SETTINGS in lib/config/pool-settings.ts')}

# Application pools

An application pool is a set of worker processes that run extensions. \`pools.ini\` beside the configuration file (or the
file that \`--pools\` names) has a section for each. The pool \`[default]\` is there without one, and takes every extension
that no \`ISAPIApplicationPool\` gives to another. A section inherits nothing from \`[default]\`: what it leaves out has the
default below. Anything that is wrong in the file stops the start, with its place.

    [default]
    threads.max = 8

    [shop]
    threads.max = 4
    recycle.requests = 10000
    env[TZ] = UTC

and in the configuration:

    <Location "/shop">
        ISAPIApplicationPool shop
    </Location>

Lines that begin with \`;\` or \`#\` are comments. Durations are whole numbers of seconds, or have a unit: \`ms\`, \`s\`,
\`m\`, \`h\`, \`d\`. Sizes are bytes, or have \`K\`, \`M\` or \`G\` (of 1024).

${table(
  ['Setting', 'Default', 'Values', 'What it is'],
  [
    ...POOL_SETTINGS.map((row) => [
      cellCode(row.name),
      defaultOf(row, units),
      valuesOf(row, units),
      plain(row.help),
    ]),
    [
      '`env[NAME]`',
      'none',
      'text',
      "an environment variable for the worker processes, besides the server's own",
    ],
  ],
)}

A pool has at most one worker process that takes requests for each runtime that its extensions need; one that is
replaced finishes what it has. A process has up to \`threads.max\` threads, each of which serves one request at a time.
The threads share the globals of an extension, as in IIS and Apache.
`;
}

function defaultOf(row, units) {
  if (row.default === '') return 'empty';
  return cellCode(typeof row.default === 'string' ? row.default : format(row, row.default, units));
}

function valuesOf(row, units) {
  if (row.type === 'text') return 'text';
  if (row.type === 'choice') {
    const refused = Object.entries(row.refused ?? {}).map(([name, why]) => `${cellCode(name)}: ${why}`);
    return [row.choices.map(cellCode).join(', '), ...refused].join('; ');
  }
  const zero = row.zero === undefined ? '' : `, or 0: ${row.zero}`;
  return `${format(row, row.min, units)} to ${format(row, row.max, units)}${zero}`;
}

function format(row, value, { formatDuration, formatSize }) {
  if (row.type === 'duration') return formatDuration(value);
  return row.type === 'size' ? formatSize(value) : String(value);
}
