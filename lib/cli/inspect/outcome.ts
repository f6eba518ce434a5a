import { canBeServed, type Examined } from '../../pool/examine/verdict.js';
import type { TrialLoad } from '../../pool/examine/trial-load.js';
import type { ExplainedFailure } from '../../worker/diagnosis.js';
import type { TriedRequest } from './request.js';

/** A file with all that was found out about it. */
export interface Inspection extends Examined {
  /** undefined where it was not loaded: not asked for, or known to be in vain */
  readonly load?: TrialLoad;
  readonly request?: TriedRequest;
}

/** Whether a file can be served, and if not, why: to stand behind its name. */
export interface Outcome {
  readonly served: boolean;
  readonly reason?: string;
}

/** What is to be said of a file in one line. Loading it tells more than looking at it. */
export function outcomeOf(inspection: Inspection): Outcome {
  const { load, findings } = inspection;
  const known = findings.find(({ severity }) => severity === 'error')?.text;
  if (load !== undefined) {
    const reason = loadProblem(load);
    if (reason === undefined) return { served: true };
    // What the file shows is said with more advice than the loader has.
    return { served: false, reason: load.failure?.failure.stage === 'open' ? (known ?? reason) : reason };
  }
  if (canBeServed(inspection)) return { served: true };
  const reason = known;
  return { served: false, ...(reason !== undefined && { reason }) };
}

/** Why loading failed, in the words of the error log; undefined when it did not. */
export function loadProblem({ outcome, failure, crash }: TrialLoad): string | undefined {
  switch (outcome) {
    case 'loaded':
      return undefined;
    case 'not loaded':
      return failure === undefined ? 'it was not loaded' : failureText(failure);
    case 'ended the worker process':
      return `loading it ended its worker process: ${crash ?? 'nobody knows why'}`;
    case 'not started':
      return `its worker process did not start: ${crash ?? 'nobody knows why'}`;
  }
}

function failureText({ failure, reason }: ExplainedFailure): string {
  switch (failure.stage) {
    case 'open':
      return reason;
    case 'missing export':
      return `missing ${failure.name}(): ${reason}`;
    case 'refused':
      return `its GetExtensionVersion() returned FALSE ${reason}`;
  }
}
