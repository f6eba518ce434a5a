import { HostError, messageOf, type ErrorCode } from '../errors.js';
import { displayText } from './byte-string.js';
import type { Refusal } from './file-walk.js';
import type { Outcome } from './module.js';
import type { ServerRequest } from './server-request.js';
import { CORE } from './settings.js';

/** Apache's name for sending files, for `SetHandler default-handler`. */
export const DEFAULT_HANDLER = 'default-handler';

/** What the failures of a request body mean for a client that has no response yet. */
const BODY_STATUSES: Partial<Record<ErrorCode, number>> = {
  BODY_TOO_LARGE: 413,
  BODY_INCOMPLETE: 400,
  BODY_MALFORMED: 400,
  BODY_TIMEOUT: 408,
};

/** What a client gets when something on its request's way has thrown. */
export function failureOutcome(request: ServerRequest, error: unknown): Outcome {
  const reason = messageOf(error);
  const status = error instanceof HostError ? BODY_STATUSES[error.code] : undefined;
  if (status !== undefined) {
    const limit = request.settings.get(CORE).limitRequestBody;
    if (status === 413) request.log('bodyGrewTooLarge', { limit });
    else request.log('bodyIncomplete', { reason });
    request.output.closeAfter();
  } else if (error instanceof HostError && error.code === 'RESPONSE_INVALID') {
    request.log('responseHeaderInvalid', { reason });
  } else {
    const handler = request.handler ?? DEFAULT_HANDLER;
    request.log('handlerFailed', { handler, file: displayText(request.filename), reason });
  }
  if (!request.output.headSent) return status ?? 500;
  request.output.status = status ?? 500;
  request.output.abort();
  return 'done';
}

/** `OPTIONS *` asks about the server as a whole; no other method has a use for that target. */
export function answerAsterisk(request: ServerRequest): Outcome {
  if (request.method !== 'OPTIONS') return 400;
  request.output.head(200, undefined, [['Allow', 'GET,POST,OPTIONS,HEAD']], 0);
  request.output.end();
  return 'done';
}

/** Logs why a path on disk may not be had; the status to answer. */
export function refuse(request: ServerRequest, { cause, reason, status }: Refusal): number {
  const file = displayText(request.filename);
  if (cause === 'name') request.log('nameUnsafe', { path: displayText(request.path), reason });
  else if (cause === 'link') request.log('linkRefused', { file: displayText(reason) });
  else request.log('pathInaccessible', { file, reason });
  return status;
}

/** A handler that was named is the only one that may answer: a file must not be sent in its place. */
export function checkOutcome(request: ServerRequest, handler: string, outcome: Outcome): Outcome {
  if (outcome === 'declined') {
    request.log('handlerDeclined', { handler, file: displayText(request.filename) });
    return 500;
  }
  if (typeof outcome === 'number' && !(outcome >= 200 && outcome < 600)) {
    request.log('handlerOutcomeInvalid', { handler, code: outcome });
    return 500;
  }
  return outcome;
}
