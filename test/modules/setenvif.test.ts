import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { parseResponse, serve } from '../http/harness.js';

const show: Handler = ({ env, output }) => {
  output.end(Buffer.from(JSON.stringify(Object.fromEntries(env))));
  return 'done';
};
const stream: Handler = async ({ output }): Promise<'done'> => {
  output.head(200, undefined, [['Vary', 'Accept']]);
  output.write(Buffer.from('one '));
  await new Promise((resolve) => setImmediate(resolve));
  output.end(Buffer.from('two'));
  return 'done';
};
const handlers = { show, stream };
const files = { www: { 'x.app': '', 'y.stream': '', folder: { 'x.app': '' } } };
const base = 'AddHandler show .app\nAddHandler stream .stream\n';

t.test('attributes of a request set variables', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'SetEnvIf Request_URI "^/(x)\\.app" URI=$1-$0',
      'SetEnvIf Request_Method GET METHOD',
      'SetEnvIf Request_Protocol "HTTP/1\\.(.)" MINOR=$1',
      'SetEnvIf Remote_Addr ^127 NEAR=yes',
      'SetEnvIf remote_host ^127 HOST=yes',
      'SetEnvIf Server_Addr 127.0.0.1 SERVER',
      'SetEnvIf X-Header "(a)(b)?" GROUPS=[$1$2$3]',
      'SetEnvIf X-None ^$ NONE',
      'SetEnvIf X-None . SOME',
      'SetEnvIf ^X-H "(.+)" ANY=$1',
      'SetEnvIf METHOD 1 CHAINED',
      'SetEnvIf X-Header a PLAIN=$0\\1',
      'SetEnvIf X-Header a\\+b ESCAPED',
      'SetEnvIf X-Header c ONE TWO=2 THREE= !METHOD NEAR=!',
    ].join('\n')}`,
  });
  t.same(JSON.parse((await server.get('/x.app', 'X-Header: a+bc')).body), {
    URI: 'x-/x.app',
    MINOR: '1',
    HOST: 'yes',
    SERVER: '1',
    GROUPS: '[a]',
    NONE: '1',
    ANY: 'a+bc',
    CHAINED: '1',
    PLAIN: '$0\\1',
    ESCAPED: '1',
    ONE: '1',
    TWO: '2',
    THREE: '1',
  });
});

t.test('letter case counts or not', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'SetEnvIf USER-AGENT CURL A',
      'SetEnvIfNoCase User-Agent CURL B',
      'SetEnvIfNoCase User-Agent ^CU(.)l C=$1',
      'BrowserMatch ^Curl/(\\d+) D=$1',
      'BrowserMatch curl E',
      'BrowserMatchNoCase curl/9 F',
    ].join('\n')}`,
  });
  t.same(JSON.parse((await server.get('/x.app', 'User-Agent: Curl/95')).body), {
    B: '1',
    C: 'r',
    D: '95',
    F: '1',
  });
});

t.test('an expression sets variables, with what it has captured', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'SetEnvIfExpr "%{REQUEST_URI} =~ m#^/(\\w+)#" NAME=$1 OTHER',
      'SetEnvIfExpr "%{REQUEST_METHOD} == \'POST\'" POSTED',
      "SetEnvIfExpr \"env('NAME') == 'x'\" PLAIN=$0 !OTHER",
    ].join('\n')}`,
  });
  t.same(JSON.parse((await server.get('/x.app')).body), { NAME: 'x', PLAIN: '$0' });
});

t.test('sections come after the server level, and after SetEnv of none', async (t) => {
  const server = await serve(t, {
    files: {
      www: { 'x.app': '', folder: { 'x.app': '', '.htaccess': 'SetEnvIf SERVER (.*) INNER=$1' } },
    },
    handlers,
    config: `${base}${[
      '<Location /folder>',
      'SetEnvIf INNER (.+) LOCATION=$1',
      '</Location>',
      'SetEnvIf INNER . TOO_EARLY',
      'SetEnvIf Host . SERVER=server',
      '<Directory @ROOT@/www>',
      'AllowOverride FileInfo',
      '</Directory>',
    ].join('\n')}`,
  });
  t.same(JSON.parse((await server.get('/x.app')).body), { SERVER: 'server' });
  t.same(JSON.parse((await server.get('/folder/x.app')).body), {
    SERVER: 'server',
    INNER: 'server',
    LOCATION: 'server',
  });
});

t.test('variables make allowance for old clients', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'BrowserMatch ^a nokeepalive',
      'BrowserMatch ^b downgrade-1.0',
      'BrowserMatch ^c force-no-vary',
      'BrowserMatch ^d force-response-1.0',
      'BrowserMatch ^e suppress-error-charset',
    ].join('\n')}`,
  });
  const send = async (
    agent: string,
    target: string,
    rest = '',
  ): Promise<ReturnType<typeof parseResponse>> => {
    const head = `GET ${target} HTTP/1.1\r\nHost: x\r\nUser-Agent: ${agent}\r\n`;
    return parseResponse(await server.send(`${head}${rest}\r\n`, true));
  };
  t.match((await send('x', '/y.stream')).headers, { 'transfer-encoding': 'chunked', vary: 'Accept' });
  t.match((await send('a', '/y.stream')).headers, { 'transfer-encoding': 'chunked', connection: 'close' });
  const downgraded = await send('b', '/y.stream');
  t.equal(downgraded.headers['transfer-encoding'], undefined);
  t.match(downgraded, { headers: { connection: 'close', vary: 'Accept' }, body: 'one two' });
  const varied = await send('c', '/y.stream');
  t.equal(varied.headers['vary'], undefined);
  t.equal(varied.headers['transfer-encoding'], undefined);
  t.not((await send('d', '/x.app')).headers['connection'], 'close');
  const old = await server.send(
    'GET /x.app HTTP/1.0\r\nConnection: keep-alive\r\nUser-Agent: d\r\n\r\n',
    true,
  );
  t.match(parseResponse(old).headers, { connection: 'close' });
  t.equal((await send('e', '/none')).headers['content-type'], 'text/html');
});

t.test('a folder is not redirected for clients that do it wrong', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}BrowserMatch WebFolders redirect-carefully`,
  });
  const post = (agent: string): string =>
    `PROPFIND /folder HTTP/1.1\r\nHost: x\r\nUser-Agent: ${agent}\r\nConnection: close\r\n\r\n`;
  t.equal(parseResponse(await server.send(post('other'))).status, 301);
  t.not(parseResponse(await server.send(post('WebFolders'))).status, 301);
  t.equal((await server.get('/folder', 'User-Agent: WebFolders')).status, 301);
});

t.test('rules of sections see the URL of the client, and not that of the index file', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    handlers,
    config: `${base}DirectoryIndex x.app\n<Directory "www">\nSetEnvIf Request_URI x\\.app INDEX\n</Directory>`,
  });
  t.same(JSON.parse((await server.get('/')).body), {});
  t.same(JSON.parse((await server.get('/x.app')).body), { INDEX: '1' });
});
