import type { LogParams, MessageName } from '../../messages.js';
import type { ExplainedFailure } from '../../worker/diagnosis.js';

/** The log line for an extension that could not be loaded: Apache's text, and the reason in plain words. */
export function loadFailureMessage(
  { failure, reason }: ExplainedFailure,
  file: string,
): { name: MessageName; params: LogParams } {
  switch (failure.stage) {
    case 'open':
      return { name: 'loadFailed', params: { file, reason } };
    case 'missing export':
      return { name: 'exportMissing', params: { name: failure.name, file, reason } };
    case 'refused':
      return { name: 'versionRefused', params: { file, reason } };
  }
}
