import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { splitCommand } from '../../../lib/http/logging/command-line.js';
import type { LogReports, LogSink } from '../../../lib/http/logging/log-sink.js';
import { openLog } from '../../../lib/http/logging/log-target.js';

const skip = process.platform === 'win32' ? 'the programs are those of Unix' : false;

/** What a log has reported, in order. */
class Reports implements LogReports {
  readonly texts: string[] = [];

  trouble(reason: string): void {
    this.texts.push(`trouble: ${reason}`);
  }

  mended(lost: number): void {
    this.texts.push(`mended: ${lost}`);
  }

  ended(reason: string, delay: number): void {
    this.texts.push(`ended: ${reason}, ${delay}`);
  }

  said(line: string): void {
    this.texts.push(`said: ${line}`);
  }
}

function open(t: Test, target: string): { folder: string; log: LogSink; reports: Reports } {
  const folder = t.testdir({});
  const reports = new Reports();
  const log = openLog(target.replaceAll('@ROOT@', folder), folder, reports);
  t.teardown(() => log.close());
  return { folder, log, reports };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

t.test('a command line is split into words as Apache splits it', async (t) => {
  const rows: [text: string, words: string[]][] = [
    ['prog', ['prog']],
    ['  prog   a\tb ', ['prog', 'a', 'b']],
    ['"a prog" \'b c\' d', ['a prog', 'b c', 'd']],
    ['prog a\\ b "c\\"d" e\\\\f', ['prog', 'a b', 'c"d', 'e\\f']],
    ['prog "not closed', ['prog', 'not closed']],
    ['prog ""', ['prog', '']],
  ];
  for (const [text, words] of rows) t.same(splitCommand(text), words, text);
});

t.test('a program gets the lines, in the folder of the server, and reads to the end', { skip }, async (t) => {
  for (const bar of ['|', '||']) {
    const { folder, log } = open(t, `${bar}dd "of=out put" status=none`);
    for (let index = 0; index < 10_000; index++) log.write(`line ${index}\n`);
    await log.close();
    const lines = readFileSync(join(folder, 'out put'), 'utf8').split('\n');
    t.equal(lines.length, 10_001);
    t.equal(lines[9999], 'line 9999');
  }
});

t.test('with a dollar sign it is a command for the shell', { skip }, async (t) => {
  const { folder, log } = open(t, "|$tr 'a b' 'A_B' > out && echo done >> out");
  log.write('a b\n');
  await log.close();
  t.equal(readFileSync(join(folder, 'out'), 'utf8'), 'A_B\ndone\n');
});

t.test('a program that cannot be started is an error', { skip }, async (t) => {
  t.throws(() => openLog('|/none/such -x', t.testdir({}), new Reports()), {
    code: 'LOG_OPEN',
    message: /^unable to start piped log program '\/none\/such -x': there is no program \/none\/such/,
  });
});

t.test('what it writes to standard error is reported', { skip }, async (t) => {
  const { log, reports } = open(t, '|$echo one >&2; echo two >&2; cat > /dev/null');
  await until(() => reports.texts.length === 2);
  t.same(reports.texts, ['said: one', 'said: two']);
  await log.close();
});

t.test('a program that ends is started again, and lines wait for it', { skip }, async (t) => {
  const { folder, log, reports } = open(t, '|$read line; echo "$line" >> out; exit 3');
  log.write('first\n');
  await until(() => reports.texts.length === 1);
  t.same(reports.texts, ['ended: with status 3, 1000'], 'not at once, because it had not run for long');
  log.write('second\n');
  await until(() => reports.texts.length === 2);
  t.equal(reports.texts[1], 'ended: with status 3, 2000');
  t.equal(readFileSync(join(folder, 'out'), 'utf8'), 'first\nsecond\n');
  await log.close();
});

t.test(
  'a program that does not read holds up nobody: beyond a bound lines are lost and counted',
  { skip },
  async (t) => {
    const { folder, log, reports } = open(t, '|$while [ ! -e go ]; do sleep 0.05; done; cat > out');
    const line = `${'x'.repeat(1023)}\n`;
    const count = 20_000;
    const start = performance.now();
    for (let index = 0; index < count; index++) log.write(line);
    t.ok(performance.now() - start < 10_000);
    t.same(reports.texts, ['trouble: the program does not read']);
    writeFileSync(join(folder, 'go'), '');
    await until(() => reports.texts.length === 2);
    await log.close();
    const lost = Number(/^mended: (\d+)$/.exec(reports.texts[1] ?? '')?.[1]);
    const written = readFileSync(join(folder, 'out'), 'utf8').split('\n').length - 1;
    t.equal(written + lost, count);
    t.ok(written * 1024 >= 16 * 1024 * 1024 - 1024, 'what waits is 16 MiB');
  },
);

t.test('a program that does not end by itself is ended with what it has started', { skip }, async (t) => {
  const { folder, log } = open(t, '|$echo $$ > pid; exec < /dev/null; while :; do sleep 60; done');
  await until(() => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8') !== '');
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  await log.close();
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});
