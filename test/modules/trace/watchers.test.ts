import t from 'tap';

import { isWatched, tellWatchers, watches, watchTraces } from '../../../lib/modules/trace/watchers.js';
import { SAMPLE } from './sample-record.js';

t.test('watchers say what they want, hear of everything, and can leave', async (t) => {
  const start = { url: '/a.dll', extension: '/srv/a.dll', client: '192.0.2.7' };
  t.notOk(isWatched());
  const heard: string[] = [];
  const leave = watchTraces({
    wants: ({ url }) => url === '/a.dll',
    finished: ({ id }) => heard.push(id),
  });
  t.ok(isWatched());
  t.ok(watches(start));
  t.notOk(watches({ ...start, url: '/b.dll' }));
  tellWatchers(SAMPLE);
  leave();
  tellWatchers(SAMPLE);
  t.same(heard, [SAMPLE.id]);
  t.notOk(isWatched());
  t.notOk(watches(start));
});
