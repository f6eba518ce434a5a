import t from 'tap';

import { TraceWatchers } from '../../../lib/modules/trace/watchers.js';
import { SAMPLE } from './sample-record.js';

t.test('watchers say what they want, hear of it, and can leave', async (t) => {
  const watchers = new TraceWatchers();
  const start = { url: '/a.dll', extension: '/srv/a.dll', client: '192.0.2.7' };
  t.notOk(watchers.any);
  t.same(watchers.wanting(start), []);
  const heard: string[] = [];
  const leave = watchers.add({
    wants: ({ url }) => url === '/a.dll',
    finished: ({ id }) => heard.push(`one ${id}`),
  });
  watchers.add({ wants: () => false, finished: () => heard.push('other') });
  t.ok(watchers.any);
  t.equal(watchers.wanting(start).length, 1);
  t.equal(watchers.wanting({ ...start, url: '/b.dll' }).length, 0);
  const wanting = watchers.wanting(start);
  watchers.tell(wanting, SAMPLE);
  leave();
  watchers.tell(wanting, SAMPLE);
  t.same(heard, [`one ${SAMPLE.id}`]);
});
