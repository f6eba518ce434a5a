import path from 'node:path';
import type { Note } from '../../channel/notes.js';
import { displayText } from '../../http/byte-string.js';
import { supportFunction } from '../../isapi/support-functions.js';
import type { LogParams, MessageName } from '../../messages.js';
import type { IsapiSettings } from './settings.js';

interface LogLine {
  readonly name: MessageName;
  readonly params: LogParams;
}

/** Functions beyond this number are later than mod_isapi, which logs their number only. */
const LAST_NAMED = 1020;

/** The log lines for what a worker says of a request, by what is wanted. */
export function noteMessages(note: Note, file: string, settings: IsapiSettings): LogLine[] {
  // A log has what is the same of a request once.
  if (note.again !== undefined) return [];
  switch (note.kind) {
    case 'unsupported':
      return settings.logNotSupported ? [unsupported(note.code, note.as, file)] : [];
    case 'async read refused':
      return settings.logNotSupported ? [{ name: 'asyncReadRefused', params: { file } }] : [];
    case 'block':
      return blockProblem(note.problem, path.posix.basename(file));
    case 'invalid header':
      return [
        {
          name: 'headerInvalid',
          params: { header: displayText(note.name), value: displayText(note.value) },
        },
      ];
    case 'log parameter':
      return settings.appendLogToErrors
        ? [{ name: 'logParameter', params: { file, text: displayText(note.text) } }]
        : [];
    case 'defect':
      return [{ name: 'workerDefect', params: { file, text: note.text } }];
    case 'loaded':
    case 'refused':
    case 'late':
    case 'disconnect':
      return [];
  }
}

function unsupported(code: number, as: string | undefined, file: string): LogLine {
  const name = code <= LAST_NAMED ? supportFunction(code)?.name : undefined;
  if (name === undefined) return { name: 'supportUnknown', params: { code, file } };
  return { name: 'supportUnsupported', params: { name: as === undefined ? name : `${name} as ${as}`, file } };
}

function blockProblem(problem: Extract<Note, { kind: 'block' }>['problem'], name: string): LogLine[] {
  switch (problem.kind) {
    case 'premature end':
      return [{ name: 'blockPremature', params: { name } }];
    case 'bad header':
      return [{ name: 'blockBadHeader', params: { name, line: displayText(problem.line) } }];
    case 'invalid status':
      return [{ name: 'blockBadStatus', params: { name, text: displayText(problem.text) } }];
    case 'invalid value': {
      const params = { header: displayText(problem.name), value: displayText(problem.value) };
      return [{ name: 'blockBadValue', params }];
    }
    case 'dropped':
      return [];
  }
}
