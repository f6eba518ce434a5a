import { chmodSync, existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { callServer } from '../../../lib/cli/control-client.js';
import { HostError } from '../../../lib/errors.js';
import type { Json } from '../../../lib/http/control/action.js';
import type { Act } from '../../../lib/http/control/connection.js';
import { socketPathProblem } from '../../../lib/http/control/path.js';
import { ControlSocket } from '../../../lib/http/control/socket.js';

/** A path for a socket, which has to be short. */
function socketPath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'isapi-host-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'x.sock');
}

async function open(t: Test, path: string, act: Act): Promise<ControlSocket> {
  const socket = await ControlSocket.open(path, act);
  t.teardown(() => socket.close());
  return socket;
}

/** Everything that is answered to a text, as lines. */
async function ask(path: string, text: string): Promise<unknown[]> {
  const socket = connect(path);
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}

async function call(path: string, action = 'x'): Promise<{ items: Json[]; end: string }> {
  const items: Json[] = [];
  const end = await callServer(path, { action, args: {} }, { item: (item) => items.push(item) });
  return { items, end };
}

const echo: Act = async ({ action, args }, client) => {
  client.send({ action, args });
};

/** The user id that owns nothing, on Linux. */
const NOBODY = 65534;

t.test('the file is for its owner alone, and goes with the server', async (t) => {
  const path = socketPath(t);
  const mask = process.umask(0o022);
  t.teardown(() => process.umask(mask));
  const socket = await open(t, path, echo);
  t.equal(process.umask(0o022), 0o022, 'what else is made is as it was');
  t.equal(lstatSync(path).mode & 0o777, 0o600);
  t.equal(lstatSync(path).uid, process.getuid?.());
  t.same(await call(path, 'pool list'), { items: [{ action: 'pool list', args: {} }], end: 'done' });
  await socket.close();
  t.notOk(existsSync(path));
});

t.test('a request is one line of JSON, and the answer ends with how it came out', async (t) => {
  const path = socketPath(t);
  await open(t, path, echo);
  t.same(await ask(path, '{"action":"a b","args":{"c":"d"}}\n'), [
    { item: { action: 'a b', args: { c: 'd' } } },
    { end: 'done' },
  ]);
  const [wrong] = await ask(path, 'hello\n');
  t.same(wrong, { error: { code: 'CONTROL', message: 'a line is no JSON' } });
  const [long] = await ask(path, 'x'.repeat(70_000));
  t.same(long, { error: { code: 'CONTROL', message: 'a line is longer than 65536 bytes' } });
});

t.test('errors keep their codes on the way to the client', async (t) => {
  const path = socketPath(t);
  await open(t, path, ({ action }) => {
    if (action === 'stop') return Promise.reject(new HostError('CONTROL_STOPPED', 'it stops'));
    return Promise.reject(new HostError('WORKER_START', 'no worker'));
  });
  await t.rejects(call(path), { code: 'WORKER_START', message: 'no worker' });
  t.same(await call(path, 'stop'), { items: [], end: 'stopped' });
});

t.test('the file of a server that is gone is replaced', async (t) => {
  const path = socketPath(t);
  // A server that cannot remove its file: the handle is closed after the name was made another one.
  const dead = createServer().listen(path);
  await once(dead, 'listening');
  const { renameSync } = await import('node:fs');
  renameSync(path, `${path}.kept`);
  dead.close();
  await once(dead, 'close');
  renameSync(`${path}.kept`, path);
  await t.rejects(call(path), { code: 'CONTROL', message: /no server runs .* which one has left behind$/ });
  await open(t, path, echo);
  t.equal((await call(path)).end, 'done');
});

t.test('that of one that runs is not, and neither is what is no socket', async (t) => {
  const path = socketPath(t);
  await open(t, path, echo);
  await t.rejects(ControlSocket.open(path, echo), {
    code: 'CONTROL',
    message: new RegExp(`^another server listens on the control socket ${path}; stop it`),
  });
  t.equal((await call(path)).end, 'done', 'the first one goes on');
  writeFileSync(`${path}.txt`, 'text');
  await t.rejects(ControlSocket.open(`${path}.txt`, echo), {
    code: 'CONTROL',
    message: /is there and is no socket/,
  });
  await t.rejects(ControlSocket.open(join(path, 'x'), echo), {
    code: 'CONTROL',
    message: /cannot be opened/,
  });
});

t.test('a client learns why it does not reach a server', async (t) => {
  const path = socketPath(t);
  await t.rejects(call(path), {
    code: 'CONTROL',
    message: `no server runs with this configuration: there is no control socket ${path}`,
  });
});

t.test('only its owner reaches it', async (t) => {
  const path = socketPath(t);
  await open(t, path, echo);
  chmodSync(path, 0);
  /* Root reaches every socket: be somebody else for as long as the call takes. */
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  const called = call(path).finally(() => {
    if (isRoot) process.seteuid?.(0);
  });
  await t.rejects(called, { code: 'CONTROL', message: /is for the user of the server alone/ });
});

t.test('the action learns that its client has left', async (t) => {
  const path = socketPath(t);
  let left: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (left = resolve));
  await open(t, path, (_request, client) => {
    client.signal.addEventListener('abort', () => left());
    client.send('begun');
    return gone;
  });
  const leave = new AbortController();
  const end = await callServer(path, { action: 'x', args: {} }, { item: () => leave.abort() }, leave.signal);
  t.equal(end, 'done');
  await gone;
});

t.test('items beyond what may wait for a slow reader are left out and counted', async (t) => {
  const path = socketPath(t);
  const item = 'x'.repeat(100_000);
  let taken = 0;
  let refused = 0;
  let sent: () => void = () => undefined;
  const allSent = new Promise<void>((resolve) => (sent = resolve));
  await open(t, path, async (_request, client) => {
    for (let i = 0; i < 200; i++) {
      if (client.send(item)) taken++;
      else refused++;
    }
    sent();
  });
  const socket: Socket = connect(path);
  socket.pause();
  socket.write('{"action":"x"}\n');
  await allSent;
  t.ok(refused > 0, 'some were refused');
  t.ok(taken * item.length < 8 * 1024 * 1024, 'and no more than so many were kept');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.equal(lines.filter((line) => 'item' in line).length, taken);
  t.same(lines.slice(taken), [{ dropped: refused }, { end: 'done' }]);
});

t.test('an item that is too long for a line is left out, and others are not', async (t) => {
  const path = socketPath(t);
  await open(t, path, async (_request, client) => {
    t.equal(client.send('x'.repeat(2_000_000)), false);
    t.equal(client.send('y'), true);
  });
  let dropped = 0;
  const items: Json[] = [];
  await callServer(
    path,
    { action: 'x', args: {} },
    { item: (each) => items.push(each), dropped: (count) => (dropped += count) },
  );
  t.same(items, ['y']);
  t.equal(dropped, 1);
});

t.test('there is room for so many clients', async (t) => {
  const path = socketPath(t);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  await open(t, path, async ({ action }, client) => {
    client.send('begun');
    if (action === 'wait') await ended;
  });
  const begun: Promise<unknown>[] = [];
  const calls = Array.from({ length: 32 }, () => {
    let first: () => void = () => undefined;
    begun.push(new Promise<void>((resolve) => (first = resolve)));
    return callServer(path, { action: 'wait', args: {} }, { item: () => first() });
  });
  await Promise.all(begun);
  await t.rejects(call(path), { code: 'CONTROL', message: /^there are 32 clients already/ });
  end();
  t.same(new Set(await Promise.all(calls)), new Set(['done']));
  // Their connections are closed a moment later than they have their answers.
  let free = false;
  while (!free)
    free = await call(path).then(
      ({ end }) => end === 'done',
      () => false,
    );
});

t.test('who streams is followed into the next configuration, and hears both', async (t) => {
  const path = socketPath(t);
  let calls = 0;
  let endFirst: () => void = () => undefined;
  await open(t, path, async (_request, client) => {
    const number = ++calls;
    client.send(`${number} begins`);
    if (number > 1) {
      endFirst();
      return;
    }
    client.superseded();
    await new Promise<void>((resolve) => (endFirst = resolve));
    client.send('1 ends');
  });
  const { items, end } = await call(path);
  t.same(items.slice().sort(), ['1 begins', '1 ends', '2 begins']);
  t.equal(end, 'done');
});

t.test('a name that is too long for a socket is said to be', async (t) => {
  t.equal(socketPathProblem('/run/x.sock'), undefined);
  t.equal(socketPathProblem(`/${'x'.repeat(106)}`), undefined);
  t.match(
    socketPathProblem(`/${'ä'.repeat(54)}`),
    /may have 107 bytes at most, and .* has 109; let ControlSocket name a shorter/,
  );
});

t.test('a client that does not end its side after the answer is left', async (t) => {
  const path = socketPath(t);
  await open(t, path, echo);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const client = connect({ path, allowHalfOpen: true });
  t.teardown(() => client.destroy());
  client.on('error', () => undefined);
  client.resume();
  client.write('{"action":"x"}\n');
  await once(client, 'end');
  const gone = (): Promise<boolean> =>
    new Promise((resolve) => client.write('y', (error) => resolve((error ?? null) !== null)));
  t.equal(await gone(), false, 'it has a while');
  mock.timers.tick(60_000);
  while (!(await gone())) await new Promise((resolve) => setImmediate(resolve));
  t.pass('then it is gone');
});
