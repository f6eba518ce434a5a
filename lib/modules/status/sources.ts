import { HostError } from '../../errors.js';
import { describeRefusal } from '../../isapi/refusal-text.js';
import type { Journal } from '../journal/entry.js';
import type { TraceStore, TraceSummary } from '../trace/trace-record.js';
import { formatTrace } from '../trace/trace-text.js';

/** The failed requests that are kept with their traces. */
export interface FailureSource {
  /** the newest first */
  list(): readonly TraceSummary[];
  /** the lines of a trace; undefined when it is not there any more */
  read(id: string): Promise<readonly string[] | undefined>;
}

/** Calls of one kind that an extension has made in vain, or had only partly carried out. */
export interface JournalSummary {
  /** file of the extension */
  readonly extension: string;
  readonly pool: string;
  /** the function with its number, the variable, or what else it is about */
  readonly what: string;
  readonly count: number;
  /** milliseconds since 1970 */
  readonly first: number;
  readonly last: number;
  /** of a request that made it; secrets masked */
  readonly url: string;
  /** what kind it is: a short name, and in words */
  readonly kind: string;
  readonly title: string;
  /** what it is for, and what to do */
  readonly purpose: string;
  readonly advice: string;
  /** the last error that the extension was given, 0 for none */
  readonly error: number;
  /** more of the last one, or "" */
  readonly detail: string;
}

/** What extensions have asked for in vain. */
export interface JournalSource {
  list(): readonly JournalSummary[];
}

/** What the status page shows besides numbers, each when it is there. */
export interface StatusSources {
  readonly failures?: FailureSource | undefined;
  readonly journal?: JournalSource | undefined;
}

/** The traces that are kept, and what the journal knows, as the page shows them. */
export function statusSources(traces: { readonly store: TraceStore }, journal: Journal): StatusSources {
  return {
    failures: {
      list: () => traces.store.list(),
      async read(id) {
        try {
          const record = await traces.store.read(id);
          return record && formatTrace(record);
        } catch (error) {
          if (error instanceof HostError && error.code === 'TRACE') return [error.message];
          throw error;
        }
      },
    },
    journal: { list: () => journal.entries().toReversed().map(summaryOf) },
  };
}

function summaryOf(entry: ReturnType<Journal['entries']>[number]): JournalSummary {
  const { extension, pool = '', count, first, last, url = '', detail, error, kind } = entry;
  const { subject, title, purpose, advice } = describeRefusal(entry);
  return {
    extension,
    pool,
    what: subject,
    kind,
    title,
    purpose,
    advice,
    error: error ?? 0,
    detail: detail ?? '',
    count,
    first,
    last,
    url,
  };
}
