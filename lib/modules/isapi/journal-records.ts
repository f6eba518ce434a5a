import type { Note } from '../../channel/notes.js';
import { displayText } from '../../http/byte-string.js';
import { escapeControls } from '../../http/logging/error-record.js';
import { maskedTarget } from '../../http/masked-target.js';
import type { HttpRequest } from '../../http/request.js';
import type { BlockProblem } from '../../isapi/header-block.js';
import type { RefusalKind } from '../../isapi/refusals.js';
import { supportFunction } from '../../isapi/support-functions.js';
import { formatMessage, type MessageName } from '../../messages.js';
import type { SessionEnd } from '../../channel/end.js';
import type { ExchangeFailure } from '../../pool/exchange.js';
import type { JournalRecord } from '../journal/entry.js';
import { loadFailureMessage } from './load-failure.js';
import type { SessionResult } from './outcome.js';

/** A record as far as it is not the same for all of a request. */
export type RequestRecord = Omit<JournalRecord, 'extension' | 'pool' | 'url' | 'request'>;

/** The number of ASYNC_READ_CLIENT. */
const ASYNC_READ_CLIENT = 1010;

/** What the records of a request have in common of it. */
export function requestOf({ method, target, id }: HttpRequest): Pick<JournalRecord, 'url' | 'request'> {
  return { url: `${escapeControls(method)} ${maskedTarget(target)}`, request: id };
}

/** What the journal has of a note, if it is something that was refused. */
export function noteRecord(note: Note): RequestRecord | undefined {
  const record = contentOf(note);
  return record === undefined || note.again === undefined ? record : { ...record, count: note.again };
}

function contentOf(note: Note): RequestRecord | undefined {
  switch (note.kind) {
    case 'unsupported':
      return unsupported(note);
    case 'async read refused':
      return { kind: 'async-call', code: ASYNC_READ_CLIENT, error: note.error };
    case 'block':
      return blockRecord(note.problem);
    case 'invalid header':
      return { kind: 'header-invalid', name: shown(note.name), detail: shown(note.value) };
    case 'refused': {
      const { refusal, code, name, detail, error } = note;
      return {
        kind: refusal,
        error,
        ...(code !== undefined && { code }),
        ...(name !== undefined && { name: shown(name) }),
        ...(detail !== undefined && { detail: shown(detail) }),
      };
    }
    case 'log parameter':
    case 'disconnect':
    case 'defect':
    case 'late':
    case 'loaded':
      return undefined;
  }
}

/** A function that is there, but for a part of it or without ISAPIFakeAsync, is none that is unsupported. */
function unsupported({ code, as, detail, error }: Extract<Note, { kind: 'unsupported' }>): RequestRecord {
  const kind: RefusalKind = supportFunction(code)?.supported === true ? 'async-call' : 'unsupported-function';
  return {
    kind,
    code,
    error,
    ...(as !== undefined && { name: `with ${as}` }),
    ...(detail !== undefined && { detail: shown(detail) }),
  };
}

function blockRecord(problem: BlockProblem): RequestRecord {
  switch (problem.kind) {
    case 'premature end':
      return { kind: 'header-block', name: 'without the empty line at its end' };
    case 'bad header':
      return { kind: 'header-block', name: 'with a line that is no header', detail: shown(problem.line) };
    case 'invalid status':
      return { kind: 'status-line', name: shown(problem.text) };
    case 'invalid value':
    case 'dropped':
      return { kind: 'header-dropped', name: shown(problem.name), detail: shown(problem.value) };
  }
}

const RESULT_KINDS: Partial<Record<MessageName, RefusalKind>> = {
  resultError: 'result-error',
  resultUnknown: 'result-unknown',
  resultCodeInvalid: 'status-invalid',
  nothingSent: 'no-response',
};

/** What the journal has of the end of a session, if it was no ordinary one. */
export function endRecord({ orphaned }: SessionEnd, { message }: SessionResult): RequestRecord | undefined {
  if (orphaned) return { kind: 'pending' };
  if (message === undefined) return undefined;
  const kind = RESULT_KINDS[message.name];
  if (kind === undefined) return undefined;
  if (kind === 'no-response') {
    const code = message.params['code'];
    return { kind, ...(code !== 0 && { name: `dwHttpStatusCode ${String(code)}` }) };
  }
  const number = message.params['result'] ?? message.params['code'];
  return { kind, ...(number !== undefined && { name: String(number) }) };
}

/** What the journal has of a request without an end of its session. */
export function failureRecord(failure: ExchangeFailure, file: string): RequestRecord | undefined {
  switch (failure.kind) {
    case 'not loaded': {
      const { name, params } = loadFailureMessage(failure.explained, file);
      return { kind: 'not-loaded', name: formatMessage(name, params) };
    }
    case 'lost':
      return failure.suspected === true ? { kind: 'crash', detail: failure.reason } : undefined;
    case 'timeout':
      return { kind: 'timeout', name: `after ${String(failure.milliseconds / 1000)} s` };
    case 'refused':
      return failure.error.code === 'RUNTIME_MISSING'
        ? { kind: 'no-runtime', name: failure.error.message }
        : undefined;
  }
}

/** A Content-Length that was wrong. */
export function lengthRecord(announced: number, written: number): RequestRecord | undefined {
  if (announced === written) return undefined;
  const kind: RefusalKind = written < announced ? 'length-short' : 'length-long';
  return { kind, detail: `Content-Length ${String(announced)}, ${String(written)} bytes written` };
}

function shown(text: string): string {
  return escapeControls(displayText(text));
}
