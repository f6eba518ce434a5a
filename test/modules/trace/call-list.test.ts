import t from 'tap';

import { CallList } from '../../../lib/modules/trace/call-list.js';

function call(list: CallList, number: number, text = ''): void {
  list.take({
    kind: 'call',
    call: number,
    at: number * 10,
    depth: 0,
    name: 'GetServerVariable',
    given: { text },
  });
}

t.test('a call and its return become one event, in microseconds of the request', async (t) => {
  const list = new CallList(10, { left: 1e6 });
  list.begin(1000, 'win32');
  list.take({
    kind: 'call',
    call: 1,
    at: 5,
    thread: 7,
    depth: 1,
    name: 'ServerSupportFunction',
    code: 1,
    given: { url: 'caf\xc3\xa9', data: { size: 2, first: '\xc3\xa9' } },
  });
  list.take({ kind: 'return', call: 1, at: 9, result: 0, error: 87, got: {} });
  t.same(list.events(), [
    {
      at: 1005,
      thread: 7,
      depth: 1,
      name: 'ServerSupportFunction',
      code: 1,
      function: 'HSE_REQ_SEND_URL_REDIRECT_RESP',
      given: { url: 'café', data: { size: 2, first: '\xc3\xa9' } },
      duration: 4,
      result: 0,
      error: { number: 87, name: 'ERROR_INVALID_PARAMETER' },
      got: {},
    },
  ]);
});

t.test('no more calls than there may be are kept; the others are counted', async (t) => {
  const list = new CallList(2, { left: 1e6 });
  for (let number = 1; number <= 5; number++) call(list, number);
  list.take({ kind: 'return', call: 1, at: 99, result: 1, got: {} });
  list.take({ kind: 'return', call: 5, at: 99, result: 1, got: {} });
  t.equal(list.leftOut, 3);
  t.same(
    list.events().map(({ at, duration }) => [at, duration]),
    [
      [10, 89],
      [20, undefined],
    ],
  );
});

t.test('texts have a bound for each request and one for all, which is given back', async (t) => {
  const memory = { left: 3_000_000 };
  const one = new CallList(1000, memory);
  for (let number = 1; number <= 20; number++) call(one, number, 'x'.repeat(100_000));
  t.equal(one.events().length, 10);
  t.equal(one.leftOut, 10);
  const two = new CallList(1000, memory);
  const three = new CallList(1000, memory);
  for (let number = 1; number <= 20; number++) {
    call(two, number, 'x'.repeat(100_000));
    call(three, number, 'x'.repeat(100_000));
  }
  t.ok(memory.left >= 0);
  t.equal(two.events().length + three.events().length, 19);
  for (const list of [one, two, three]) list.release();
  t.equal(memory.left, 3_000_000);
});
