import type { ActionArgument, ControlAction, ControlCall, Json } from '../../http/control/action.js';
import { MAX_REPLY_LINE } from '../../http/control/lines.js';
import { TRACE_FILTERS, TraceFilter } from './trace-filter.js';
import { summaryOf, type TraceRecord } from './trace-record.js';
import type { Tracing } from './tracing.js';
import type { WatchedCall } from './watchers.js';

/** An item of the answer: a call of a request that runs, or the whole trace of one that has ended. */
export type TraceItem =
  /** the first of an answer: the process that is watched */
  { readonly watching: number } | { readonly call: WatchedCall } | { readonly trace: TraceRecord };

/** What is left of a line for its frame, and for letters that take more than a byte. */
const MAX_ITEM = MAX_REPLY_LINE / 2;

/** The actions on traces. */
export function traceActions(tracing: Tracing): Readonly<Record<string, ControlAction>> {
  const args: Record<string, ActionArgument> = {};
  for (const { name, help } of TRACE_FILTERS) args[name] = { help };
  args['calls'] = { help: 'with any value: each call as well, when it begins and when it returns' };
  return {
    trace: {
      help: 'traces requests to extensions, and shows each when it has ended',
      args,
      streams: true,
      run: (call) => follow(tracing, call),
    },
  };
}

/** Sends traces until the client leaves. */
function follow(tracing: Tracing, { args, send, signal }: ControlCall): Promise<void> {
  const { calls, ...filters } = args;
  const filter = TraceFilter.parse(filters);
  return new Promise((resolve) => {
    send(asItem({ watching: process.pid }));
    const leave = tracing.watch({
      wants: (start) => filter.mayWant(start),
      ...(calls !== undefined && { called: (call: WatchedCall) => void send(asItem({ call })) }),
      finished: (record) => {
        if (filter.takes(summaryOf(record))) send(asItem({ trace: fitting(record) }));
      },
    });
    const end = (): void => {
      leave();
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/** A record with as many calls as fit in a line of the control socket; those that do not are counted. */
export function fitting(record: TraceRecord, limit = MAX_ITEM): TraceRecord {
  let { events, leftOut } = record;
  while (events.length > 0 && JSON.stringify({ ...record, events }).length > limit) {
    const half = events.slice(0, events.length >> 1);
    leftOut += events.length - half.length;
    events = half;
  }
  return { ...record, events, leftOut };
}

/** Plain data as an item: traces have nothing else. */
function asItem(value: TraceItem): Json {
  return value as unknown as Json;
}
