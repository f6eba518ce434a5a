import { join } from 'node:path';
import t from 'tap';
import { findHome, packageRoot } from '../../../lib/pool/runtimes/home.js';
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
    users: join('/own', 'users'),
  });
});

t.test('the package is found from inside it, and only there', async (t) => {
  t.equal(packageRoot(), root);
  t.throws(() => packageRoot('/'), { message: 'no isapi-host package above /' });
});
