import { join } from 'node:path';
import t from 'tap';

import { summaryOf, type TraceRecord } from '../../lib/modules/trace/trace-record.js';
import { program } from '../helpers/program.js';
import { SAMPLE } from '../modules/trace/sample-record.js';

t.test('what a client or an extension has written does not steer the terminal', async (t) => {
  const steering = '\u001b[2J\u009b2J';
  const record: TraceRecord = {
    ...SAMPLE,
    time: Date.now(),
    url: `/a${steering}`,
    request: { ...SAMPLE.request, headers: [['X-A', `b${steering}`]] },
    log: [{ at: 1, number: 'IH1001', level: 'error', text: `c${steering}` }],
  };
  const lines = `${JSON.stringify(summaryOf(record))}\n${JSON.stringify(record)}\n`;
  const folder = t.testdir({
    traces: { [`${record.id}.jsonl`]: lines },
  });
  const traces = join(folder, 'traces');
  const shown = await program('trace', '--folder', traces, 'show', record.id);
  t.equal(shown.error, '');
  t.match(shown.out, 'X-A: b\uFFFD[2J\uFFFD2J');
  t.match(shown.out, 'c\uFFFD[2J\uFFFD2J');
  const listed = await program('trace', '--folder', traces, 'list');
  t.match(listed.out, '/a\uFFFD[2J\uFFFD2J');
  for (const { out } of [shown, listed]) t.notMatch(out, /[\u001b\u009b]/);
});
