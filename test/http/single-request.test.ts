import t, { type Test } from 'tap';
import { loadConfiguration } from '../../lib/config/configuration.js';
import { parsePools } from '../../lib/config/pools.js';
import { openErrorLog } from '../../lib/http/log.js';
import type { Handler, Module, Outcome } from '../../lib/http/module.js';
import { serveOnce, type SingleRequest, type SingleResponse } from '../../lib/http/single-request.js';
import { makeModules } from '../../lib/cli/modules.js';

const LIMITS = { kept: 64, most: 1024 * 1024 };

/** Serves one request to a handler. */
async function serve(
  t: Test,
  handler: Handler,
  request: Partial<SingleRequest> = {},
  directives = '',
): Promise<{ response: SingleResponse; calls: string[] }> {
  const calls: string[] = [];
  const module: Module = {
    name: 'test',
    directives: [],
    handlers: { test: handler },
    hooks: {
      start: () => void calls.push('start'),
      log: (each) => void calls.push(`log ${each.method} ${String(each.output.status)}`),
      stop: () => void calls.push('stop'),
    },
  };
  const modules = [module, ...makeModules(parsePools('[default]\n', 'pools.ini').pools)];
  const folder = t.testdir({ logs: {} });
  const { configuration, problems } = loadConfiguration({
    file: 'test',
    serverRoot: folder,
    text: `ServerName site.test\n<Location "/">\nSetHandler test\n${directives}\n</Location>\n`,
    modules,
  });
  if (configuration === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const log = openErrorLog(configuration);
  try {
    const response = await serveOnce(
      { configuration, modules, log, version: '0' },
      { method: 'GET', target: '/a?b', headers: ['Host', 'site.test'], body: Buffer.alloc(0), ...request },
      LIMITS,
    );
    return { response, calls };
  } finally {
    await log.close();
  }
}

t.test('a request is served without a port, and the modules are stopped after it', async (t) => {
  let seen = '';
  const { response, calls } = await serve(t, (request) => {
    seen = `${request.method} ${request.target} ${request.remoteAddress} ${String(request.localPort)}`;
    request.output.head(201, 'Made', [['X-Test', 'yes']]);
    request.output.end(Buffer.from('hello'));
    return 'done';
  });
  t.equal(seen, 'GET /a?b 127.0.0.1 80');
  t.equal(response.status, 201);
  t.equal(response.reason, 'Made');
  t.equal(response.start.toString(), 'hello');
  t.equal(response.bytes, 5);
  t.equal(response.problem, undefined);
  t.ok(response.headers.includes('X-Test'));
  t.same(calls, ['start', 'log GET 201', 'stop']);
});

t.test('the start of a long body is kept, and the client leaves an endless one', async (t) => {
  let lost = false;
  const { response } = await serve(t, async (request): Promise<Outcome> => {
    const { output } = request;
    output.onLost(() => (lost = true));
    output.head(200, undefined, []);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    while (!output.lost) if (!output.write(chunk)) await output.drained();
    return 'done';
  });
  t.equal(response.start.toString(), 'x'.repeat(64));
  t.ok(response.bytes >= LIMITS.most && response.bytes < LIMITS.most * 2);
  t.match(response.problem, /^it was longer than 1048576 bytes/);
  t.equal(lost, true, 'the handler learns of it');
});

t.test('a response that is cut has a problem', async (t) => {
  const { response } = await serve(t, (request) => {
    request.output.head(200, undefined, [], 100);
    request.output.write(Buffer.from('part'));
    request.output.abort();
    return 'done';
  });
  t.equal(response.status, 200);
  t.ok(response.problem !== undefined, 'it says so');
});

t.test('a body arrives whole, also a large one that is read slowly', async (t) => {
  const body = Buffer.alloc(300_000, 'abc');
  let bytes = 0;
  const { response } = await serve(
    t,
    async (request): Promise<Outcome> => {
      const sent = request.openBody();
      for (let ended = sent === undefined; !ended && sent;) {
        const piece = await sent.some(1000);
        bytes += piece.bytes.length;
        ended = piece.ended;
      }
      request.output.end(Buffer.from(String(bytes)));
      return 'done';
    },
    { method: 'POST', headers: ['Host', 'site.test', 'Content-Length', '300000'], body },
  );
  t.equal(response.start.toString(), '300000');
});
