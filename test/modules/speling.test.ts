import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { findCandidates } from '../../lib/modules/speling/candidates.js';
import { parseResponse, serve } from '../http/harness.js';

const handlers: Record<string, Handler> = {
  where: (request) => {
    const { path, pathInfo, method } = request;
    request.output.end(Buffer.from(`${method} ${path} ${pathInfo}`));
    return 'done';
  },
};

const files = {
  www: {
    Scripts: { 'App.dll': '', 'page.html': 'page' },
    'one.html': 'one',
    'two.txt': 'two',
    'Two.html': 'Two',
    'TWO.html': 'TWO',
  },
};

t.test('candidates are found by the mistakes that people make, the likeliest first', async (t) => {
  const names = ['index.html', 'Index.html', 'inde.html', 'index.htm', 'other.html'];
  const of = (wrong: string, caseOnly = false, basenames = true) =>
    findCandidates(wrong, names, { caseOnly, basenames }).map(({ name, quality }) => `${name}: ${quality}`);
  t.same(of('INDEX.HTML', true, false), ['Index.html: miscapitalized', 'index.html: miscapitalized']);
  t.same(of('idnex.html', false, false), [
    'Index.html: transposed characters',
    'index.html: transposed characters',
  ]);
  t.same(of('othr.html', false, false), ['other.html: character missing']);
  t.same(of('oother.html', false, false), ['other.html: extra character']);
  t.same(of('oxher.html', false, false), ['other.html: mistyped character']);
  t.same(of('other.db'), ['other.html: common basename']);
  t.same(of('other.db', false, false), []);
  t.same(of('nothing'), []);
  t.same(of('index.html'), [], 'a name that is there was not mistaken');
});

t.test('letter case alone is corrected by a redirect, path info and query kept', async (t) => {
  const server = await serve(t, {
    files,
    config: 'CheckSpelling On\nCheckCaseOnly On\nCheckBasenameMatch Off\nAddHandler where .dll',
    handlers,
  });
  const rows: [path: string, status: number, location?: string][] = [
    ['/scripts/app.dll/info?a=b', 301, 'http://site.test/Scripts/app.dll/info?a=b'],
    ['/Scripts/APP.DLL/info?a=b', 301, 'http://site.test/Scripts/App.dll/info?a=b'],
    ['/ONE.html', 301, 'http://site.test/one.html'],
    ['/on.html', 404],
    ['/tWO.html', 300],
    ['/nothing', 404],
  ];
  for (const [path, status, location] of rows) {
    const response = await server.get(path);
    t.equal(response.status, status, path);
    t.equal(response.headers['location'], location, path);
  }
  t.match(
    await server.stop(),
    /\[speling:info\].*IH0153: Fixed spelling: \/ONE\.html to http:\/\/site\.test\/one\.html/,
  );
});

t.test('a choice is a page of links', async (t) => {
  const server = await serve(t, { files, config: 'CheckSpelling On' });
  const { status, body } = await server.get('/two.htm?a=<b');
  t.equal(status, 300);
  t.match(body, /<a href="\/TWO\.html\?a=&lt;b">\/TWO\.html<\/a> \(character missing\)/);
  t.match(body, /And perhaps:.*\/two\.txt<\/a> \(common basename\)/s);
});

t.test('a request with a body is answered at once, because a redirect would lose the body', async (t) => {
  const server = await serve(t, {
    files,
    config: 'CheckSpelling On\nCheckCaseOnly On\nAddHandler where .dll',
    handlers,
  });
  const post = async (target: string) => {
    const head = `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi`;
    return parseResponse(await server.send(head));
  };
  t.match(await post('/SCRIPTS/app.DLL/info'), { status: 200, body: 'POST /Scripts/App.dll/info /info' });
  t.equal((await post('/two.HTML')).status, 404, 'there are two');
});

t.test('nothing is corrected without CheckSpelling', async (t) => {
  const server = await serve(t, { files, config: 'CheckCaseOnly On' });
  t.equal((await server.get('/ONE.html')).status, 404);
});
