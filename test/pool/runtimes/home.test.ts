import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  accountHome,
  findHome,
  ownOwner,
  packageRoot,
  setupCommandFor,
} from '../../../lib/pool/runtimes/home.js';
import { root } from '../../helpers/root.js';

t.test(
  'the home of the runtimes is named by ISAPI_HOST_HOME, else by XDG_DATA_HOME, else it is below HOME',
  async (t) => {
    const all = { ISAPI_HOST_HOME: '/own', XDG_DATA_HOME: '/data', HOME: '/home/a' };
    t.equal(findHome(all).folder, '/own');
    t.equal(findHome({ ...all, ISAPI_HOST_HOME: '' }).folder, '/data/isapi-host');
    t.equal(findHome({ HOME: '/home/a' }).folder, '/home/a/.local/share/isapi-host');
  },
);

t.test('prefix, runtimes and users have folders of their own in it', async (t) => {
  t.same(findHome({ ISAPI_HOST_HOME: '/own' }), {
    folder: '/own',
    runtimes: join('/own', 'runtimes'),
    prefix: join('/own', 'prefix'),
    stamp: join('/own', 'prefix', 'isapi-host.json'),
    users: join('/own', 'users'),
  });
});

const onWindows = process.platform === 'win32' && 'there are no prefixes on Windows';

t.test('a home that root has made for a user is theirs alone', { skip: onWindows }, async (t) => {
  const environment = { ISAPI_HOST_HOME: t.testdir() };
  const own = ownOwner();
  const made = join(environment.ISAPI_HOST_HOME, 'accounts', own.name ?? String(own.uid));
  t.equal(findHome(environment).folder, environment.ISAPI_HOST_HOME, 'before it is made');
  mkdirSync(made, { recursive: true });
  t.same(findHome(environment), {
    folder: made,
    runtimes: join(environment.ISAPI_HOST_HOME, 'runtimes'),
    prefix: join(made, 'prefix'),
    stamp: join(made, 'isapi-host.json'),
    users: join(made, 'users'),
  });
  const other = { uid: own.uid + 1, name: own.name };
  t.equal(findHome(environment, other).folder, environment.ISAPI_HOST_HOME, 'its owner is another one');
});

t.test('homes of users are in /var/lib, and no name leads out of there', { skip: onWindows }, async (t) => {
  const folderOf = (name: string | undefined): string | undefined =>
    accountHome({}, { uid: 7, name })?.folder;
  t.equal(folderOf('www-data'), '/var/lib/isapi-host/accounts/www-data');
  t.equal(folderOf(undefined), '/var/lib/isapi-host/accounts/7');
  t.equal(folderOf('../x'), '/var/lib/isapi-host/accounts/7');
  t.equal(folderOf('..'), '/var/lib/isapi-host/accounts/7');
});

t.test('who can make their own home needs no root for it', { skip: onWindows }, async (t) => {
  const folder = t.testdir();
  const own = ownOwner();
  t.equal(setupCommandFor({ HOME: folder }, own), 'run "isapi-host setup wine"');
  t.equal(
    setupCommandFor({ HOME: folder }, { uid: own.uid + 1, name: 'www-data' }),
    'run as root "isapi-host setup wine --user www-data"',
  );
  t.equal(
    setupCommandFor({ HOME: folder }, { uid: own.uid + 1, name: undefined }),
    `run as root "isapi-host setup wine --user #${String(own.uid + 1)}"`,
  );
  if (own.uid === 0) return;
  chmodSync(folder, 0o500);
  t.match(setupCommandFor({ HOME: folder }, own), /run as root "isapi-host setup wine --user /);
});

t.test('the package is found from inside it, and only there', async (t) => {
  t.equal(packageRoot(), root);
  t.throws(() => packageRoot('/'), { message: 'no isapi-host package above /' });
});
