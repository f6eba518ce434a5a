import t from 'tap';
import { personalEnvironment, withoutPersonal } from '../../lib/pool/accounts.js';

t.test('programs of another user are not led to the folders of the one who starts them', async (t) => {
  const environment = {
    PATH: '/bin',
    HOME: '/root',
    XDG_DATA_HOME: '/root/data',
    XDG_RUNTIME_DIR: '/run/user/0',
  };
  t.same(withoutPersonal(environment), { PATH: '/bin', HOME: '/root' });
  t.same(personalEnvironment({ name: 'www-data', home: '/var/www' }), {
    USER: 'www-data',
    LOGNAME: 'www-data',
    HOME: '/var/www',
  });
  t.same(personalEnvironment({ name: undefined, home: undefined }), {}, 'of a number nothing is known');
});
