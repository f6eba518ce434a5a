import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { problemsOf, serve } from '../http/harness.js';

const root = t.testdir({});

t.test('Require all denied refuses, and an inner section may grant', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.txt': 'x', open: { 'x.txt': 'open', '.private': 'x' }, both: { 'x.txt': 'both' } } },
    config: [
      '<Directory @ROOT@/www>\nRequire all denied\n</Directory>',
      '<Directory @ROOT@/www/open>\nRequire all granted\n</Directory>',
      '<Directory @ROOT@/www/both>\nRequire all granted\nRequire all denied\n</Directory>',
      '<Files ".*">\nRequire all denied\n</Files>',
    ].join('\n'),
  });
  t.equal((await server.get('/x.txt')).status, 403);
  t.equal((await server.get('/open/x.txt')).body, 'open');
  t.equal((await server.get('/open/.private')).status, 403);
  t.equal((await server.get('/both/x.txt')).body, 'both', 'one of several is enough');
  t.equal((await server.get('/none')).status, 403, 'what is not there is not told apart');
  t.match(
    await server.stop(),
    /\[authz_core:error\].*\[client 127\.0\.0\.1:\d+\].*IH0110: client denied by server configuration: .*\/www\/x\.txt/,
  );
});

t.test('SetEnv, UnsetEnv and PassEnv make the variables of a request', async (t) => {
  process.env['ISAPI_HOST_TEST'] = 'from outside';
  const app: Handler = (request) => {
    request.output.end(Buffer.from(JSON.stringify(Object.fromEntries(request.env)), 'latin1'));
    return 'done';
  };
  const server = await serve(t, {
    files: { www: { 'x.app': '', sub: { 'x.app': '' } } },
    config: [
      'AddHandler app .app',
      'SetEnv ONE "first value"',
      'SetEnv EMPTY',
      'SetEnv TWO café',
      'PassEnv ISAPI_HOST_TEST',
      '<Location /sub>\nUnsetEnv TWO EMPTY\nSetEnv ONE other\n</Location>',
    ].join('\n'),
    handlers: { app },
  });
  const read = async (target: string): Promise<unknown> => JSON.parse((await server.get(target)).body);
  t.same(await read('/x.app'), {
    ONE: 'first value',
    EMPTY: '',
    TWO: 'caf\xc3\xa9',
    ISAPI_HOST_TEST: 'from outside',
  });
  t.same(await read('/sub/x.app'), { ONE: 'other', ISAPI_HOST_TEST: 'from outside' });
  t.match(problemsOf('PassEnv ISAPI_HOST_NONE', root), [
    '1:9: warning: PassEnv variable ISAPI_HOST_NONE was undefined',
  ]);
  t.same(problemsOf('SetEnv A=B', root), [
    "1:8: warning: Spurious usage of '=' in an environment variable name. 'SetEnv A B' expected instead?",
  ]);
});
