import type { ReceivedHead } from '../../channel/head.js';
import { HSE_STATUS } from '../../isapi/constants.js';
import type { LogParams, MessageName } from '../../messages.js';
import type { SessionEnd } from '../../channel/end.js';

/** What the server makes of the end of a session that has sent no body. */
export type Answer =
  /** the extension's own status and headers, without a body */
  | { readonly kind: 'head'; readonly head: ReceivedHead }
  /** a status without anything */
  | { readonly kind: 'empty'; readonly status: number }
  /** the server's error document */
  | { readonly kind: 'document'; readonly status: number; readonly reason?: string };

/** A session's end as the server understands it. */
export interface SessionResult {
  readonly answer: Answer;
  /** the status for the access log when a response has begun already; undefined for the one that was sent */
  readonly loggedStatus: number | undefined;
  readonly message: { readonly name: MessageName; readonly params: LogParams } | undefined;
}

const SERVER_ERROR = 500;

/** Statuses that Apache has names for. */
const REGISTERED = new Set([
  ...[200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417],
  ...[421, 422, 423, 424, 425, 426, 428, 429, 431, 451],
  ...[500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511],
]);

/** A result as its header names it. */
function resultText(result: number): string {
  const name = Object.entries(HSE_STATUS).find(([, number]) => number === result)?.[0];
  return name === undefined ? String(result) : `HSE_STATUS_${name}`;
}

/**
 * What to answer for what HttpExtensionProc returned, dwHttpStatusCode and the status and headers given: the rules
 * that were recorded of mod_isapi.
 * @param hasResponse a response has begun, or nobody is there any more to get one
 */
export function sessionResult(
  end: SessionEnd,
  head: ReceivedHead | undefined,
  file: string,
  logNotSupported: boolean,
  hasResponse: boolean,
): SessionResult {
  const { result, statusCode } = end;
  const failed = (name: MessageName, params: LogParams): SessionResult => ({
    answer:
      head?.hasBlock === true || hasHeaders(head)
        ? { kind: 'head', head: asServerError(head) }
        : document(SERVER_ERROR),
    loggedStatus: SERVER_ERROR,
    message: { name, params },
  });
  if (end.headFailed)
    return { answer: document(SERVER_ERROR), loggedStatus: SERVER_ERROR, message: undefined };
  if (result === HSE_STATUS.ERROR) return failed('resultError', { file });
  if (end.orphaned && logNotSupported) {
    const { answer, ...rest } = failed('pendingRefused', { file });
    const status = statusCode >= 400 && REGISTERED.has(statusCode) ? statusCode : SERVER_ERROR;
    return { ...rest, answer: answer.kind === 'document' ? document(status) : answer };
  }
  if (result > HSE_STATUS.PENDING) return failed('resultUnknown', { result: result | 0, file });
  return succeeded(end, head, file, hasResponse);
}

function succeeded(
  { result, statusCode }: SessionEnd,
  head: ReceivedHead | undefined,
  file: string,
  hasResponse: boolean,
): SessionResult {
  const well = (answer: Answer): SessionResult => ({ answer, loggedStatus: undefined, message: undefined });
  if (head) {
    if (head.hasBlock || head.status < 400) return well({ kind: 'head', head });
    return well(document(head.status, head.reason));
  }
  if (statusCode >= 400 && REGISTERED.has(statusCode)) return well(document(statusCode));
  if (REGISTERED.has(statusCode)) return well({ kind: 'empty', status: statusCode });
  if (statusCode < 200) {
    const answer = well({ kind: 'empty', status: SERVER_ERROR });
    if (hasResponse) return answer;
    const params = { file, result: resultText(result), code: statusCode };
    return { ...answer, message: { name: 'nothingSent', params } };
  }
  return {
    answer: document(SERVER_ERROR),
    loggedStatus: undefined,
    message: { name: 'resultCodeInvalid', params: { code: statusCode | 0, file } },
  };
}

function document(status: number, reason?: string): Answer {
  return { kind: 'document', status, ...(reason !== undefined && { reason }) };
}

function hasHeaders(head: ReceivedHead | undefined): head is ReceivedHead {
  return head !== undefined && head.headers.length > 0;
}

/** The extension's headers with the status of a failure. */
function asServerError(head: ReceivedHead | undefined): ReceivedHead {
  return { status: SERVER_ERROR, reason: undefined, hasBlock: true, headers: head?.headers ?? [] };
}
