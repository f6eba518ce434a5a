import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { TraceEvent, TraceRecord } from '../../lib/modules/trace/trace-record.js';
import type { Reply, RequestOptions } from './client.js';
import type { Host } from './server.js';

/** What a request was answered, and the trace of it that was kept. */
export interface Traced {
  readonly reply: Reply;
  readonly record: TraceRecord;
}

/** Makes a request and waits for its trace, which must be the next one that is kept. */
export async function traced(host: Host, target: string, options?: RequestOptions): Promise<Traced> {
  const from = host.errorLog().length;
  const reply = await host.get(target, options);
  return { reply, record: await nextTrace(host, from) };
}

/** The first trace that is kept after so many characters of the error log. */
export async function nextTrace(host: Host, from: number): Promise<TraceRecord> {
  const line = await host.waitForLog(/ IH112[01]: /, from);
  return readTrace(host, /the trace ([0-9a-z]{8}) is kept/.exec(line)?.[1] ?? '');
}

export function readTrace({ root }: Host, id: string): TraceRecord {
  const [, record = ''] = readFileSync(join(root, 'logs', 'traces', `${id}.jsonl`), 'utf8').split('\n');
  return JSON.parse(record) as TraceRecord;
}

/** The calls of a trace in order, those of ServerSupportFunction by the function's name. */
export function callNames(record: TraceRecord): string[] {
  return record.events.map((event) => event.function ?? event.name);
}

/** The first call with a name. Throws when there is none. */
export function callOf(record: TraceRecord, name: string): TraceEvent {
  const found = record.events.find((event) => event.name === name || event.function === name);
  if (!found) throw new Error(`there is no ${name} among ${callNames(record).join(', ')}`);
  return found;
}
