import t from 'tap';

import { CallPrinter } from '../../lib/cli/trace-calls.js';
import type { WatchedCall } from '../../lib/modules/trace/watchers.js';
import { waitFor } from '../helpers/server.js';

function callOf(request: string, call: number, name: string, depth: number, duration?: number): WatchedCall {
  const event = {
    at: call * 1000,
    depth,
    name,
    given: {},
    ...(duration !== undefined && { duration, result: 1 }),
  };
  return { request, method: 'GET', url: `/${request}.dll`, extension: '/srv/a.dll', call, event };
}

t.test('calls are shown as they return, and those that others are within when they begin', async (t) => {
  const lines: string[] = [];
  const printer = new CallPrinter((line) => lines.push(line));
  t.teardown(() => printer.close());
  printer.show(callOf('a', 1, 'LoadLibrary', 0));
  printer.show(callOf('a', 1, 'LoadLibrary', 0, 5));
  printer.show(callOf('a', 2, 'HttpExtensionProc', 0));
  printer.show(callOf('a', 3, 'WriteClient', 1));
  printer.show(callOf('a', 3, 'WriteClient', 1, 7));
  printer.show(callOf('b', 1, 'WriteClient', 1, 7));
  printer.show(callOf('a', 2, 'HttpExtensionProc', 0, 9));
  t.same(lines, [
    'Request a  GET /a.dll  (/srv/a.dll)',
    '      1.000      5 µs LoadLibrary = 1',
    '      2.000         - HttpExtensionProc ...',
    '      3.000      7 µs   WriteClient = TRUE',
    'Request b  GET /b.dll  (/srv/a.dll)',
    '      1.000      7 µs   WriteClient = TRUE',
    'Request a  GET /a.dll  (/srv/a.dll)',
    '      2.000      9 µs HttpExtensionProc = 1 HSE_STATUS_SUCCESS',
  ]);
});

t.test('a call that does not return is shown after a moment, or when its request ends', async (t) => {
  const lines: string[] = [];
  const printer = new CallPrinter((line) => lines.push(line));
  t.teardown(() => printer.close());
  printer.show(callOf('a', 1, 'HttpExtensionProc', 0));
  t.same(lines, []);
  await waitFor(
    () => lines.length > 0,
    () => 'the call is not shown',
  );
  t.match(lines, [/^Request a/, / - HttpExtensionProc \.\.\.$/]);
  printer.show(callOf('b', 1, 'HttpExtensionProc', 0));
  printer.ended('b');
  t.match(lines.slice(2), [/^Request b/, / - HttpExtensionProc \.\.\.$/]);
});
