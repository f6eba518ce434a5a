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

## A pool that is stopped

An extension that crashes takes its worker process with it, and the next request starts another one. When
\`rapid_fail.count\` processes of a pool for one runtime are lost within \`rapid_fail.window\`, no further one is started:
requests for that runtime get 503 (IH1053) until fewer losses are within the window. The pool's other runtimes, and other
pools, go on. The log says so once (IH2008), and \`isapi-host pool list\` and the status page show it meanwhile:

    $ isapi-host pool list
    POOL     RUNTIME  PID  STATE    AGE  REQUESTS  THREADS  WAITING  MEMORY
    default  wine32     -  stopped

    Pool default is stopped for the runtime wine32 until 2026-11-28 02:19:05 UTC (271 s from now): ...
    End the stop with: isapi-host pool recycle default

The lines IH2005 in the log name the extension that has ended each process. Once it is mended, or has a pool of its own so that
others do not suffer with it, \`isapi-host pool recycle NAME\` ends the stop at once: the losses are forgotten, a worker process
is started, and the command says which. A reload of the configuration (\`-k graceful\`) ends it too.
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
