import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { decodeBegin } from '../../lib/channel/begin.js';
import { encodeEnd } from '../../lib/channel/end.js';
import { END_FLAGS, FRAME, frame, FrameReader } from '../../lib/channel/frames.js';
import type { ServerPipe } from '../../lib/channel/pipes.js';
import { SCOREBOARD, ServerScoreboard, isRecalled } from '../../lib/channel/scoreboard.js';
import { UsualTimes } from '../../lib/pool/usual-times.js';
import { WorkerThread } from '../../lib/pool/worker-thread.js';
import { FakeExchange, type FakeRequest } from '../helpers/exchange.js';

/** A thread whose worker is the test: it decides when it begins what it was sent. */
interface Bench {
  readonly thread: WorkerThread;
  /** what the thread told its process, in order */
  readonly told: string[];
  /** what is known of how long requests take */
  readonly times: UsualTimes;
  send(query: string, request?: FakeRequest): FakeExchange;
  /** The worker takes the next frame of a request: runs it, or finds it taken back. */
  meet(): void;
  /** The worker ends what it runs. */
  end(flags?: number, microseconds?: number): void;
  /** frames that are not BEGIN, as "type:argument" */
  readonly others: string[];
}

function open(t: Test): Bench {
  const file = join(t.testdir(), 'scoreboard');
  const scoreboard = new ServerScoreboard(file, 1);
  t.teardown(() => scoreboard.close());
  const told: string[] = [];
  const others: string[] = [];
  const times = new UsualTimes();
  const thread = new WorkerThread(0, scoreboard, times, 60_000, {
    idle: () => told.push('idle'),
    advanced: () => told.push('advanced'),
    returned: (exchange) => told.push(`returned ${nameOf(exchange)}`),
    timeout: () => told.push('timeout'),
    orphaned: () => told.push('orphaned'),
    late: ({ call }) => told.push(`late ${call}`),
    ended: () => told.push('ended'),
  });
  const nameOf = (exchange: unknown): string => (exchange instanceof FakeExchange ? exchange.library : '?');
  const waiting: Buffer[] = [];
  const reader = new FrameReader((type, argument, payload) => {
    if (type === FRAME.BEGIN) waiting.push(Buffer.from(payload));
    else others.push(`${type}:${argument}`);
  });
  const pipe: ServerPipe = {
    names: { toWorker: '', toServer: '' },
    write: (data) => reader.push(Buffer.from(data)),
    close: () => undefined,
  };
  thread.attach(pipe, undefined);
  thread.receive(frame(FRAME.READY));
  const at = SCOREBOARD.headBytes;
  return {
    thread,
    told,
    times,
    others,
    send: (query, request = {}) => {
      const exchange = new FakeExchange(query, { cached: true, ...request, query });
      const run = { slot: 0, library: '/x.dll', window: 65_536, asyncCalls: false, pid: 1 };
      if (!thread.start(exchange, run)) told.push(`refused ${query}`);
      return exchange;
    },
    meet: () => {
      const payload = waiting.shift();
      if (!payload) throw new Error('nothing was sent');
      const { number, facts } = decodeBegin(payload);
      const bytes = readFileSync(file);
      bytes.writeUInt32LE(number, at + SCOREBOARD.begun);
      writeFileSync(file, bytes, { flag: 'r+' });
      const from = bytes.readUInt32LE(at + SCOREBOARD.recallFrom);
      const to = bytes.readUInt32LE(at + SCOREBOARD.recallTo);
      if (isRecalled(number, from, to)) {
        const skipped = Buffer.alloc(4);
        skipped.writeUInt32LE(number);
        thread.receive(frame(FRAME.SKIPPED, skipped));
      } else {
        // The answer of a request is its own query.
        thread.receive(frame(FRAME.BODY, facts.query));
      }
    },
    end: (flags = 0, microseconds = 0) => {
      const payload = encodeEnd({
        result: 1,
        statusCode: 0,
        headFailed: false,
        time: microseconds,
        logData: '',
      });
      thread.receive(frame(FRAME.END, payload, flags));
    },
  };
}

const names = (exchanges: readonly unknown[]): string[] =>
  exchanges.map((exchange) => (exchange instanceof FakeExchange ? exchange.library : '?'));

t.test('requests that are sent ahead are answered in their order', async (t) => {
  const { thread, send, meet, end, told } = open(t);
  t.equal(thread.state, 'idle');
  const all = ['a', 'b', 'c'].map((query) => send(query));
  t.equal(thread.ahead, 2);
  t.equal(thread.state, 'busy');
  for (let i = 0; i < 3; i++) {
    meet();
    end();
  }
  t.same(await Promise.all(all.map(async (each) => (await each.end(), each.body))), ['a', 'b', 'c']);
  t.equal(thread.state, 'idle');
  t.same(told, ['idle', 'advanced', 'advanced', 'idle']);
});

t.test('requests are sent ahead behind cached ones only', async (t) => {
  const { thread, send } = open(t);
  send('a', { cached: false });
  t.notOk(thread.takesAhead);
  const { thread: other, send: sendOther } = open(t);
  t.notOk(other.takesAhead, 'an idle thread needs none');
  sendOther('b');
  t.ok(other.takesAhead);
});

t.test('requests that are taken back are skipped by the worker, the next ones are not', async (t) => {
  const { thread, send, meet, end, told } = open(t);
  const running = send('running');
  meet();
  send('one');
  send('two');
  t.same(names(thread.takeBack()), ['one', 'two']);
  t.equal(thread.ahead, 0);
  end();
  t.equal((await running.end(), running.body), 'running');
  const next = send('next');
  meet();
  meet();
  meet();
  end();
  t.equal((await next.end(), next.body), 'next');
  t.same(told, ['idle', 'idle', 'idle'], 'and nothing is returned twice');
});

t.test('nothing is taken back while the worker may still meet what was taken back before', async (t) => {
  const { thread, send, meet, end } = open(t);
  const first = send('first');
  meet();
  send('stale');
  t.same(names(thread.takeBack()), ['stale']);
  end();
  await first.end();
  // The worker has not met `stale` yet.
  const second = send('second');
  const third = send('third');
  t.same(names(thread.takeBack()), []);
  t.equal(thread.ahead, 1);
  meet();
  t.equal(second.body, '', 'what was taken back is still skipped');
  meet();
  end();
  meet();
  end();
  t.equal((await second.end(), second.body), 'second');
  t.equal((await third.end(), third.body), 'third');
});

t.test('a request that the worker has begun meanwhile is not taken back', async (t) => {
  const { thread, send, meet, end } = open(t);
  send('one');
  const two = send('two');
  meet();
  // The worker goes on before the end of the first has been heard of.
  meet();
  t.same(names(thread.takeBack()), []);
  end();
  end();
  await two.end();
});

t.test('a worker that is lost: what was begun fails, what was not is given back', async (t) => {
  const { thread, send, meet } = open(t);
  const all = ['one', 'two', 'three', 'four'].map((query) => send(query));
  meet();
  meet();
  t.same(names(thread.lose('why', [])), ['three', 'four']);
  for (const each of all.slice(0, 2))
    t.same(await each.failure(), { kind: 'lost', reason: 'why', suspected: false });
  t.equal(thread.exchange, undefined);
  const late = ['five', 'six'].map((query) => send(query));
  t.same(names(thread.lose('why', [])), ['five', 'six'], 'none was begun');
  t.ok(late.every(({ received }) => received === 0));
});

t.test('the thread is not idle before it has let an uncached extension go', async (t) => {
  const { thread, send, meet, end, told } = open(t);
  const exchange = send('a', { cached: false });
  meet();
  end(END_FLAGS.RELEASING);
  t.equal((await exchange.end()).result, 1);
  t.equal(thread.state, 'releasing');
  thread.receive(frame(FRAME.IDLE));
  t.equal(thread.state, 'idle');
  t.same(told, ['idle', 'idle']);
});

t.test('what an exchange says after its end goes nowhere', async (t) => {
  const { send, meet, end, others } = open(t);
  const exchange = send('a');
  meet();
  exchange.link?.credit(100_000);
  t.same(others, [`${FRAME.CREDIT}:0`]);
  end();
  exchange.link?.credit(100_000);
  exchange.link?.data(Buffer.from('x'), 'more');
  exchange.link?.answer(1, 'x');
  exchange.link?.lost();
  exchange.link?.waiting();
  t.equal(others.length, 1);
});

t.test('a thread that gets junk says so', async (t) => {
  const { thread, send } = open(t);
  send('a');
  t.throws(() => thread.receive(Buffer.from('ff'.repeat(20), 'hex')), { code: 'CHANNEL_FRAME' });
  const { thread: other, send: sendOther } = open(t);
  sendOther('a');
  t.throws(() => other.receive(frame(FRAME.NOTE, 'no note')));
});

t.test('what the worker says of the time that a request has taken is noted for its library', async (t) => {
  const { send, meet, end, times } = open(t);
  t.equal(times.of(0), undefined);
  const exchange = send('a');
  meet();
  end(0, 1500);
  await exchange.end();
  t.equal(times.of(0), 1.5);
});
