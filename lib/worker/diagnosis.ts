import type { LoadFailure } from './library.js';
import type { Platform } from './platform.js';

/** A load failure with what the worker found out about its cause, for the server's log. */
export interface ExplainedFailure {
  readonly failure: LoadFailure;
  /** in plain words, or "" when there is nothing to add */
  readonly reason: string;
}

/** Finds out why a library could not be loaded. */
export function explainFailure(failure: LoadFailure, path: string, platform: Platform): ExplainedFailure {
  void path;
  void platform;
  return { failure, reason: failure.stage === 'open' ? failure.systemText : '' };
}
