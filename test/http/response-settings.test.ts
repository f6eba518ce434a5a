import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { serverSoftware } from '../../lib/http/content-settings.js';
import type { Handler } from '../../lib/http/module.js';
import { parseTarget, type UrlRules } from '../../lib/http/url-path.js';
import { parseResponse, problemsOf, serve } from './harness.js';

const root = t.testdir({});
const modified = new Date('2026-01-02T03:04:05Z');
const files = { www: { 'file.txt': '0123456789', 'x.app': '' } };

t.test('arguments are checked in the words of Apache', async (t) => {
  const rows: [directive: string, problem: string][] = [
    [
      'ServerTokens None',
      "1:14: error: ServerTokens takes 1 argument: 'Prod(uctOnly)', 'Major', 'Minor', 'Min(imal)', 'OS', or 'Full'",
    ],
    ['ServerSignature yes', '1:17: error: ServerSignature: use one of: off | on | email'],
    ['TraceEnable yes', "1:13: error: TraceEnable must be one of 'on', 'off', or 'extended'"],
    ['AllowEncodedSlashes yes', '1:21: error: AllowEncodedSlashes must be On, Off, or NoDecode'],
    ['MergeSlashes yes', '1:14: error: MergeSlashes must be On or Off'],
    ['MaxRanges few', "1:11: error: MaxRanges requires 'none', 'default', 'unlimited' or a positive integer"],
    [
      'MaxRangeOverlaps 0',
      "1:18: error: MaxRangeOverlaps requires 'none', 'default', 'unlimited' or a positive integer",
    ],
    ['FileETag Colour', "1:10: error: Unknown keyword 'Colour' for FileETag directive"],
    ['FileETag +All', "1:10: error: FileETag keyword 'All' cannot be used with '+' or '-'"],
    ['LimitInternalRecursion 0', '1:24: error: The recursion limit must be greater than zero.'],
    [
      'LimitInternalRecursion 10 2',
      '1:27: warning: Limiting the depth of subrequests to very low numbers may cause normal requests to fail.',
    ],
    [
      'DefaultType text/plain',
      '1:13: warning: Ignoring deprecated use of DefaultType; ForceType and AddType set types',
    ],
    [
      'EnableSendfile On',
      '1:16: warning: EnableSendfile has no effect: files are read and sent by the server itself',
    ],
    ['EnableMMAP maybe', "1:12: error: parameter must be 'on' or 'off'"],
    [
      'MergeTrailers On',
      '1:15: error: MergeTrailers on is not available: trailers never become headers; remove it',
    ],
    ['<Location />\nCGIVar PATH current-uri\n</Location>', '2:8: error: Unrecognized CGI variable: "PATH"'],
  ];
  for (const [directive, problem] of rows) t.same(problemsOf(directive, root), [problem], directive);
  for (const fine of ['EnableSendfile Off', 'EnableMMAP off', 'DefaultType None', 'MaxRanges unlimited']) {
    t.same(problemsOf(fine, root), [], fine);
  }
});

t.test('ServerTokens says how much the Server header tells', async (t) => {
  t.equal(serverSoftware('1.2.3', 'productonly'), 'isapi-host');
  t.equal(serverSoftware('1.2.3', 'major'), 'isapi-host/1');
  t.equal(serverSoftware('1.2.3', 'minor'), 'isapi-host/1.2');
  t.equal(serverSoftware('1.2.3', 'minimal'), 'isapi-host/1.2.3');
  t.match(serverSoftware('1.2.3', 'os'), /^isapi-host\/1\.2\.3 \((?:Unix|Win64)\)$/);
  const server = await serve(t, { config: 'ServerTokens Prod' });
  t.equal((await server.get('/')).headers['server'], 'isapi-host');
});

t.test('TRACE gives the request back where it is allowed', async (t) => {
  const head = 'TRACE /none?x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: b\r\n';
  const body = 'Content-Length: 2\r\n\r\nhi';
  const on = await serve(t, { config: '<Location />\nRequire all denied\n</Location>' });
  t.match(parseResponse(await on.send(`${head}\r\n`)), {
    status: 200,
    headers: { 'content-type': 'message/http' },
    body: `${head}\r\n`,
  });
  t.equal(parseResponse(await on.send(head + body)).status, 413);
  const extended = await serve(t, { config: 'TraceEnable extended' });
  t.match(parseResponse(await extended.send(head + body)), { status: 200, body: /\r\n\r\nhi$/ });
  const large = `Content-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`;
  t.equal(parseResponse(await extended.send(head + large)).status, 413);
  const off = await serve(t, { files, config: 'TraceEnable off' });
  t.equal(parseResponse(await off.send(`${head}\r\n`)).status, 405);
  const options = 'OPTIONS /file.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  t.equal(parseResponse(await off.send(options)).headers['allow'], 'GET,POST,OPTIONS,HEAD');
});

t.test('FileETag says what a tag is made of', async (t) => {
  const rows: [config: string, etag: RegExp | undefined][] = [
    ['', /^"a-[0-9a-f]{13}"$/],
    ['FileETag MTime Size', /^"a-[0-9a-f]{13}"$/],
    ['FileETag All', /^"INODE-a-[0-9a-f]{13}"$/],
    ['FileETag Size', /^"a"$/],
    ['FileETag None', undefined],
    ['FileETag Digest', /^"h6zsF82dzSCnFsws9nQXtxyKcBY="$/],
    ['FileETag Size\n<Location />\nFileETag +INode\n</Location>', /^"INODE-a"$/],
    ['FileETag All\n<Location />\nFileETag -INode -MTime\n</Location>', /^"a"$/],
    ['FileETag None\n<Location />\nFileETag Size\n</Location>', /^"a"$/],
  ];
  for (const [config, wanted] of rows) {
    const server = await serve(t, { files, config });
    const file = join(server.root, 'www', 'file.txt');
    utimesSync(file, modified, modified);
    const inode = statSync(file).ino.toString(16);
    const etag = (await server.get('/file.txt')).headers['etag'];
    const expected = wanted && new RegExp(wanted.source.replace('INODE', inode));
    if (expected === undefined) t.equal(etag, undefined, config);
    else t.match(etag, expected, config);
  }
});

t.test('a file that has just changed has a weak tag', async (t) => {
  const server = await serve(t, { files });
  const now = new Date();
  utimesSync(join(server.root, 'www', 'file.txt'), now, new Date(now.getTime() + 60_000));
  t.match((await server.get('/file.txt')).headers['etag'], /^W\/"/);
});

t.test('ContentDigest adds the hash of a file', async (t) => {
  const server = await serve(t, { files, config: 'ContentDigest On' });
  t.equal((await server.get('/file.txt')).headers['content-md5'], 'eB5eJF1ptWaXm4bijSPyxw==');
});

t.test('the limits of ranges give the whole file', async (t) => {
  const ask = async (config: string, range: string) => {
    const server = await serve(t, { files, config });
    return (await server.get('/file.txt', `Range: bytes=${range}`)).status;
  };
  t.equal(await ask('', '0-0,2-2,4-4'), 206);
  t.equal(await ask('MaxRanges 2', '0-0,2-2,4-4'), 200);
  t.equal(await ask('MaxRanges unlimited', '0-0,2-2,4-4'), 206);
  t.equal(await ask('MaxRanges none', '0-0'), 200);
  t.equal(await ask('MaxRangeOverlaps 1', '0-1,1-2,2-3'), 200);
  t.equal(await ask('MaxRangeReversals 1', '4-5,2-3,0-1'), 200);
  const none = await serve(t, { files, config: 'MaxRanges none' });
  t.equal((await none.get('/file.txt')).headers['accept-ranges'], 'none');
});

t.test('encoded and doubled slashes are what the directives make of them', async (t) => {
  const path = (target: string, rules: Partial<UrlRules>) => {
    const parsed = parseTarget(target, { encodedSlashes: 'off', mergeSlashes: true, ...rules });
    return 'status' in parsed ? parsed.status : parsed.path;
  };
  t.equal(path('/a%2fb', {}), 404);
  t.equal(path('/a%2fb', { encodedSlashes: 'on' }), '/a/b');
  t.equal(path('/a/b%2f..%2Fc', { encodedSlashes: 'on' }), '/a/c');
  t.equal(path('/a%2f%2fb', { encodedSlashes: 'on' }), '/a/b');
  t.equal(path('/a%2fb%41', { encodedSlashes: 'nodecode' }), '/a%2fbA');
  t.equal(path('/a//b///', {}), '/a/b/');
  t.equal(path('/a//b', { mergeSlashes: false }), '/a//b');
  t.equal(path('/a//../b', { mergeSlashes: false }), '/a/b');
  const where: Handler = (request) => {
    request.output.end(Buffer.from(request.path));
    return 'done';
  };
  const server = await serve(t, {
    files,
    config: 'AddHandler where .app\nAllowEncodedSlashes NoDecode\nMergeSlashes Off',
    handlers: { where },
  });
  t.equal((await server.get('/x.app/a%2Fb//c')).body, '/x.app/a%2Fb//c');
});

t.test('SetHandler takes an expression', async (t) => {
  const handlers: Record<string, Handler> = {
    get: (request) => {
      request.output.end(Buffer.from('by get'));
      return 'done';
    },
  };
  const server = await serve(t, { files, config: 'SetHandler %{REQUEST_METHOD}', handlers });
  t.equal((await server.get('/file.txt')).body, 'by get');
});
