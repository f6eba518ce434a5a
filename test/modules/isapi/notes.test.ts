import t from 'tap';

import type { Note } from '../../../lib/channel/notes.js';
import { formatMessage, MESSAGES } from '../../../lib/messages.js';
import { noteMessages } from '../../../lib/modules/isapi/notes.js';
import type { IsapiSettings } from '../../../lib/modules/isapi/settings.js';

const FILE = '/srv/www/isapi/kit.dll';

/** The lines for a note: number and text. */
function lines(note: Note, changes: Partial<IsapiSettings> = {}): string[] {
  const settings: IsapiSettings = {
    readAheadBuffer: 49152,
    logNotSupported: false,
    appendLogToErrors: false,
    appendLogToQuery: true,
    fakeAsync: false,
    pool: 'default',
    ...changes,
  };
  return noteMessages(note, FILE, settings).map(
    ({ name, params }) => `${MESSAGES[name].number} ${formatMessage(name, params)}`,
  );
}

const LOGGED = { logNotSupported: true };

t.test('what is not supported is logged when that is wanted', async (t) => {
  for (const [note, line] of [
    [
      { kind: 'unsupported', code: 1011 },
      'IH1010 ServerSupportFunction HSE_REQ_GET_IMPERSONATION_TOKEN is not supported',
    ],
    [
      { kind: 'unsupported', code: 1020 },
      'IH1010 ServerSupportFunction HSE_REQ_EXTENSION_TRIGGER is not supported',
    ],
    [
      { kind: 'unsupported', code: 1006, as: 'HSE_IO_ASYNC' },
      'IH1010 ServerSupportFunction HSE_REQ_TRANSMIT_FILE as HSE_IO_ASYNC is not supported',
    ],
    [{ kind: 'unsupported', code: 1037 }, 'IH1011 ServerSupportFunction (1037) not supported'],
    [{ kind: 'unsupported', code: 1019 }, 'IH1011 ServerSupportFunction (1019) not supported'],
    [{ kind: 'unsupported', code: 0xffffffff }, 'IH1011 ServerSupportFunction (4294967295) not supported'],
    [{ kind: 'async read refused' }, 'IH1012 asynchronous I/O not supported'],
  ] as const satisfies readonly (readonly [Note, string])[]) {
    t.same(lines(note, LOGGED), [`${line}: ${FILE}`]);
    t.same(lines(note), []);
  }
});

t.test('what is wrong with a header block is always logged, with the name of the extension', async (t) => {
  const problem = (found: Extract<Note, { kind: 'block' }>['problem']): string[] =>
    lines({ kind: 'block', problem: found });
  t.same(problem({ kind: 'premature end' }), ['IH1030 Premature end of script headers: kit.dll']);
  t.same(problem({ kind: 'bad header', line: 'bad' }), [
    "IH1031 malformed header from script 'kit.dll': Bad header: bad",
  ]);
  t.same(problem({ kind: 'invalid status', text: 'fine' }), [
    "IH1032 Invalid status line from script 'kit.dll': fine",
  ]);
  t.same(problem({ kind: 'invalid value', name: 'Last-Modified', value: 'today' }), [
    "IH1033 Ignored invalid header value: Last-Modified: 'today'",
  ]);
});

t.test('a header that must not be sent is logged', async (t) => {
  t.same(lines({ kind: 'invalid header', name: 'X-A', value: 'a' }), [
    "IH1060 Response header 'X-A' value of 'a' contains invalid characters, aborting request",
  ]);
});

t.test('HSE_APPEND_LOG_PARAMETER goes to the error log when that is wanted', async (t) => {
  const note: Note = { kind: 'log parameter', text: 'caf\xc3\xa9' };
  t.same(lines(note), []);
  t.same(lines(note, { appendLogToErrors: true }), [`IH1020 ${FILE}: caf\u00e9`]);
});

t.test('a defect is always logged, other notes are not for the log', async (t) => {
  t.same(lines({ kind: 'defect', text: 'why' }), [
    `IH1055 unexpected failure while ${FILE} called the server: why; please report it`,
  ]);
  t.same(lines({ kind: 'disconnect', cut: true }, LOGGED), []);
});
