import t from 'tap';

import { decodeNote, encodeNote, type Note } from '../../lib/channel/notes.js';

const NOTES: readonly Note[] = [
  { kind: 'unsupported', code: 1037 },
  { kind: 'unsupported', code: 1006, as: 'HSE_IO_ASYNC' },
  { kind: 'async read refused' },
  { kind: 'block', problem: { kind: 'premature end' } },
  { kind: 'block', problem: { kind: 'bad header', line: 'caf\xe9 "quoted" \\ \0' } },
  { kind: 'invalid header', name: 'X\r\nY', value: 'a\x01\x7f\xff' },
  { kind: 'log parameter', text: '\xc3\xa9\n\t\xad' },
  { kind: 'disconnect', cut: true },
  { kind: 'defect', text: 'something \u2013 else' },
];

for (const note of NOTES) {
  t.test(`a note of the kind "${note.kind}" crosses the channel (${JSON.stringify(note)})`, async (t) => {
    t.same(decodeNote(encodeNote(note)), note);
  });
}

t.test('what is no note throws', async (t) => {
  t.throws(() => decodeNote(Buffer.from('{"kind":')));
});
