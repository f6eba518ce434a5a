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
  /** A trace is whole. All traces come here, and not only those that `wants` has spoken for. */
  finished(record: TraceRecord): void;
}

/** Those of this process: they outlive a generation of the configuration. */
const watchers = new Set<TraceWatcher>();

/** Begins to watch. Returns what ends it. */
export function watchTraces(watcher: TraceWatcher): () => void {
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
  };
}

/** Whether anybody watches. */
export function isWatched(): boolean {
  return watchers.size > 0;
}

/** Whether somebody wants the trace of a request. */
export function watches(start: WatchedStart): boolean {
  for (const watcher of watchers) if (watcher.wants(start)) return true;
  return false;
}

export function tellWatchers(record: TraceRecord): void {
  for (const watcher of watchers) watcher.finished(record);
}
