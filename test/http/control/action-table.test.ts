import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { HostError } from '../../../lib/errors.js';
import type { ActionClient, ControlAction, Json } from '../../../lib/http/control/action.js';
import { ActionTable } from '../../../lib/http/control/action-table.js';
import { KeptLog } from '../../helpers/pools.js';

class FakeClient implements ActionClient {
  readonly items: Json[] = [];
  readonly left = new AbortController();
  wasSuperseded = 0;

  get signal(): AbortSignal {
    return this.left.signal;
  }

  send(item: Json): boolean {
    this.items.push(item);
    return true;
  }

  superseded(): void {
    this.wasSuperseded++;
  }
}

/** Sends `begun`, and returns when the call is aborted. */
function follow(streams: boolean): ControlAction {
  return {
    help: 'goes on',
    args: {},
    ...(streams && { streams: true as const }),
    run: ({ send, signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve());
        send('begun');
      }),
  };
}

const ACTIONS: Readonly<Record<string, ControlAction>> = {
  'echo twice': {
    help: 'sends its argument twice',
    args: { text: { help: 'a text', required: true }, more: { help: 'another' } },
    run({ args, send }) {
      send(args['text']);
      send({ more: args['more'] ?? null });
    },
  },
  refuse: {
    help: 'fails',
    args: {},
    run() {
      throw new HostError('ACTION', 'not now');
    },
  },
  break: {
    help: 'has a defect',
    args: {},
    run: () => Promise.reject(new TypeError('x is not a function')),
  },
  follow: follow(true),
  wait: follow(false),
};

t.test('an action gets its arguments and answers with items', async (t) => {
  const log = new KeptLog();
  const table = new ActionTable([{}, { actions: ACTIONS }], log);
  const client = new FakeClient();
  await table.run({ action: 'echo twice', args: { text: 'x' } }, client);
  t.same(client.items, ['x', { more: null }]);
  t.same(log.lines, ['IH0312 asked for on the control socket: echo twice text=x']);
  await table.run({ action: 'echo twice', args: { text: '/a?token=x1' } }, client);
  t.equal(log.lines[1], 'IH0312 asked for on the control socket: echo twice text=/a?token=********');
});

t.test('what is not in the tables is refused, and what there is is named', async (t) => {
  const table = new ActionTable([{ actions: ACTIONS }], new KeptLog());
  const run = (action: string, args: Readonly<Record<string, string>> = {}): Promise<void> =>
    table.run({ action, args }, new FakeClient());
  await t.rejects(run('toString'), {
    code: 'ACTION',
    message: 'this server has no action toString; it has: break, echo twice, follow, refuse, wait',
  });
  await t.rejects(run('echo twice'), { code: 'ACTION', message: 'echo twice needs the argument text' });
  await t.rejects(run('echo twice', { text: '', loud: '1' }), {
    code: 'ACTION',
    message: 'echo twice takes no argument loud',
  });
  await t.rejects(run('refuse'), { code: 'ACTION', message: 'not now' });
});

t.test('a defect of an action is in the log, and the answer tells of it', async (t) => {
  const log = new KeptLog();
  const table = new ActionTable([{ actions: ACTIONS }], log);
  await t.rejects(table.run({ action: 'break', args: {} }, new FakeClient()), {
    message: 'x is not a function',
  });
  t.match(log.of('IH0005'), [/x is not a function\n {4}at /]);
});

t.test('an action ends when its client leaves, and when the configuration stops', async (t) => {
  const table = new ActionTable([{ actions: ACTIONS }], new KeptLog());
  const leaver = new FakeClient();
  const left = table.run({ action: 'follow', args: {} }, leaver);
  const client = new FakeClient();
  const stopped = table.run({ action: 'follow', args: {} }, client);
  const waiting = table.run({ action: 'wait', args: {} }, new FakeClient());
  leaver.left.abort();
  await left;
  t.same(client.items, ['begun']);
  const rejected = Promise.all([
    t.rejects(stopped, { code: 'CONTROL_STOPPED' }),
    t.rejects(waiting, { code: 'CONTROL_STOPPED' }),
  ]);
  table.stop();
  await rejected;
  await t.rejects(table.run({ action: 'follow', args: {} }, client), { code: 'CONTROL_STOPPED' });
});

t.test('those who follow are told that another configuration is at work, others are not', async (t) => {
  const table = new ActionTable([{ actions: ACTIONS }], new KeptLog());
  const [follower, waiter, gone] = [new FakeClient(), new FakeClient(), new FakeClient()];
  const calls = [
    table.run({ action: 'follow', args: {} }, follower),
    table.run({ action: 'wait', args: {} }, waiter),
    table.run({ action: 'follow', args: {} }, gone),
  ];
  gone.left.abort();
  await calls[2];
  table.superseded();
  t.same([follower.wasSuperseded, waiter.wasSuperseded, gone.wasSuperseded], [1, 0, 0]);
  table.stop();
  await Promise.allSettled(calls);
  await sleep(0);
});
