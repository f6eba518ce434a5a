import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findHome } from '../../../lib/pool/runtimes/home.js';
import { registerWineUser, stopWine, wineUsers } from '../../../lib/pool/runtimes/users.js';

t.test(
  'a server is on the list of users from its first registration until the last one has ended',
  async (t) => {
    const environment = { ISAPI_HOST_HOME: t.testdir() };
    const home = findHome(environment);
    t.same(wineUsers(home), []);
    await registerWineUser(environment);
    await registerWineUser(environment);
    t.same(wineUsers(home), [process.pid]);
    await stopWine(environment);
    t.same(wineUsers(home), [process.pid], 'as when the pools of an earlier configuration stop');
    await stopWine(environment);
    t.same(wineUsers(home), []);
  },
);

t.test('a server that has died or whose process id belongs to another program is forgotten', async (t) => {
  const environment = { ISAPI_HOST_HOME: t.testdir() };
  const home = findHome(environment);
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  mkdirSync(home.users);
  writeFileSync(join(home.users, String(child.pid)), '1');
  // This process is alive, but it was not started one clock tick after boot.
  writeFileSync(join(home.users, String(process.pid)), '1');
  writeFileSync(join(home.users, 'no-number'), '');
  t.same(wineUsers(home), []);
  t.same(readdirSync(home.users), []);
});

/** A prefix whose wineserver writes down that it was called. */
function fakePrefix(folder: string): { environment: Record<string, string | undefined>; called: string } {
  const server = join(folder, 'wineserver');
  const called = join(folder, 'called');
  writeFileSync(server, `#!/bin/sh\necho "$@" "$WINEPREFIX" >> ${called}\n`, { mode: 0o755 });
  mkdirSync(join(folder, 'prefix'));
  const stamp = { recipe: '', wine: '', server, wine64: { failure: '' }, wine32: { failure: '' } };
  writeFileSync(join(folder, 'prefix', 'isapi-host.json'), JSON.stringify(stamp));
  return { environment: { PATH: process.env['PATH'], ISAPI_HOST_HOME: folder }, called };
}

t.test('the last server that stops ends Wine, the ones before leave it to the others', async (t) => {
  const folder = t.testdir();
  const { environment, called } = fakePrefix(folder);
  const home = findHome(environment);
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  t.teardown(() => other.kill('SIGKILL'));
  await registerWineUser(environment);
  writeFileSync(join(home.users, String(other.pid)), '');
  await stopWine(environment);
  t.notOk(existsSync(called), 'another server uses it');
  other.kill('SIGKILL');
  await once(other, 'exit');
  await registerWineUser(environment);
  await stopWine(environment);
  t.equal(readFileSync(called, 'utf8'), `-k ${home.prefix}\n-w ${home.prefix}\n`);
});

t.test('a configuration that ends leaves Wine to the one that a reload has put in its place', async (t) => {
  const folder = t.testdir();
  const { environment, called } = fakePrefix(folder);
  const home = findHome(environment);
  await registerWineUser(environment);
  // The old one stops while the new one registers, whatever the order in which they get at the list.
  await Promise.all([stopWine(environment), registerWineUser(environment)]);
  t.notOk(existsSync(called), 'the new one uses it');
  t.same(wineUsers(home), [process.pid]);
  await Promise.all([registerWineUser(environment), stopWine(environment)]);
  t.notOk(existsSync(called), 'the third one uses it');
  t.same(wineUsers(home), [process.pid]);
  await stopWine(environment);
  t.equal(readFileSync(called, 'utf8'), `-k ${home.prefix}\n-w ${home.prefix}\n`);
  t.same(wineUsers(home), []);
});
