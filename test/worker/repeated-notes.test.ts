import t from 'tap';
import type { Note } from '../../lib/channel/notes.js';
import { RepeatedNotes } from '../../lib/worker/repeated-notes.js';

const refused = (code: number, detail = ''): Note => ({
  kind: 'refused',
  refusal: 'bad-argument',
  code,
  detail,
  error: 87,
});

t.test('what is the same is told once, and at the end how often it came again', async (t) => {
  const told: Note[] = [];
  const notes = new RepeatedNotes((note) => told.push(note));
  for (let i = 0; i < 1000; i++) notes.add(refused(1014, `call ${i}`));
  notes.add(refused(1017));
  t.same(told, [refused(1014, 'call 0'), refused(1017)]);
  notes.settle();
  notes.settle();
  t.same(told.slice(2), [{ ...refused(1014, 'call 0'), again: 999 }]);
});

t.test('64 different ones are told of', async (t) => {
  const told: Note[] = [];
  const notes = new RepeatedNotes((note) => told.push(note));
  for (let i = 0; i < 1000; i++) notes.add(refused(i));
  t.equal(told.length, 64);
});

t.test('what the error log has a line for is told each time', async (t) => {
  const told: Note[] = [];
  const notes = new RepeatedNotes((note) => told.push(note));
  const note: Note = { kind: 'unsupported', code: 1014, error: 87 };
  for (let i = 0; i < 100; i++) notes.add(note);
  notes.settle();
  t.same(told, new Array(100).fill(note));
});
