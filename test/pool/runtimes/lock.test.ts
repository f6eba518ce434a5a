import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { takeLock } from '../../../lib/pool/runtimes/lock.js';

const name = (title: string): string => `test ${process.pid} ${title}`;

t.test('a lock that is held is given to nobody else until it is released', async (t) => {
  const first = await takeLock(name('held'), 0);
  t.ok(first, 'the first gets it');
  t.equal(await takeLock(name('held'), 0), undefined, 'the second does not');
  t.ok(
    await takeLock(name('other'), 0).then((lock) => lock?.release().then(() => true)),
    'another name is free',
  );
  await first?.release();
  const again = await takeLock(name('held'), 0);
  t.ok(again, 'free after its release');
  await again?.release();
});

t.test('who waits for a lock is told so once, and gets it when it is released', async (t) => {
  const first = await takeLock(name('wait'), 0);
  let waits = 0;
  const second = takeLock(name('wait'), 30_000, () => {
    waits++;
    void first?.release();
  });
  const lock = await second;
  t.ok(lock, 'it got the lock');
  t.equal(waits, 1);
  await lock?.release();
});

t.test('a lock of a process that was killed is free', async (t) => {
  const module = pathToFileURL(join(import.meta.dirname, '../../../lib/pool/runtimes/lock.js')).href;
  const script = `
    const { takeLock } = await import(${JSON.stringify(module)});
    await takeLock(${JSON.stringify(name('killed'))}, 0);
    process.stdout.write('taken');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  t.equal(await takeLock(name('killed'), 0), undefined, 'held while the process lives');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await takeLock(name('killed'), 0);
  t.ok(lock, 'free as soon as it is dead');
  await lock?.release();
});
