import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Handler } from '../../../lib/http/module.js';
import { serve, type TestServer } from '../../http/harness.js';

/** SHA-1 of `secret`. */
const SECRET = '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=';

function basic(user: string, password: string): string {
  return `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

const ADA = basic('ada', 'secret');
const BOB = basic('bob', 'secret');

const USERS = `ada:${SECRET}\nbob:${SECRET}\nplain:secret\nwithout a colon\n`;
const AUTH = 'AuthType Basic\nAuthName "Members only"\nAuthUserFile users\n';

async function status(server: TestServer, target: string, ...headers: string[]): Promise<number> {
  return (await server.get(target, ...headers)).status;
}

t.test('a user is asked for only where a rule depends on it', async (t) => {
  const server = await serve(t, {
    files: { users: USERS, www: { 'x.txt': 'x', near: { 'x.txt': 'x' }, far: { 'x.txt': 'x' } } },
    config: [
      `<Location />\n${AUTH}Require user ada\n</Location>`,
      '<Location /near>\nRequire ip 127\nRequire user ada\n</Location>',
      '<Location /far>\n<RequireAll>\nRequire ip 10\nRequire user ada\n</RequireAll>\n</Location>',
    ].join('\n'),
  });
  const refused = await server.get('/x.txt');
  t.equal(refused.status, 401);
  t.equal(refused.headers['www-authenticate'], 'Basic realm="Members only"');
  t.equal(await status(server, '/x.txt', ADA), 200);
  t.equal(await status(server, '/x.txt', BOB), 401);
  t.equal(await status(server, '/near/x.txt'), 200, 'the address is enough');
  t.equal(await status(server, '/far/x.txt'), 403, 'no user would help');
  t.equal(await status(server, '/far/x.txt', ADA), 403);
});

t.test('the log says why somebody was not let in', async (t) => {
  const server = await serve(t, {
    files: { users: USERS, www: { 'x.txt': 'x' } },
    config: `<Location />\n${AUTH}Require user ada\n</Location>\n<Location /none>\nRequire all denied\n</Location>`,
  });
  const headers = [
    basic('eve', 'secret'),
    basic('ada', 'wrong'),
    BOB,
    basic('plain', 'secret'),
    'Authorization: Bearer x',
  ];
  for (const header of headers) t.equal(await status(server, '/x.txt', header), 401, header);
  t.equal(await status(server, '/none'), 403);
  const log = await server.stop();
  const lines = [
    /\[auth_basic:error\].*IH0212: user eve not found: \/x\.txt/,
    /\[auth_basic:error\].*IH0211: user ada: authentication failure for "\/x\.txt": Password Mismatch/,
    /\[authz_core:error\].*IH0204: user bob: authorization failure for "\/x\.txt":/,
    /\[authn_file:warn\].*IH0219: the password of user plain in .*users is of no form that can be checked/,
    /\[auth_basic:error\].*IH0209: client used wrong authentication scheme: \/x\.txt/,
    /\[authn_file:warn\].*IH0218: .*users has lines without a colon, which are not used: 4/,
    /\[authz_core:error\].*IH0110: client denied by server configuration: .*www\/none/,
  ];
  for (const line of lines) t.match(log, line);
  t.equal(log.split('IH0218').length, 2, 'a file that has not changed is read once');
});

t.test('files of users and groups are read again when they have changed', async (t) => {
  const server = await serve(t, {
    files: { users: USERS, groups: 'staff: ada\n', www: { 'x.txt': 'x' } },
    config: `<Location />\n${AUTH}AuthGroupFile groups\nRequire group staff\n</Location>`,
  });
  t.equal(await status(server, '/x.txt', ADA), 200);
  t.equal(await status(server, '/x.txt', BOB), 401);
  writeFileSync(join(server.root, 'groups'), 'staff: bob eve\n');
  t.equal(await status(server, '/x.txt', ADA), 401);
  t.equal(await status(server, '/x.txt', BOB), 200);
  t.equal(await status(server, '/x.txt', basic('eve', 'secret')), 401);
  writeFileSync(join(server.root, 'users'), `eve:${SECRET}\n`);
  t.equal(await status(server, '/x.txt', basic('eve', 'secret')), 200);
  t.equal(await status(server, '/x.txt', BOB), 401);
});

t.test('extensions are told the user, and a fake one when that is asked for', async (t) => {
  const app: Handler = (request) => {
    request.output.end(
      Buffer.from([request.user, request.authType, request.header('authorization')].join(' '), 'latin1'),
    );
    return 'done';
  };
  const server = await serve(t, {
    files: {
      users: USERS,
      www: { 'x.app': '', open: { 'x.app': '' }, fake: { 'x.app': '' }, off: { 'x.app': '' } },
    },
    config: [
      'AddHandler app .app',
      `<Location />\n${AUTH}Require valid-user\n</Location>`,
      '<Location /open>\nRequire all granted\nAuthBasicFake off\n</Location>',
      '<Location /fake>\nAuthBasicFake other pass\n</Location>',
      '<Location /off>\nAuthBasicFake other ""\n</Location>',
    ].join('\n'),
    handlers: { app },
  });
  const credentials = ADA.slice('Authorization: '.length);
  t.equal((await server.get('/x.app', ADA)).body, `ada Basic ${credentials}`);
  t.equal((await server.get('/open/x.app', ADA)).body, `  ${credentials}`, 'nobody asked who it is');
  const fake = Buffer.from('other:pass').toString('base64');
  t.equal((await server.get('/fake/x.app', ADA)).body, `ada Basic Basic ${fake}`);
  t.equal((await server.get('/off/x.app', ADA)).body, 'ada Basic ');
});

t.test('what was decided holds within the server as long as the settings are the same', async (t) => {
  const server = await serve(t, {
    files: { users: USERS, www: { a: { 'index.html': 'a' }, b: { 'index.html': 'b' } } },
    config: [
      `<Location />\n${AUTH}</Location>`,
      '<Location /a>\nRequire user ada\n</Location>',
      '<Location /b>\nRequire user ada\n</Location>',
      '<Location /b/index.html>\nRequire user bob\n</Location>',
    ].join('\n'),
  });
  t.equal((await server.get('/a/', ADA)).body, 'a');
  t.equal(await status(server, '/a/'), 401);
  t.not(await status(server, '/b/', ADA), 200, 'the index has settings of its own');
});

t.test('any bytes as a file of users or groups let nobody in and break nothing', async (t) => {
  const server = await serve(t, {
    files: { users: '', groups: '', www: { 'x.txt': 'x' } },
    config: `<Location />\n${AUTH}AuthGroupFile groups\nRequire group staff\n</Location>`,
  });
  let seed = 1;
  for (let round = 0; round < 30; round++) {
    const bytes = Buffer.from(
      Array.from({ length: 400 }, () => {
        seed = (seed * 48271) % 2147483647;
        // What means something to the readers comes often.
        return seed % 3 === 0 ? ':\n\\"\'#$ \0ada'.charCodeAt(seed % 14) || 0 : seed % 256;
      }),
    );
    writeFileSync(join(server.root, 'users'), round % 2 === 0 ? bytes : USERS);
    writeFileSync(join(server.root, 'groups'), bytes);
    t.equal(await status(server, '/x.txt', ADA), 401, bytes.toString('base64'));
  }
});

t.test('a password that takes too long to be checked does not hold others up', async (t) => {
  const server = await serve(t, {
    files: {
      users: `${USERS}slow:$6$rounds=400000$salt$${'x'.repeat(86)}\n`,
      www: { 'x.txt': 'x' },
    },
    config: `<Location />\n${AUTH}Require valid-user\n</Location>`,
  });
  const order: string[] = [];
  const slow = status(server, '/x.txt', basic('slow', 'x')).then((found) => order.push(`slow ${found}`));
  await status(server, '/x.txt', ADA).then((found) => order.push(`quick ${found}`));
  await slow;
  t.same(order, ['quick 200', 'slow 401']);
});
