import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeMachine } from '../helpers/made-machine.js';
import { findUser } from '../../lib/pool/accounts.js';
import { isWithinReach } from '../helpers/reach.js';
import { runProgramApart } from '../helpers/program-process.js';

const onWindows = process.platform === 'win32' && 'there are no users to be prepared for on Windows';

t.test('a configuration with errors does not tell whom Wine is to be prepared for', async (t) => {
  const { folder, env } = makeMachine(t, []);
  writeFileSync(join(folder, 'httpd.conf'), 'Nonsense on\n');
  const { status, error } = await runProgramApart(['setup', 'wine', '-f', join(folder, 'httpd.conf')], {
    env,
  });
  t.equal(status, 1);
  t.match(error, /has errors: run "isapi-host check" with the same options, or name the users with --user/);
});

t.test('a user that is not there is refused', { skip: onWindows }, async (t) => {
  const { status, error } = await runProgramApart(['setup', 'wine', '--user', 'no-such-user']);
  t.equal(status, 2);
  t.match(error, 'there is no user no-such-user');
});

const daemon = findUser('daemon');
const isRoot = process.getuid?.() === 0;
const cannotLeaveRoot =
  isRoot &&
  ((daemon === undefined && 'needs the user daemon') ||
    (!isWithinReach(daemon?.uid ?? 0) && 'needs the program in a place that other users can read'));

t.test('only root prepares Wine for somebody else', { skip: onWindows || cannotLeaveRoot }, async (t) => {
  const somebody = isRoot ? { uid: daemon?.uid ?? 0, cwd: '/' } : {};
  const { status, error } = await runProgramApart(['setup', 'wine', '--user', 'root'], somebody);
  t.equal(status, 1);
  t.match(error, 'run as root "isapi-host setup wine --user root"');
});

const cannotPrepare =
  (process.getuid?.() !== 0 && 'needs root') ||
  (daemon === undefined && 'needs the user daemon') ||
  (!isWithinReach(daemon?.uid ?? 0) && 'needs the program in a place that other users can read');

t.test('root prepares Wine for others only in folders of its own', { skip: cannotPrepare }, async (t) => {
  const { folder, env } = makeMachine(t, []);
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  chownSync(home, 65534, 65534);
  const { status, error } = await runProgramApart(['setup', 'wine', '--user', 'daemon'], { env });
  t.equal(status, 1);
  t.match(error, `${home} is not a folder of root's`);
});
