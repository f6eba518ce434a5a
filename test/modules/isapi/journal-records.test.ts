import t from 'tap';
import type { Note } from '../../../lib/channel/notes.js';
import { HostError } from '../../../lib/errors.js';
import {
  endRecord,
  failureRecord,
  lengthRecord,
  noteRecord,
  type RequestRecord,
} from '../../../lib/modules/isapi/journal-records.js';
import { sessionResult } from '../../../lib/modules/isapi/outcome.js';
import type { SessionEnd } from '../../../lib/channel/end.js';

t.test('notes of a worker become records; those that are no refusal do not', async (t) => {
  const rows: [note: Note, record: RequestRecord | undefined][] = [
    [
      { kind: 'unsupported', code: 1014, detail: 'buffer NULL', error: 87 },
      { kind: 'unsupported-function', code: 1014, detail: 'buffer NULL', error: 87 },
    ],
    [
      { kind: 'unsupported', code: 1005, error: 87, again: 3 },
      { kind: 'async-call', code: 1005, error: 87, count: 3 },
    ],
    [
      { kind: 'unsupported', code: 1006, as: 'HSE_IO_ASYNC', error: 22 },
      { kind: 'async-call', code: 1006, name: 'with HSE_IO_ASYNC', error: 22 },
    ],
    [
      { kind: 'async read refused', error: 87 },
      { kind: 'async-call', code: 1010, error: 87 },
    ],
    [
      { kind: 'refused', refusal: 'unknown-variable', name: 'A\nB\xc3\xa4', error: 1413 },
      { kind: 'unknown-variable', name: 'A\\nBä', error: 1413 },
    ],
    [
      { kind: 'block', problem: { kind: 'bad header', line: 'x' } },
      { kind: 'header-block', name: 'with a line that is no header', detail: 'x' },
    ],
    [
      { kind: 'block', problem: { kind: 'dropped', name: 'Server', value: 'x' } },
      { kind: 'header-dropped', name: 'Server', detail: 'x' },
    ],
    [
      { kind: 'invalid header', name: 'X', value: 'a\rb' },
      { kind: 'header-invalid', name: 'X', detail: 'a\\rb' },
    ],
    [{ kind: 'log parameter', text: 'x' }, undefined],
    [{ kind: 'disconnect', cut: false }, undefined],
    [{ kind: 'defect', text: 'x' }, undefined],
  ];
  for (const [note, record] of rows) t.same(noteRecord(note), record, JSON.stringify(note));
});

t.test('the end of a session is one when it was left pending or had a result that is none', async (t) => {
  const record = (end: Partial<SessionEnd>): RequestRecord | undefined => {
    const whole: SessionEnd = {
      result: 1,
      statusCode: 200,
      headFailed: false,
      orphaned: false,
      releasing: false,
      time: 0,
      logData: '',
      ...end,
    };
    return endRecord(whole, sessionResult(whole, undefined, '/x.dll', false, false));
  };
  t.equal(record({}), undefined);
  t.equal(record({ statusCode: 404 }), undefined);
  t.same(record({ result: 3, orphaned: true }), { kind: 'pending' });
  t.same(record({ result: 4 }), { kind: 'result-error' });
  t.same(record({ result: 99 }), { kind: 'result-unknown', name: '99' });
  t.same(record({ statusCode: 0 }), { kind: 'no-response' });
  t.same(record({ statusCode: 101 }), { kind: 'no-response', name: 'dwHttpStatusCode 101' });
  t.same(record({ statusCode: 4711 }), { kind: 'status-invalid', name: '4711' });
});

t.test('what has no end is one when the extension is to blame', async (t) => {
  t.same(failureRecord({ kind: 'timeout', milliseconds: 1500 }, '/x.dll'), {
    kind: 'timeout',
    name: 'after 1.5 s',
  });
  t.same(failureRecord({ kind: 'lost', reason: 'signal SIGSEGV', suspected: true }, '/x.dll'), {
    kind: 'crash',
    detail: 'signal SIGSEGV',
  });
  t.equal(failureRecord({ kind: 'lost', reason: 'signal SIGSEGV', suspected: false }, '/x.dll'), undefined);
  const refused = (code: 'RUNTIME_MISSING' | 'POOL_BUSY'): RequestRecord | undefined =>
    failureRecord({ kind: 'refused', error: new HostError(code, 'why') }, '/x.dll');
  t.same(refused('RUNTIME_MISSING'), { kind: 'no-runtime', name: 'why' });
  t.equal(refused('POOL_BUSY'), undefined);
  const explained = { failure: { stage: 'refused' as const, systemCode: 0 }, reason: 'without saying why' };
  t.same(failureRecord({ kind: 'not loaded', explained }, '/x.dll'), {
    kind: 'not-loaded',
    name: 'failed call to GetExtensionVersion() in /x.dll: it returned FALSE without saying why',
  });
});

t.test('a Content-Length is one when the body has another', async (t) => {
  t.equal(lengthRecord(5, 5), undefined);
  t.match(lengthRecord(5, 4), { kind: 'length-short' });
  t.match(lengthRecord(5, 6), { kind: 'length-long', detail: 'Content-Length 5, 6 bytes written' });
});
