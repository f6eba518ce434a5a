import type { TraceEvent, TraceRecord } from './trace-record.js';

/** What is known of a request before it runs. */
export interface WatchedStart {
  /** the request target, text */
  readonly url: string;
  /** file of the extension */
  readonly extension: string;
  /** address of the client */
  readonly client: string;
}

/** A call of a request that runs: it has begun, or it has returned and has a duration. */
export interface WatchedCall {
  /** id, method, and target of the request */
  readonly request: string;
  readonly method: string;
  readonly url: string;
  /** file of the extension */
  readonly extension: string;
  /** id of the system's thread that runs the request */
  readonly ownThread?: number;
  /** counts the calls of the request */
  readonly call: number;
  readonly event: TraceEvent;
}

/** Somebody who wants to see traces as they come about, whatever ISAPITrace says. */
export interface TraceWatcher {
  /** whether a request that begins may be one of those that are wanted */
  wants(start: WatchedStart): boolean;
  /** A call of a request that is wanted begins, or has returned. */
  readonly called?: (call: WatchedCall) => void;
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

  /** What is to hear of each call, if somebody of them wants to. */
  callsFor(watchers: readonly TraceWatcher[]): ((call: WatchedCall) => void) | undefined {
    if (watchers.every(({ called }) => called === undefined)) return undefined;
    return (call) => {
      for (const watcher of watchers) if (this.#all.has(watcher)) watcher.called?.(call);
    };
  }

  /** Tells those of them who are still there of a trace. */
  tell(watchers: readonly TraceWatcher[], record: TraceRecord): void {
    for (const watcher of watchers) if (this.#all.has(watcher)) watcher.finished(record);
  }
}
