import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfiguration } from '../../lib/config/configuration.js';
import { parsePools } from '../../lib/config/pools.js';
import { formatProblem } from '../../lib/config/problems.js';
import { displayText } from '../../lib/http/byte-string.js';
import { openErrorLog } from '../../lib/http/log.js';
import type { Handler } from '../../lib/http/module.js';
import { startServer } from '../../lib/http/server.js';
import { optionsOf } from '../../lib/http/settings.js';
import { builtInModules } from '../../lib/modules/index.js';
import { createJournalModule } from '../../lib/modules/journal/index.js';
import { Tracing } from '../../lib/modules/trace/tracing.js';
import { PoolStatistics } from '../../lib/pool/pool-statistics.js';
import { createIsapiModule } from '../../lib/modules/isapi/index.js';
import { exchange, parseResponse } from '../http/harness.js';
import { goldenCases, writeGolden } from './golden.js';

// Whole configurations as people have them, with the answers to some requests. The text up to the first `===` says
// what it is; `=== NAME` begins a file, `=== request HOST URL` is a request. `@ROOT@` is the folder, `@PORT@` its port.
// The first file is the one that is loaded. Extensions are not run: who would run them, and with what, is the answer.

for (const each of goldenCases('golden-trees')) {
  void t.test(each.name, async (t) => {
    const actual = await run(t, each.input);
    if (process.env['TAP_SNAPSHOT'] === '1') writeGolden(each, actual);
    else t.equal(actual, each.expected);
  });
}

const showExtension: Handler = (request) => {
  if (!optionsOf(request.settings).execCgi) return 403;
  const lines = [
    `extension ${displayText(request.filename)}`,
    `path info ${displayText(request.pathInfo)}`,
    `query ${request.query}`,
    ...[...request.env].sort().map(([name, value]) => `${name}=${value}`),
  ];
  request.output.head(200, undefined, [['Content-Type', 'text/x-extension']]);
  request.output.end(Buffer.from(`${lines.join('\n')}\n`));
  return 'done';
};

async function run(t: Test, input: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'tree-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const port = await freePort();
  const fill = (text: string): string => text.replaceAll('@ROOT@', root).replaceAll('@PORT@', String(port));
  const clear = (text: string): string => text.replaceAll(root, '@ROOT@').replaceAll(String(port), '@PORT@');
  const requests: string[][] = [];
  let first = '';
  for (const part of input.split(/^=== /m).slice(1)) {
    const end = part.includes('\n') ? part.indexOf('\n') : part.length;
    const [word = '', ...rest] = part.slice(0, end).split(' ');
    if (word === 'request') {
      requests.push(rest);
      continue;
    }
    if (first === '') first = join(root, word);
    mkdirSync(dirname(join(root, word)), { recursive: true });
    writeFileSync(join(root, word), fill(part.slice(end + 1)));
  }
  mkdirSync(join(root, 'logs'), { recursive: true });
  const isapi = createIsapiModule(parsePools('', '').pools, {
    statistics: new PoolStatistics(),
    journal: createJournalModule().journal,
    tracing: new Tracing(),
  });
  const modules = builtInModules([{ ...isapi, handlers: { 'isapi-handler': showExtension }, hooks: {} }]);
  const { configuration, problems } = loadConfiguration({
    file: first,
    serverRoot: root,
    modules,
    environment: { RUN_USER: 'www-data', RUN_FOLDER: join(root, 'logs') },
  });
  const found = [
    ...problems,
    ...(configuration ? modules.flatMap((each) => each.check?.(configuration) ?? []) : []),
  ];
  const output = found.map((problem) => formatProblem(problem));
  if (configuration !== undefined) {
    const log = openErrorLog(configuration);
    const server = await startServer({ configuration, modules, log, version: '1.2.3' });
    t.teardown(async () => {
      await server.close();
      await log.close();
    });
    for (const [host = '', url = ''] of requests) {
      const text = await exchange(
        port,
        `GET ${fill(url)} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      output.push('', `${host} ${url}`, ...describe(text));
    }
  }
  return clear(output.join('\n')).trim();
}

function describe(text: string): string[] {
  const { status, reason, headers, body } = parseResponse(text);
  const shown = ['content-type', 'location', 'www-authenticate'].flatMap((name) =>
    headers[name] === undefined ? [] : [`${name}: ${headers[name]}`],
  );
  // Pages for errors are shown elsewhere.
  return [`  ${status} ${reason}`, ...shown, ...(status === 200 ? body.trimEnd().split('\n') : [])].map(
    (line, index) => (index === 0 ? line : `  ${line}`),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
