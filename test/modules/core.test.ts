import t from 'tap';
import { CORE, optionsOf } from '../../lib/http/settings.js';
import { builtInModules } from '../../lib/modules/index.js';
import { configure, problemsOf, serve } from '../http/harness.js';

const root = t.testdir({ www: { sub: {} } });

const wrong: [directive: string, problem: string][] = [
  ['Listen eighty', '1:8: error: Listen takes [address:]port, and the port is a number up to 65535'],
  ['Listen 65536', '1:8: error: Listen takes [address:]port, and the port is a number up to 65535'],
  ['Listen host.test:80', '1:8: error: Listen takes an IP address before the port, or *; host.test is none'],
  ['Listen 21 ftp', '1:11: error: Listen: the protocol ftp is not available; http and https are'],
  ['Listen 80\nListen 80', '2:8: error: Cannot define multiple Listeners on the same IP:port'],
  [
    'ServerName a/b',
    '1:12: error: ServerName must be a host name or an address, with :port behind it if need be',
  ],
  [
    'DocumentRoot none',
    '1:14: warning: DocumentRoot @ROOT@/none is not a folder; every URL below it will give 404',
  ],
  [
    'Options FollowSymLinks +ExecCGI',
    '1:24: error: Either all Options must start with + or -, or no Option may.',
  ],
  [
    'Options All -ExecCGI FollowSymLinks',
    '1:22: error: Either all Options must start with + or -, or no Option may.',
  ],
  ['Options +All', "1:9: error: You may not use 'Options +All' or 'Options -All'."],
  ['Options FollowSymLinks None', "1:24: error: 'Options None' must be the first option given."],
  ['Options Everything', '1:9: error: Illegal option Everything'],
  [
    'Options +Indexes',
    '1:9: warning: Options +Indexes permits what mod_autoindex does, and isapi-host does not have it',
  ],
  ['AcceptPathInfo maybe', '1:16: error: AcceptPathInfo must be set to on, off or default'],
  ['ErrorLogFormat "%t %m"', "1:16: error: main ErrorLogFormat must contain message format string '%M'"],
  [
    'LogLevel loud',
    '1:10: error: Log level keyword must be one of emerg/alert/crit/error/warn/notice/info/debug/trace1/.../trace8',
  ],
  ['Timeout 0', '1:9: error: Timeout must be a number of seconds from 1 to 86400'],
  ['Timeout 5s', '1:9: error: Timeout must be a number of seconds from 1 to 86400'],
  ['KeepAlive maybe', '1:11: error: KeepAlive must be On or Off'],
  [
    'KeepAliveTimeout soon',
    '1:18: error: KeepAliveTimeout must be a number of seconds, or have ms, s, min or h behind it',
  ],
  [
    'LimitRequestBody -1',
    '1:18: error: LimitRequestBody must be a number of bytes, 0 for any from 0 to 9007199254740991',
  ],
];
for (const [directive, problem] of wrong) {
  t.test(`${directive.replace('\n', ', ')} is reported with its place`, async (t) => {
    t.same(problemsOf(directive, root), [problem]);
  });
}

const read = (text: string) => configure(`Listen 0\n${text}`, root, builtInModules([])).main;

t.test('settings are what the directives say', async (t) => {
  const core = read(
    [
      'Listen [::1]:81',
      'Listen *:82',
      'ServerName https://Name.test:8443',
      'DocumentRoot www/',
      'Timeout 7',
      'KeepAlive off',
      'KeepAliveTimeout 1500ms',
      'MaxKeepAliveRequests 0',
      'LimitRequestBody 0',
      'ErrorLog errors',
      'ErrorLogFormat json',
      'LogLevel warn isapi:debug mod_http.c:trace1',
    ].join('\n'),
  ).settings.get(CORE);
  t.match(core, {
    listen: [
      { address: undefined, port: 0 },
      { address: '::1', port: 81 },
      { address: undefined, port: 82 },
    ],
    serverName: 'Name.test',
    serverNamePort: 8443,
    documentRoot: `${root}/www`,
    timeout: 7,
    keepAlive: false,
    keepAliveTimeout: 1.5,
    maxKeepAliveRequests: 0,
    limitRequestBody: 0,
    errorLog: `${root}/errors`,
    errorLogFormat: 'json',
  });
  t.equal(core.logLevels.base, 4);
  t.same(
    [...core.logLevels.modules],
    [
      ['isapi', 7],
      ['http', 8],
    ],
  );
});

const options: [outer: string, inner: string, execCgi: boolean, links: string][] = [
  ['', '', false, 'follow'],
  ['None', '', false, 'refuse'],
  ['All', '', true, 'follow'],
  ['ExecCGI', '', true, 'refuse'],
  ['FollowSymLinks', '+ExecCGI', true, 'follow'],
  ['', '+ExecCGI', true, 'follow'],
  ['ExecCGI FollowSymLinks', '-ExecCGI', false, 'follow'],
  ['ExecCGI', 'None', false, 'refuse'],
  ['None', '+SymLinksIfOwnerMatch', false, 'owner'],
  ['+ExecCGI', '+FollowSymLinks -ExecCGI', false, 'follow'],
  ['All', '-FollowSymLinks', true, 'refuse'],
];
for (const [outer, inner, execCgi, links] of options) {
  t.test(`Options ${outer || '(none)'}, then ${inner || '(none)'}`, async (t) => {
    const section = (folder: string, value: string): string =>
      value === '' ? '' : `<Directory ${folder}>\nOptions ${value}\n</Directory>\n`;
    const host = read(section(`${root}/www`, outer) + section(`${root}/www/sub`, inner));
    const { settings } = host.settingsFor({ filename: `${root}/www/sub/x`, path: '/sub/x' });
    t.same(optionsOf(settings), { execCgi, links });
  });
}

t.test('Options in one section add up', async (t) => {
  const { settings } = read('Options None\nOptions +ExecCGI\nOptions +FollowSymLinks');
  t.same(optionsOf(settings), { execCgi: true, links: 'follow' });
});

t.test('SetHandler counts more than AddHandler, and none undoes it', async (t) => {
  const say = (text: string) => (request: { output: { end(chunk: Buffer): void } }) => {
    request.output.end(Buffer.from(text));
    return 'done' as const;
  };
  const server = await serve(t, {
    files: {
      www: { 'x.one': 'file', sub: { 'x.one': 'file', 'x.txt': 'file' }, plain: { 'x.txt': 'file' } },
    },
    config: [
      'AddHandler one .one',
      '<Directory @ROOT@/www/sub>\nSetHandler two\n</Directory>',
      '<Files x.txt>\nSetHandler none\n</Files>',
    ].join('\n'),
    handlers: { one: say('one'), two: say('two') },
  });
  t.equal((await server.get('/x.one')).body, 'one');
  t.equal((await server.get('/sub/x.one')).body, 'two');
  t.equal((await server.get('/sub/x.txt')).body, 'file');
});

t.test('LogLevel of a folder decides on messages about what is in it', async (t) => {
  const server = await serve(t, {
    files: { www: { loud: {}, quiet: {} } },
    config: 'LogLevel warn\n<Directory @ROOT@/www/loud>\nLogLevel core:info\n</Directory>',
  });
  await server.get('/quiet/none');
  await server.get('/loud/none');
  const log = await server.stop();
  t.match(log, /File does not exist: .*\/loud\/none/);
  t.notMatch(log, /quiet/);
});
