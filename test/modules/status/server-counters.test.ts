import t from 'tap';
import { preciseNow } from '../../../lib/http/clock.js';
import type { HttpRequest } from '../../../lib/http/request.js';
import { ServerCounters } from '../../../lib/modules/status/server-counters.js';

/** The parts of a request that are counted. */
function request(status: number, bytesSent: number): HttpRequest {
  return { output: { status, bytesSent }, received: preciseNow() - 1000 } as unknown as HttpRequest;
}

t.test('requests are counted with their bytes, classes of statuses and times', async (t) => {
  const counters = new ServerCounters();
  counters.note(request(200, 10));
  counters.note(request(204, 0));
  counters.note(request(502, 5));
  t.equal(counters.requests, 3);
  t.equal(counters.bytes, 15);
  t.equal(counters.statuses[2], 2);
  t.equal(counters.statuses[5], 1);
  t.ok(counters.duration >= 3000, String(counters.duration));
});

t.test('the time of a stream counts for nothing, all else of it does', async (t) => {
  const counters = new ServerCounters();
  const stream = request(200, 7);
  counters.stream(stream);
  counters.note(stream);
  t.equal(counters.duration, 0);
  t.equal(counters.requests, 1);
  t.equal(counters.bytes, 7);
  counters.note(request(200, 1));
  t.ok(counters.duration >= 1000, 'others do');
});
