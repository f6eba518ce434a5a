import t from 'tap';

import { fitting } from '../../../lib/modules/trace/actions.js';
import { TraceFilter } from '../../../lib/modules/trace/trace-filter.js';
import { summaryOf } from '../../../lib/modules/trace/trace-record.js';
import { SAMPLE } from './sample-record.js';

const START = {
  url: '/isapi/shop.dll/order?item=4',
  extension: '/srv/www/isapi/shop.dll',
  client: '10.1.2.3',
};

t.test('what is known before a request runs', async (t) => {
  const rows: [name: string, value: string, wanted: boolean][] = [
    ['url', '/isapi/shop.dll/order', true],
    ['url', '/isapi/*', true],
    ['url', '*.dll/order', true],
    ['url', '/isapi/shop.dll', false],
    ['url', '/isapi/shopxdll/order', false],
    ['url', '/isapi/*?item=4', true],
    ['url', '/isapi/*?item=5', false],
    ['url', '~item=\\d$', true],
    ['url', '~^item', false],
    ['extension', 'shop.dll', true],
    ['extension', 'sh*', true],
    ['extension', 'op.dll', false],
    ['extension', '/srv/*/shop.dll', true],
    ['extension', '/www/shop.dll', false],
    ['client', '10.1.2.3', true],
    ['client', '10.1', true],
    ['client', '10.1.0.0/16', true],
    ['client', '10.2.0.0/16', false],
    ['client', '::1', false],
  ];
  for (const [name, value, wanted] of rows) {
    t.equal(TraceFilter.parse({ [name]: value }).mayWant(START), wanted, `${name} ${value}`);
  }
  const both = TraceFilter.parse({ url: '/isapi/*', client: '192.0.2.1' });
  t.equal(both.mayWant(START), false, 'all have to agree');
  t.equal(TraceFilter.parse({}).mayWant(START), true);
});

t.test('a pattern with several stars has an answer for whatever a client sends', async (t) => {
  const wants = (pattern: string, url: string): boolean =>
    TraceFilter.parse({ url: pattern }).mayWant({ ...START, url });
  const long = `/${'a'.repeat(8000)}`;
  t.equal(wants('*a*a*a*a*b', long), false);
  t.equal(wants('*a*a*a*a*b', `${long}b`), true);
  t.equal(wants('/ab*ab', '/ab'), false, 'what stands before and behind a star does not overlap');
  t.equal(wants('/a*b*b', '/ab'), false);
  t.equal(wants('/a**b', '/ab'), true);
  t.equal(wants('*', ''), true);
  t.equal(wants('/a.b', '/axb'), false);
});

t.test('what is known when a request has ended', async (t) => {
  const summary = { ...summaryOf(SAMPLE), status: 502, duration: 1500 };
  const rows: [name: string, value: string, wanted: boolean][] = [
    ['status', '502', true],
    ['status', '404,500-599', true],
    ['status', '404, 500-501', false],
    ['status', '0', false],
    ['duration', '1', true],
    ['duration', '1500ms', true],
    ['duration', '2s', false],
  ];
  for (const [name, value, wanted] of rows) {
    t.equal(TraceFilter.parse({ [name]: value }).takes(summary), wanted, `${name} ${value}`);
  }
  t.equal(TraceFilter.parse({ status: '0' }).takes({ ...summary, status: 0 }), true);
});

t.test('what is no filter is refused with its name and its value', async (t) => {
  const refusal = (name: string, value: string): string => {
    try {
      TraceFilter.parse({ [name]: value });
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  t.match(refusal('url', '~('), /^url: \( is no regular expression: /);
  t.match(refusal('client', 'example.com'), /^client: example\.com is no address and no network: /);
  t.equal(refusal('status', '99'), 'status: 99 is no list of statuses, such as 404,500-599');
  t.equal(refusal('status', '500-400'), 'status: 500-400 is no list of statuses, such as 404,500-599');
  t.equal(refusal('duration', 'long'), 'duration: long is no time, such as 2, 500ms or 1m');
  t.match(refusal('url', 'x'.repeat(2000)), /^url: x{20}\.\.\. is longer than 1024 characters$/);
});

t.test('a trace that is too long for a line loses its last calls, and says how many', async (t) => {
  t.same(fitting(SAMPLE), SAMPLE);
  const most = JSON.stringify(SAMPLE).length - 1;
  const cut = fitting(SAMPLE, most);
  t.ok(JSON.stringify(cut).length <= most);
  t.equal(cut.events.length, SAMPLE.events.length >> 1);
  t.equal(cut.leftOut + cut.events.length, SAMPLE.leftOut + SAMPLE.events.length);
  t.same(cut.events, SAMPLE.events.slice(0, cut.events.length));
});
