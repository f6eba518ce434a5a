import type { TraceRecord } from './trace-record.js';

/** What is known of a request before it runs. */
export interface WatchedStart {
  /** the request target, text */
  readonly url: string;
  /** file of the extension */
  readonly extension: string;
  /** address of the client */
  readonly client: string;
}

/** Somebody who wants to see traces as they come about, whatever ISAPITrace says. */
export interface TraceWatcher {
  /** whether a request that begins may be one of those that are wanted */
  wants(start: WatchedStart): boolean;
  /** The trace of a request that was wanted is whole. */
  finished(record: TraceRecord): void;
}

/** Those who watch the requests of a server. */
export class TraceWatchers {
  readonly #all = new Set<TraceWatcher>();

  /** Whether there is anybody. */
  get any(): boolean {
    return this.#all.size > 0;
  }

  /** Adds somebody; returns what takes him away again. */
  add(watcher: TraceWatcher): () => void {
    this.#all.add(watcher);
    return () => {
      this.#all.delete(watcher);
    };
  }

  /** Those who want the trace of a request. */
  wanting(start: WatchedStart): readonly TraceWatcher[] {
    return [...this.#all].filter((watcher) => watcher.wants(start));
  }

  /** Tells those of them who are still there of a trace. */
  tell(watchers: readonly TraceWatcher[], record: TraceRecord): void {
    for (const watcher of watchers) if (this.#all.has(watcher)) watcher.finished(record);
  }
}
