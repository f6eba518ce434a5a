import type { CallFields } from '../../isapi/call-values.js';
import { HSE_STATUS } from '../../isapi/constants.js';
import {
  WATCHED,
  type TraceEnding,
  type TraceEvent,
  type TraceRecord,
  type TraceSummary,
} from './trace-record.js';
import {
  formatValue,
  formatData,
  formatFirst,
  count,
  formatTime,
  formatMilliseconds,
  formatMicroseconds,
} from './trace-values.js';

/** The longest line, where its words let it be broken. Characters. */
const WIDTH = 100;

/** Traces in a table, one line each and one for what they were. */
export function formatTraceList(traces: readonly TraceSummary[]): string[] {
  return traces.flatMap(({ id, time, method, url, status, duration, client, extension, why }) => {
    const answer = status === 0 ? '  -' : String(status);
    const took = formatMicroseconds(duration * 1000).padStart(8);
    return [
      `${id}  ${formatTime(time)}  ${answer}  ${took} in all  ${client}`,
      ...wrap(`${method} ${url}`, ID_COLUMNS, ID_COLUMNS + 2),
      ...wrap(`${extension}: ${why}`, ID_COLUMNS, ID_COLUMNS + 2),
    ];
  });
}

/** What the id of a trace takes in a list. */
const ID_COLUMNS = 10;

/** Where values stand behind their labels. */
const LABEL_COLUMNS = 12;

/** Where calls stand behind their times. */
const TIME_COLUMNS = 22;

/** How far the calls within a call are moved in. */
const INDENT = 2;

/** Deeper calls are not moved in any further. */
const MAX_INDENTS = 6;

/** Calls that return a BOOL. */
const BOOL_CALLS = new Set([
  'GetExtensionVersion',
  'TerminateExtension',
  'GetServerVariable',
  'WriteClient',
  'ReadClient',
  'ServerSupportFunction',
]);

const STATUS_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(HSE_STATUS).map(([name, number]) => [number, `HSE_STATUS_${name}`]),
);

/** How a connection ended, in words. */
export const ENDINGS: Readonly<Record<TraceEnding, string>> = {
  kept: 'the connection is kept',
  closed: 'the connection is closed',
  cut: 'the connection was cut: the response is not whole',
  'client left': 'the client left before the end',
};

/** A trace as lines of text for people, at most 100 columns wide where that can be. */
export function formatTrace(record: TraceRecord): string[] {
  return [
    ...headOf(record),
    '',
    ...placesOf(record),
    '',
    ...(record.controlBlock ? ['Control block', ...blockLines(record.controlBlock), ''] : []),
    ...timelineOf(record),
    '',
    ...responseOf(record),
    ...logOf(record),
  ];
}

/**
 * How long a request took, in words: until its response had ended, and, where that is not the same, until the extension was
 * let go, which is what lists of traces show.
 */
export function tookText({ response, duration }: TraceRecord): string {
  const answered = formatMicroseconds(response.at);
  const all = `${formatMicroseconds(duration * 1000)} in all`;
  return all === `${answered} in all` ? all : `${answered}; ${all}, until the extension was let go`;
}

function headOf(record: TraceRecord): string[] {
  const { id, time, method, url, why, response, failure } = record;
  const took = tookText(record);
  const outcome =
    response.statusLine === '' ? `no response within ${took}` : `${response.statusLine}, ${took}`;
  return [
    `Trace ${id}  ${formatTime(time)}`,
    '',
    ...wrap(`${method} ${url}`, 2, 4),
    ...wrap(outcome, 2, 4),
    ...(failure === undefined ? [] : wrap(failure, 2, 4)),
    ...(why === WATCHED ? [] : wrap(`kept because of: ${why}`, 2, 4)),
  ];
}

function placesOf(record: TraceRecord): string[] {
  const { request, client, extension, cached, pool, runtime, worker } = record;
  const within = request.within;
  const place = [
    `pool ${pool}`,
    ...(runtime === undefined ? [] : [runtime]),
    ...(worker === undefined
      ? ['never reached a worker process']
      : [
          `process ${String(worker.pid)}`,
          `worker thread ${String(worker.thread)}` +
            (worker.systemThread === undefined ? '' : ` (system thread ${String(worker.systemThread)})`),
        ]),
  ];
  return [
    ...labelled('Request', `${request.id}, ${request.protocol} from ${client} to ${request.host}`),
    ...(within === undefined ? [] : labelled('Within', `request ${within.id}, ${within.url}`)),
    ...labelled('Extension', extension + (cached ? ' (ISAPICacheFile)' : '')),
    ...labelled('Runs in', place.join(', ')),
    ...request.headers.flatMap(([name, value], index) =>
      labelled(index === 0 ? 'Headers' : '', `${name}: ${value}`),
    ),
  ];
}

function blockLines(fields: CallFields): string[] {
  const width = Math.max(...Object.keys(fields).map((name) => name.length)) + 2;
  return Object.entries(fields).flatMap(([name, value]) =>
    wrap(`${name.padEnd(width)}${formatValue(value)}`, 2, 2 + width),
  );
}

/** A moment of the timeline that is no call. */
interface Moment {
  readonly at: number;
  readonly text: string;
}

function timelineOf(record: TraceRecord): string[] {
  const moments = momentsOf(record);
  const lines: string[] = [`Timeline${'ms'.padStart(3)}      took  call`];
  const own = record.worker?.systemThread;
  for (const event of record.events) {
    for (const moment of takeUntil(moments, event.at)) lines.push(...momentLines(moment));
    lines.push(...eventLines(event, own));
  }
  if (record.leftOut > 0) {
    const calls = record.leftOut === 1 ? 'call is' : 'calls are';
    const text = `... ${String(record.leftOut)} more ${calls} not kept (ISAPITraceEvents)`;
    lines.push(' '.repeat(TIME_COLUMNS) + text);
  }
  for (const moment of moments) lines.push(...momentLines(moment));
  return lines;
}

function momentsOf({ times, response, worker, request, pool, leftOut }: TraceRecord): Moment[] {
  const { submitted, sent, begun } = times;
  const moments: Moment[] = [{ at: 0, text: `request ${request.id} arrived` }];
  if (submitted !== undefined) moments.push({ at: submitted, text: `handed to pool ${pool}` });
  if (sent !== undefined && submitted !== undefined && worker !== undefined) {
    const thread = `worker thread ${String(worker.thread)} of process ${String(worker.pid)}`;
    const waited = formatMicroseconds(sent - submitted);
    moments.push({ at: sent, text: `sent to ${thread} after ${waited} in the queue` });
  }
  if (begun !== undefined) moments.push({ at: begun, text: 'the worker thread begins' });
  const ended = response.statusLine === '' ? 'the request ended without a response' : 'the response ended';
  const unkept = leftOut > 0 ? ' (calls that are not kept may precede it)' : '';
  moments.push({ at: response.at, text: ended + unkept });
  return moments.sort((a, b) => a.at - b.at);
}

/** Takes those off a list that are not later than a moment. */
function takeUntil(moments: Moment[], at: number): Moment[] {
  const count = moments.findIndex((moment) => moment.at > at);
  return moments.splice(0, count < 0 ? moments.length : count);
}

function momentLines({ at, text }: Moment): string[] {
  return timed(at, '', text, 0);
}

/**
 * A call as lines, as in a trace.
 * @param ownThread the thread that runs the request
 */
export function formatCall(event: TraceEvent, ownThread: number | undefined): string[] {
  return eventLines(event, ownThread);
}

function eventLines(event: TraceEvent, ownThread: number | undefined): string[] {
  const { at, duration, depth, thread } = event;
  const took = duration === undefined ? '-' : formatMicroseconds(duration);
  const stranger =
    thread === undefined || ownThread === undefined || thread === ownThread
      ? ''
      : `[thread ${String(thread)}] `;
  const indent = Math.min(depth, MAX_INDENTS) * INDENT;
  const [head = '', ...data] = describe(event, WIDTH - TIME_COLUMNS - indent - stranger.length);
  return [
    ...timed(at, took, stranger + head, indent),
    ...data.flatMap((text) => wrap(text, TIME_COLUMNS + indent + 4, TIME_COLUMNS + indent + 4)),
  ];
}

/** A call in words: in one line where it fits, else data stands in lines of its own behind the call. */
function describe(event: TraceEvent, room: number): string[] {
  const { name, code, function: supportName, given, got = {}, duration } = event;
  const support = supportName === undefined ? '' : ` ${supportName}`;
  const what = code === undefined ? name : `${name} ${String(code)}${support}`;
  const outcome = duration === undefined ? 'did not return' : `= ${resultOf(event)}`;
  const line = (before: readonly string[], after: readonly string[]): string =>
    [what, before.join(', '), outcome + (after.length === 0 ? '' : ':'), after.join(', ')]
      .filter((part) => part !== '')
      .join(' ');
  const [wordsGiven, dataGiven] = partsOf(given);
  const [wordsGot, dataGot] = partsOf(got);
  const whole = line([...wordsGiven, ...dataGiven], [...wordsGot, ...dataGot]);
  return whole.length <= room ? [whole] : [line(wordsGiven, wordsGot), ...dataGiven, ...dataGot];
}

/** Fields in words, and those that are data: a size that is there already is not said again. */
function partsOf(fields: CallFields): [words: string[], data: string[]] {
  const words: string[] = [];
  const data: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'object') words.push(`${name} ${formatValue(value)}`);
    else if (value.size !== fields['size']) data.push(`${name} ${formatData(value)}`);
    else if (value.size > 0) data.push(`${name} ${formatFirst(value)}`);
  }
  return [words, data];
}

function resultOf({ name, result, error }: TraceEvent): string {
  if (result === undefined) return 'returned';
  if (BOOL_CALLS.has(name)) {
    if (result !== 0) return result === 1 ? 'TRUE' : `TRUE (${String(result)})`;
    if (error === undefined) return 'FALSE';
    return `FALSE, ${String(error.number)}${error.name === undefined ? '' : ` ${error.name}`}`;
  }
  if (name === 'HttpExtensionProc') {
    const known = STATUS_NAMES.get(Number(result));
    return known === undefined ? String(result) : `${String(result)} ${known}`;
  }
  return error === undefined
    ? String(result)
    : `${String(result)}, ${String(error.number)}${error.name === undefined ? '' : ` ${error.name}`}`;
}

function responseOf(record: TraceRecord): string[] {
  const { statusLine, headers, bytes, ending } = record.response;
  if (statusLine === '') return labelled('Response', `none; ${ENDINGS[ending]}`);
  return [
    ...labelled('Response', statusLine),
    ...headers.flatMap(([name, value]) => labelled('', `${name}: ${value}`)),
    ...labelled('', `${count(bytes, 'byte')} of body; ${ENDINGS[ending]}`),
  ];
}

function logOf({ log }: TraceRecord): string[] {
  if (log.length === 0) return [];
  return [
    '',
    'Log lines',
    ...log.flatMap(({ at, number, level, text }) => {
      return wrap(`${formatMilliseconds(at).padStart(11)}  ${number} ${level}: ${text}`, 0, TIME_COLUMNS);
    }),
  ];
}

function labelled(label: string, text: string): string[] {
  return wrap(label.padEnd(LABEL_COLUMNS) + text, 0, LABEL_COLUMNS + 2);
}

function timed(at: number, took: string, text: string, indent: number): string[] {
  const times = `${formatMilliseconds(at).padStart(11)}${took.padStart(10)} `;
  return wrap(times + ' '.repeat(indent) + text, 0, TIME_COLUMNS + indent + 4);
}

/** Breaks a line at blanks; a word that is too long for a line is broken where it must be. */
function wrap(text: string, first: number, next: number): string[] {
  const lines: string[] = [];
  let rest = ' '.repeat(first) + text;
  while (rest.length > WIDTH) {
    const margin = lines.length === 0 ? first : next;
    const blank = rest.lastIndexOf(' ', WIDTH);
    const isWord = rest.slice(0, Math.max(0, blank)).trim() === '' || blank < WIDTH / 2;
    const end = isWord ? WIDTH : blank;
    lines.push(rest.slice(0, Math.max(end, margin + 1)));
    rest = ' '.repeat(next) + rest.slice(isWord ? end : end + 1);
  }
  lines.push(rest);
  return lines;
}
