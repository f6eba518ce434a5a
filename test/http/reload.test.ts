import { once } from 'node:events';
import { readFileSync, renameSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { openErrorLog } from '../../lib/http/log.js';
import type { Handler, Module, Outcome } from '../../lib/http/module.js';
import { builtInModules } from '../../lib/modules/index.js';
import { configure, handlerModule, serve, type TestServer } from './harness.js';

const files = {
  one: { 'x.txt': 'one' },
  two: { 'x.txt': 'two' },
};

interface Reload {
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly modules?: readonly Module[];
}

let logs = 0;

/** Puts another configuration to work; without `Listen` it keeps the port. */
async function reload(
  server: TestServer,
  config: string,
  { handlers = {}, modules: more = [] }: Reload = {},
) {
  const modules = builtInModules([handlerModule(handlers), ...more]);
  const lines = ['ServerName site.test', 'DocumentRoot www', 'LogLevel info'];
  if (!config.includes('Listen')) lines.push('Listen 127.0.0.1:0');
  const configuration = configure([...lines, config].join('\n'), server.root, modules);
  const log = openErrorLog(configuration, join(server.root, `error-${++logs}.log`));
  try {
    await server.server.reload({ configuration, modules, log, version: '1.2.3' });
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** A module that counts its starts and stops. */
function counting(counts: string[], name: string): Module {
  return {
    name: 'counting',
    directives: [],
    hooks: { start: () => void counts.push(`start ${name}`), stop: () => void counts.push(`stop ${name}`) },
  };
}

/** A handler that answers when it is told to. */
function waiting(text: string): { handler: Handler; answer: () => void; begun: Promise<void> } {
  let answer = (): void => undefined;
  let begin = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  return {
    answer,
    begun,
    handler: async ({ output }): Promise<Outcome> => {
      begin();
      await answered;
      output.head(200, undefined, [['Content-Type', 'text/plain']]);
      output.end(Buffer.from(text));
      return 'done';
    },
  };
}

function fetchText(port: number, path: string, agent: http.Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get({ port, path, host: '127.0.0.1', agent, headers: { Host: 'site.test' } }, (response) => {
        let body = '';
        response.setEncoding('latin1').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
        response.on('error', reject);
      })
      .on('error', reject);
  });
}

t.test('twenty reloads under load lose no request and answer none wrong', async (t) => {
  const alias = (name: string): string => `KeepAliveTimeout 30\nAlias /x @ROOT@/${name}`;
  const server = await serve(t, { files, config: alias('one') });
  const agent = new http.Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  let running = true;
  const answers = new Map<string, number>();
  const client = async (each: http.Agent | false): Promise<void> => {
    while (running) {
      const answer = await fetchText(server.port, '/x/x.txt', each);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const clients = [...Array.from({ length: 6 }, () => client(agent)), client(false), client(false)];
  for (let round = 1; round <= 20; round++) {
    const name = round % 2 === 0 ? 'one' : 'two';
    await reload(server, alias(name).replaceAll('@ROOT@', server.root));
    t.equal(await fetchText(server.port, '/x/x.txt', agent), `200 ${name}`, `reload ${round}`);
    t.equal(await fetchText(server.port, '/x/x.txt', false), `200 ${name}`);
  }
  running = false;
  await Promise.all(clients);
  t.same([...answers.keys()].sort(), ['200 one', '200 two']);
});

t.test('a request that has begun ends with its own configuration, which ends after it', async (t) => {
  const counts: string[] = [];
  const slow = waiting('old');
  const location = '<Location /h>\nSetHandler test\n</Location>';
  const server = await serve(t, {
    config: location,
    handlers: { test: slow.handler },
    modules: [counting(counts, 'old')],
  });
  const old = server.get('/h');
  await slow.begun;
  const fresh = waiting('new');
  fresh.answer();
  await reload(server, location, { handlers: { test: fresh.handler }, modules: [counting(counts, 'new')] });
  t.match(await server.get('/h'), { status: 200, body: 'new' });
  t.same(counts, ['start old', 'start new'], 'the old one is still there');
  slow.answer();
  t.match(await old, { status: 200, body: 'old' });
  await server.server.close();
  t.same(counts, ['start old', 'start new', 'stop old', 'stop new']);
});

t.test('a configuration whose address is taken is not put to work', async (t) => {
  const counts: string[] = [];
  const other = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as net.AddressInfo;
  const server = await serve(t, { files: { www: { 'x.txt': 'x' } } });
  const bad = reload(server, `Listen 127.0.0.1:0\nListen 127.0.0.1:${port}`, {
    modules: [counting(counts, 'new')],
  });
  await t.rejects(bad, { code: 'LISTEN', message: /another program listens there/ });
  t.same(counts, ['start new', 'stop new']);
  t.match(await server.get('/x.txt'), { status: 200, body: 'x' });
  t.equal(server.server.urls.length, 1);
});

t.test('a module that does not start leaves the old configuration at work', async (t) => {
  const server = await serve(t, { files: { www: { 'x.txt': 'x' } } });
  const failing: Module = {
    name: 'failing',
    directives: [],
    hooks: {
      start: () => {
        throw new Error('it has no database');
      },
    },
  };
  await t.rejects(reload(server, '', { modules: [failing] }), { message: 'it has no database' });
  t.match(await server.get('/x.txt'), { status: 200, body: 'x' });
});

t.test('addresses come and go, and those that stay are never closed', async (t) => {
  const server = await serve(t, { files: { www: { 'x.txt': 'x' } } });
  const [first = ''] = server.server.urls;
  await reload(server, 'Listen 127.0.0.1:0\nListen 127.0.0.1:0');
  const [same, second = ''] = server.server.urls;
  t.equal(same, first);
  const port = Number(new URL(second).port);
  t.equal(await fetchText(port, '/x.txt', false), '200 x');
  await reload(server, 'Listen 127.0.0.1:0');
  t.same(server.server.urls, [first]);
  await t.rejects(fetchText(port, '/x.txt', false), { code: 'ECONNREFUSED' });
  t.equal(await fetchText(server.port, '/x.txt', false), '200 x');
});

t.test('an address that another one of ours is in the way of takes its place', async (t) => {
  const server = await serve(t, { files: { www: { 'x.txt': 'x' } } });
  await reload(server, `Listen 0.0.0.0:${server.port}`);
  t.same(server.server.urls, [`http://localhost:${server.port}/`]);
  t.equal(await fetchText(server.port, '/x.txt', false), '200 x');
  const other = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as net.AddressInfo;
  const bad = reload(server, `Listen 127.0.0.1:${server.port}\nListen 127.0.0.1:${port}`);
  await t.rejects(bad, { code: 'LISTEN' });
  t.equal(await fetchText(server.port, '/x.txt', false), '200 x', 'what made room is open again');
});

t.test('times and limits of connections change with the configuration', async (t) => {
  const server = await serve(t, { config: 'KeepAlive Off', files: { www: { 'x.txt': 'x' } } });
  const text = 'GET /x.txt HTTP/1.1\r\nHost: x\r\n\r\n';
  t.match(await server.send(text), /Connection: close/i);
  await reload(server, 'LimitRequestLine 20');
  t.match(
    await server.send(`GET /a-long-name-that-is-too-long HTTP/1.1\r\nHost: x\r\n\r\n`),
    /^HTTP\/1.1 414 /,
  );
});

t.test('requests that do not end are cut off after GracefulShutdownTimeout, where that is set', async (t) => {
  const slow = waiting('never');
  const server = await serve(t, {
    config: 'GracefulShutdownTimeout 1\n<Location /h>\nSetHandler test\n</Location>',
    handlers: { test: slow.handler },
  });
  const cut = server.send('GET /h HTTP/1.1\r\nHost: x\r\n\r\n');
  await slow.begun;
  await reload(server, '');
  t.equal(await cut, '');
  await server.server.close();
  slow.answer();
  t.match(readFileSync(join(server.root, 'error.log'), 'utf8'), /IH0006: 1 requests had not ended after 1 s/);
});

t.test('a server that stops cuts off what has not ended after GracefulShutdownTimeout', async (t) => {
  const slow = waiting('never');
  const server = await serve(t, {
    config: 'GracefulShutdownTimeout 1\n<Location /h>\nSetHandler test\n</Location>',
    handlers: { test: slow.handler },
  });
  const cut = server.send('GET /h HTTP/1.1\r\nHost: x\r\n\r\n');
  await slow.begun;
  const log = await server.stop();
  slow.answer();
  t.equal(await cut, '');
  t.match(log, /IH0006: 1 requests had not ended after 1 s/);
});

t.test('with GracefulShutdownTimeout 0 a server that stops waits for what runs', async (t) => {
  const slow = waiting('at last');
  const server = await serve(t, {
    config: 'GracefulShutdownTimeout 0\n<Location /h>\nSetHandler test\n</Location>',
    handlers: { test: slow.handler },
  });
  const answer = server.get('/h');
  await slow.begun;
  const stopped = server.stop();
  await t.rejects(fetchText(server.port, '/h', false), { code: 'ECONNREFUSED' }, 'it accepts no more');
  slow.answer();
  t.match(await answer, { status: 200, body: 'at last' });
  t.notMatch(await stopped, /IH0006/);
});

t.test('a reload is refused while requests of too many earlier configurations run', async (t) => {
  const slow = Array.from({ length: 17 }, (_, index) => waiting(String(index)));
  const location = '<Location /h>\nSetHandler test\n</Location>';
  const of = (index: number): Readonly<Record<string, Handler>> => ({
    test: (request) => slow[index]?.handler(request) ?? 404,
  });
  const server = await serve(t, { config: location, handlers: of(0) });
  const answers = [];
  for (const [index, { begun }] of slow.entries()) {
    answers.push(server.get('/h'));
    await begun;
    if (index < 16) await reload(server, location, { handlers: of(index + 1) });
  }
  await t.rejects(reload(server, location), { code: 'RELOAD_BUSY', message: /16 earlier configurations/ });
  for (const { answer } of slow) answer();
  const bodies = (await Promise.all(answers)).map(({ body }) => body);
  t.same(
    bodies,
    slow.map((_, index) => String(index)),
  );
});

t.test('logs are opened anew after their files were renamed', async (t) => {
  const server = await serve(t, { config: 'CustomLog logs.txt "%U"', files: { www: { 'x.txt': 'x' } } });
  await server.get('/x.txt');
  renameSync(join(server.root, 'logs.txt'), join(server.root, 'logs.old'));
  renameSync(join(server.root, 'error.log'), join(server.root, 'error.old'));
  await server.server.reopenLogs();
  await server.get('/x.txt?2');
  server.log.write('logsReopened', { signal: 'SIGUSR1' });
  await server.stop();
  t.equal(readFileSync(join(server.root, 'logs.old'), 'utf8'), '/x.txt\n');
  t.equal(readFileSync(join(server.root, 'logs.txt'), 'utf8'), '/x.txt\n');
  t.match(readFileSync(join(server.root, 'error.log'), 'utf8'), /IH0011: caught SIGUSR1/);
});
