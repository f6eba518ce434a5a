import { HostError } from '../errors.js';
import type { Json } from '../http/control/action.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option, type Streams } from './command.js';
import { callServer, CONTROL_OPTIONS, findSocket } from './control-client.js';
import { harmless, momentText, textTable, WIDTH, wrap } from './text-table.js';

const OPTIONS: readonly Option[] = [
  ...CONTROL_OPTIONS,
  { name: 'json', help: 'shows each item as a JSON object on a line of its own' },
];

const NUMBERS = new Set(['PID', 'AGE', 'REQUESTS', 'THREADS', 'WAITING', 'MEMORY']);

type Item = Readonly<Record<string, Json>>;

/** `isapi-host pool`: the application pools of a running server. */
export const poolCommand: Command = {
  name: 'pool',
  usage: 'pool list|recycle NAME [-f FILE] [-d DIR] [--socket PATH] [--json]',
  short: 'shows the worker processes of a running server, or replaces those of a pool',
  long:
    'list shows the worker processes of all application pools: how old they are, what they have served, how many\n' +
    'of their threads are inside an extension, how many requests wait, and their memory. One that lost too many\n' +
    'processes (rapid_fail.count in pools.ini) is stopped: it says why, and until when.\n' +
    'recycle NAME replaces the worker processes of a pool one after the other: a new one is started, takes over\n' +
    'when it is ready, and the old one ends when its requests have. No request is lost, and the command returns\n' +
    'when all that is done. Where the pool is stopped, the stop ends at once and a process is started.\n' +
    'The server is found by its configuration, or by --socket; only its own user and root may do this.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    const [verb, name, ...extra] = parsed.rest;
    if (verb === 'list' && name === undefined) return list(parsed, streams);
    if (verb === 'recycle' && name !== undefined && extra.length === 0) return recycle(name, parsed, streams);
    throw new HostError('USAGE', 'pool takes list, or recycle and the name of a pool');
  },
};

async function list(parsed: Arguments, streams: Streams): Promise<number> {
  const items = await callForItems(parsed, 'pool list', {});
  if (parsed.flags.has('json')) {
    for (const item of items) streams.out(JSON.stringify(item));
    return EXIT.ok;
  }
  const head = ['POOL', 'RUNTIME', 'PID', 'STATE', 'AGE', 'REQUESTS', 'THREADS', 'WAITING', 'MEMORY'];
  for (const line of textTable(items.map(rowOf), { head, right: NUMBERS })) streams.out(line);
  for (const line of items.filter(({ state }) => state === 'stopped').flatMap(whyStopped)) streams.out(line);
  return EXIT.ok;
}

function rowOf(item: Item): string[] {
  const text = (name: string): string => textOf(item[name]);
  if (item['state'] === 'stopped') return [text('pool'), text('runtime'), '-', 'stopped'];
  if (item['pid'] === undefined) return [text('pool'), '-', '-', 'idle'];
  const memory = Number(item['memory']);
  return [
    text('pool'),
    text('runtime'),
    text('pid'),
    text('state'),
    `${text('age')} s`,
    text('requests'),
    `${text('busy')}/${text('threads')}`,
    text('waiting'),
    memory > 0 ? `${Math.round(memory / 1048576)} MiB` : '-',
  ];
}

function whyStopped(item: Item): string[] {
  const [pool, runtime, reason] = [textOf(item['pool']), textOf(item['runtime']), textOf(item['reason'])];
  const until = momentText(new Date(textOf(item['until'])));
  const text =
    `Pool ${pool} is stopped for the runtime ${runtime} until ${until} (${textOf(item['seconds'])} s from now): ` +
    `${harmless(reason)}. Its requests get 503. End the stop with: isapi-host pool recycle ${pool}`;
  return ['', ...wrap(text, WIDTH)];
}

/** A text or a number as it is shown. */
function textOf(value: Json): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

async function recycle(name: string, parsed: Arguments, streams: Streams): Promise<number> {
  const { count, others } = await showReplaced('pool recycle', { name }, parsed, streams);
  if (count === 0 && others.length === 0 && !parsed.flags.has('json')) {
    streams.out(`pool ${name}: no worker process runs; the next request starts one`);
  }
  return EXIT.ok;
}

/** What came of an action that replaces worker processes. */
export interface Replaced {
  /** how many were */
  readonly count: number;
  /** the items that tell of something else */
  readonly others: readonly Item[];
}

/**
 * Calls an action that replaces worker processes, and shows each as soon as it is.
 * @throws HostError ACTION when the server stopped before the end
 */
export async function showReplaced(
  action: string,
  args: Readonly<Record<string, string>>,
  parsed: Arguments,
  streams: Streams,
): Promise<Replaced> {
  const asJson = parsed.flags.has('json');
  const others: Item[] = [];
  let count = 0;
  const show = (item: Item): void => {
    if (asJson) streams.out(JSON.stringify(item));
    const { pool, runtime, old, new: now } = item;
    const where = `pool ${textOf(pool)}, ${textOf(runtime)}`;
    if (old === undefined) {
      others.push(item);
      if (item['resumed'] === true && !asJson) {
        streams.out(`${where}: it is no longer stopped; worker process ${textOf(now)} takes its requests`);
      }
      return;
    }
    count++;
    if (!asJson) streams.out(`${where}: worker process ${textOf(old)} was replaced by ${textOf(now)}`);
  };
  // Items of mod_isapi's actions are objects.
  const events = { item: (item: Json) => show(item as Item) };
  const end = await callServer(findSocket(parsed), { action, args }, events);
  if (end === 'done') return { count, others };
  throw new HostError(
    'ACTION',
    'the server stops, or has taken another configuration, whose worker processes are all new',
  );
}

async function callForItems(
  parsed: Arguments,
  action: string,
  args: Readonly<Record<string, string>>,
): Promise<Item[]> {
  const items: Item[] = [];
  await callServer(findSocket(parsed), { action, args }, { item: (item) => items.push(item as Item) });
  return items;
}
