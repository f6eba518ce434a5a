import t from 'tap';
import type { Note } from '../../lib/channel/notes.js';
import { RepeatedNotes } from '../../lib/worker/repeated-notes.js';

const unsupported = (code: number, detail = ''): Note => ({ kind: 'unsupported', code, detail, error: 87 });

t.test('what is the same is told once, and at the end how often it came again', async (t) => {
  const told: Note[] = [];
  const notes = new RepeatedNotes((note) => told.push(note));
  for (let i = 0; i < 1000; i++) notes.add(unsupported(1014, `call ${i}`));
  notes.add(unsupported(1017));
  t.same(told, [unsupported(1014, 'call 0'), unsupported(1017)]);
  notes.settle();
  notes.settle();
  t.same(told.slice(2), [{ ...unsupported(1014, 'call 0'), again: 999 }]);
});

t.test('64 different ones are told of', async (t) => {
  const told: Note[] = [];
  const notes = new RepeatedNotes((note) => told.push(note));
  for (let i = 0; i < 1000; i++) notes.add(unsupported(i));
  t.equal(told.length, 64);
});
