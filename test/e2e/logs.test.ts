import { join } from 'node:path';
import t from 'tap';

import { buildExtension } from '../helpers/extensions.js';
import { skipWithout } from '../helpers/compilers.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

const FILES = ['scenario.dll', 'apart.dll', 'errors.dll'];

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: [
      '<Files "apart.dll">\nISAPIAppendLogToQuery Off\n</Files>',
      '<Files "errors.dll">\nISAPIAppendLogToErrors On\n</Files>',
      'LogFormat "%h %u \\"%r\\" %>s %q [%{isapi-parameter}n] %{X-Kit}o" kit',
      'CustomLog logs/kit_log kit',
    ].join('\n'),
    pools: '[default]\nrapid_fail.count = 0\n',
    prepare: ({ isapi }) => {
      for (const file of FILES) buildExtension('scenario', target, isapi, file);
    },
  });
  const kitLog = join(host.root, 'logs', 'kit_log');
  /** The line of the access log for a request. */
  const logged = async (target: string): Promise<string> => {
    await host.get(target).catch(() => undefined);
    const start = `"GET ${target} HTTP/1.1"`;
    const text = await host.waitForFile(kitLog, new RegExp(`${start.replace(/[?.*+\\]/g, '\\$&')}.*\n`));
    return (
      text
        .split('\n')
        .findLast((line) => line.includes(start))
        ?.replace(`${start} `, '') ?? ''
    );
  };
  const file = (name: string): string => join(host.isapi, name);

  await t.test('APPEND_LOG_PARAMETER goes to the query field and the note of the access log', async (t) => {
    const query = '?logparam=;cart=42';
    t.equal(await logged(`/isapi/scenario.dll${query}`), `127.0.0.1 - 200 ${query};cart=42 [;cart=42] -`);
    t.equal(await logged(`/isapi/apart.dll${query}`), `127.0.0.1 - 200 ${query} [;cart=42] -`);
    t.equal(await logged('/isapi/scenario.dll?hello'), '127.0.0.1 - 200 ?hello [-] -');
    t.notMatch(host.errorLog(), /cart=42/);
  });

  await t.test('and to the error log where ISAPIAppendLogToErrors says so', async (t) => {
    await host.get('/isapi/errors.dll?logparam=;cart=43');
    const line = await host.waitForLog('cart=43');
    t.match(
      line,
      /\[isapi:info\] \[pid \d+\] \[client 127\.0\.0\.1:\d+\] \[pool default\] \[request \w+\] IH1020: /,
    );
    t.ok(line.endsWith(`IH1020: ${file('errors.dll')}: ;cart=43`));
  });

  await t.test('an extension cannot write lines of its own into the logs', async (t) => {
    t.equal(
      await logged('/isapi/errors.dll?logparam=a%0Ab%22c'),
      '127.0.0.1 - 200 ?logparam=a%0Ab%22ca\\nb\\"c [a\\nb\\"c] -',
    );
    t.ok((await host.waitForLog('IH1020: ', host.errorLog().indexOf('cart=43'))).endsWith(': a\\nb"c'));
  });

  await t.test('lpszLogData goes to the error log', async (t) => {
    await host.get('/isapi/scenario.dll?hello&log=what%20happened');
    t.ok((await host.waitForLog('IH1021: ')).endsWith(`IH1021: ${file('scenario.dll')}: what happened`));
    await host.get(`/isapi/scenario.dll?logdata=${'y'.repeat(100)}`);
    const line = await host.waitForLog(/IH1021: .*yy/);
    t.equal(/y+$/.exec(line)?.[0].length, 79);
  });

  await t.test('what an extension prints goes to the error log, with its name', async (t) => {
    await host.get('/isapi/scenario.dll?printf=a%20word');
    for (const stream of ['stdout', 'stderr']) {
      const line = await host.waitForLog(`scenario writes to ${stream} a word`);
      t.match(line, /\[pool:info\] \[pid \d+\] \[pool default\] IH2006: scenario\.dll: scenario writes to/);
      t.notMatch(line, `[pid ${host.pid}]`);
    }
  });

  await t.test(
    'the access log has the status that the client got, and headers of the response',
    async (t) => {
      const block = 'X-Kit:%20yes%0A%0A';
      t.equal(
        (await logged(`/isapi/scenario.dll?header=203%20Fine&block=${block}&quiet`)).replace(/\?\S+/, '?'),
        '127.0.0.1 - 203 ? [-] yes',
      );
      t.match(await logged('/isapi/scenario.dll?null'), /^127\.0\.0\.1 - 502 \?null /);
      t.match(await logged('/isapi/nowhere.dll?x'), /^127\.0\.0\.1 - 404 \?x /);
      t.match(await logged('/isapi/scenario.dll?nothing&return=4'), /^127\.0\.0\.1 - 500 /);
    },
  );

  await t.test('the error log has the format of Apache', async (t) => {
    const day = '(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) [A-Z][a-z]{2} \\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6} \\d{4}';
    const format = new RegExp(
      `^\\[${day}\\] \\[[a-z_]+:[a-z]+\\] \\[pid \\d+\\](?: \\[client [\\d.:]+\\])?(?: \\[pool \\w+\\])?` +
        '(?: \\[request \\w+\\])? IH\\d{4}: .+$',
    );
    const lines = host.errorLog().split('\n').slice(0, -1);
    t.ok(lines.length > 5);
    for (const line of lines) t.match(line, format);
  });
});

t.test('ErrorLogFormat json writes a record for each line', { skip: skipWithout('elf') }, async (t) => {
  const host = await startHost(t, {
    config: 'ErrorLogFormat json\nISAPILogNotSupported On',
    prepare: ({ isapi }) => {
      buildExtension('scenario', 'elf', isapi);
    },
  });
  await host.get('/isapi/scenario.dll?support=1002');
  await host.get('/isapi/scenario.dll?null');
  await host.waitForLog('IH1051');
  await host.stop();
  const records = host
    .errorLog()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const record of records) {
    t.match(record, {
      level: /^(?:notice|warn|error|info)$/,
      time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/,
      module: /^[a-z_]+$/,
      number: /^IH\d{4}$/,
      pid: Number,
      msg: String,
    });
  }
  const file = join(host.isapi, 'scenario.dll');
  t.match(
    records.find(({ number }) => number === 'IH1010'),
    {
      level: 'warn',
      module: 'isapi',
      name: 'supportUnsupported',
      params: { name: 'HSE_REQ_GET_SSPI_INFO', file },
      client: /^127\.0\.0\.1:\d+$/,
      pool: 'default',
      extension: file,
      request: /^\w+$/,
      msg: `ServerSupportFunction HSE_REQ_GET_SSPI_INFO is not supported: ${file}`,
    },
  );
  t.match(
    records.find(({ number }) => number === 'IH2005'),
    {
      level: 'error',
      module: 'pool',
      pool: 'default',
      extension: file,
      params: { end: /^signal SIGSEGV at address 0x/ },
    },
  );
  t.match(records.at(-1), { number: 'IH0003', msg: 'stopped', pid: host.pid });
});
