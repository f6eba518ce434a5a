import { PassThrough } from 'node:stream';
import t from 'tap';

import { WorkerReports } from '../../lib/pool/worker-reports.js';
import { FakeExchange } from '../helpers/exchange.js';
import { KeptLog } from '../helpers/pools.js';

function reports(): { log: KeptLog; reports: WorkerReports } {
  const log = new KeptLog();
  return { log, reports: new WorkerReports(log, 'kits', () => 4711) };
}

/** The lines that the log has of output that came in these chunks. */
async function output(
  chunks: readonly (string | Buffer)[],
  running: readonly string[] = [],
): Promise<string[]> {
  const { log, reports: told } = reports();
  const stream = new PassThrough();
  told.follow(stream, () => running.map((file) => new FakeExchange(file)));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
  t.ok(log.contexts.every(({ pool, pid }) => pool === 'kits' && pid === 4711));
  return log.lines;
}

t.test('output is logged line by line, with what runs meanwhile', async (t) => {
  t.same(await output(['one\ntwo\r\n\n  \nth', 'ree\nfour'], ['/srv/a.dll', '/srv/b.dll', '/other/a.dll']), [
    'IH2006 a.dll, b.dll: one',
    'IH2006 a.dll, b.dll: two',
    'IH2006 a.dll, b.dll: three',
    'IH2006 a.dll, b.dll: four',
  ]);
  t.same(await output(['alone\n']), ['IH2006 worker: alone']);
});

t.test('characters that come in two chunks stay whole', async (t) => {
  const bytes = Buffer.from('caf\u00e9\n');
  t.same(await output([bytes.subarray(0, 4), bytes.subarray(4)]), ['IH2006 worker: caf\u00e9']);
});

t.test('long output without a line end is cut, and not held', async (t) => {
  const lines = await output(['x'.repeat(10_000)]);
  t.same(
    lines.map((line) => line.length - 'IH2006 worker: '.length),
    [4096, 4096, 1808],
  );
});

t.test('how a process ended is told once, by what is known', async (t) => {
  const told = (end: Partial<Parameters<WorkerReports['ended']>[0]>): string[] => {
    const { log, reports: made } = reports();
    made.ended({ end: 'signal SIGSEGV', expected: false, killedFor: undefined, suspects: [], ...end });
    return log.lines.map((line) => line.replace(/\d+\.\d s/, 'N s'));
  };
  t.same(told({ expected: true }), ['IH2002 worker process ended after N s']);
  t.same(told({}), ['IH2004 worker process died after N s: signal SIGSEGV']);
  t.same(told({ killedFor: 'it was tired' }), ['IH2003 worker process was ended after N s: it was tired']);
  t.same(told({ suspects: [new FakeExchange('/srv/a.dll'), new FakeExchange('/srv/b.dll')] }), [
    'IH2005 /srv/a.dll ended its worker process after N s: signal SIGSEGV',
    'IH2005 /srv/b.dll ended its worker process after N s: signal SIGSEGV',
  ]);
});
