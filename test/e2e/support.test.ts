import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { report, type Reply } from '../helpers/client.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget, lastErrors, pathFor } from '../helpers/targets.js';

/** By number: the name that mod_isapi logs an unsupported function with; those after it are logged by number. */
const UNSUPPORTED: Readonly<Record<number, string | undefined>> = {
  0: undefined,
  5: undefined,
  1000: undefined,
  1002: 'HSE_REQ_GET_SSPI_INFO',
  1005: 'HSE_REQ_IO_COMPLETION',
  1007: 'HSE_REQ_REFRESH_ISAPI_ACL',
  1011: 'HSE_REQ_GET_IMPERSONATION_TOKEN',
  1014: 'HSE_REQ_ABORTIVE_CLOSE',
  1015: 'HSE_REQ_GET_CERT_INFO_EX',
  1017: 'HSE_REQ_CLOSE_CONNECTION',
  1020: 'HSE_REQ_EXTENSION_TRIGGER',
  1023: undefined,
  1026: undefined,
  1037: undefined,
  1050: undefined,
  4294967295: undefined,
};

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: '<Files "loud.dll">\nISAPILogNotSupported On\n</Files>',
    prepare: ({ isapi, www }) => {
      buildExtension('scenario', target, isapi);
      buildExtension('scenario', target, isapi, 'loud.dll');
      writeFileSync(join(www, 'page.txt'), 'a page\n');
    },
  });
  const { invalidParameter, insufficientBuffer } = lastErrors(target);
  const refused = { ret: '0', error: String(invalidParameter) };
  const done = { ret: '1', error: '12345' };
  const get = (query: string, file = 'scenario.dll'): Promise<Reply> => host.get(`/isapi/${file}?${query}`);
  const ask = async (query: string): Promise<Record<string, string>> => report(await get(query));
  const path = (url: string): string => pathFor(target, `${host.www}${url}`);

  t.test('functions that are not supported fail, and are logged when that is wanted', async (t) => {
    for (const [code, name] of Object.entries(UNSUPPORTED)) {
      t.match(await ask(`support=${code}`), refused, code);
      t.match(await ask(`support=${code}&null`), refused, `${code} with NULL`);
      await get(`support=${code}`, 'loud.dll');
      const file = `${host.isapi}/loud.dll`;
      const number = code === '4294967295' && target !== 'elf' ? '4294967295' : code;
      await host.waitForLog(
        name === undefined
          ? new RegExp(
              `\\[isapi:warn\\] .*IH1011: ServerSupportFunction \\(${number}\\) not supported: ${file}$`,
            )
          : new RegExp(`\\[isapi:warn\\] .*IH1010: ServerSupportFunction ${name} is not supported: ${file}$`),
      );
    }
    t.match(await ask('support=1010'), refused);
    await get('support=1010', 'loud.dll');
    await host.waitForLog(/IH1012: asynchronous I\/O not supported: .*\/loud\.dll$/);
    t.notMatch(host.errorLog(), /not supported: .*scenario\.dll/);
  });

  t.test('SEND_URL_REDIRECT_RESP sends 302 with the location as given', async (t) => {
    for (const option of ['', '&null']) {
      const reply = await get(`redirect=/there?a=b%26c${option}`);
      t.equal(reply.status, 302);
      t.equal(reply.headers.location, '/there?a=b&c');
      t.match(report(reply), { ...done, dwHttpStatusCode: '302' });
    }
    t.equal((await get('redirect=/there&quiet')).headers.location, '/there');
    const split = await get('redirect=/there%0D%0AX-Split:%20yes');
    t.equal(split.status, 500);
    t.equal(split.headers['x-split'], undefined);
  });

  t.test('SEND_URL sends another local URL in place of the response', async (t) => {
    const page = await get('sendurl=/page.txt');
    t.equal(page.status, 200);
    t.equal(page.body, 'a page\n');
    t.equal((await get('sendurl=../page.txt')).body, 'a page\n');
    t.equal((await get('sendurl=scenario.dll?hello')).body, 'hello\n');
    t.equal((await get('sendurl=/nowhere.txt')).status, 404);
    t.match(report(await get('sendurl=/page.txt&begin')), refused, 'a response has begun');
  });

  t.test('SEND_URL to itself without an end is ended', async (t) => {
    const chain = 'sendurl=/isapi/scenario.dll?'.repeat(11);
    t.equal((await get(`${chain}hello`)).status, 500);
    await host.waitForLog(/IH0115: Request exceeded the limit of 10 internal redirects and subrequests/);
    t.equal((await get(`${chain.slice(0, chain.length / 11)}hello`)).body, 'hello\n');
  });

  t.test('SEND_RESPONSE_HEADER sends status and headers, and what follows them as body', async (t) => {
    const reply = await get('header=418%20Teapot&block=X-Kit:%20a%0D%0AX-Kit:%20b%0D%0A%0D%0Astart%0A');
    t.equal(reply.status, 418);
    t.equal(reply.reason, 'Teapot');
    t.equal(reply.headers['x-kit'], 'a, b');
    t.equal(reply.body, 'start\nret=1\nerror=12345\ndwHttpStatusCode=418\n');
  });

  t.test('the status may be missing, or stand in the headers', async (t) => {
    t.equal((await get('header=&block=X-Kit:%201%0A%0A')).status, 200);
    t.equal((await get('header=&block=404%20Lost%0AX-Kit:%201%0A%0A')).status, 404);
    t.equal((await get('header=200%20OK&block=Status:%20203%20Fine%0A%0A')).status, 203);
    t.equal((await get('header=HTTP/1.1%20201%20Made&block=X-Kit:%201%0A%0A')).status, 201);
    t.equal((await get('header=403%20No&quiet')).status, 403);
  });

  t.test('headers that are none give 500 and a line that shows them', async (t) => {
    t.equal((await get('header=200%20OK&block=no%20end&quiet')).status, 500);
    t.equal((await get('header=200%20OK&block=X-Kit:%201%0D%0A&quiet')).status, 500);
    await host.waitForLog(/IH1030: Premature end of script headers: scenario\.dll$/);
    t.equal((await get('header=200%20OK&block=Not%20a%20header%0A%0A&quiet')).status, 500);
    await host.waitForLog(/IH1031: malformed header from script 'scenario\.dll': Bad header: Not a header$/);
    await get('header=kaput&block=%0A');
    await host.waitForLog(/IH1032: Invalid status line from script 'scenario\.dll': kaput$/);
  });

  t.test('a second header merges with the first', async (t) => {
    const reply = await get('header=201%20Made&block=Set-Cookie:%20a=1%0AX-Kit:%20a%0A%0A&twice&quiet');
    t.equal(reply.status, 201);
    t.same(reply.headers['set-cookie'], ['a=1', 'a=1']);
    t.equal(reply.headers['x-kit'], 'a, a');
  });

  t.test('SEND_RESPONSE_HEADER_EX goes by its lengths', async (t) => {
    const block = 'X-Kit:%20a%0D%0A%0D%0Abody%0AXXXX';
    const reply = await get(`header_ex=202%20Taken&keep&cch=17&block=${block}`);
    t.equal(reply.status, 202);
    t.equal(reply.headers['x-kit'], 'a');
    t.equal(reply.body, 'body\nret=1\nerror=12345\ndwHttpStatusCode=202\n');
  });

  t.test('Content-Length that does not fit what is sent', async (t) => {
    const short = await get('header=200%20OK&block=Content-Length:%203%0A%0Aabcdef&quiet');
    t.equal(short.body, 'abc');
    t.ok(short.complete);
    const long = await get('header=200%20OK&block=Content-Length:%209%0A%0Aabc&quiet');
    t.equal(long.body, 'abc');
    t.notOk(long.complete);
  });

  t.test('DONE_WITH_SESSION succeeds and does nothing without ISAPIFakeAsync', async (t) => {
    t.match(await ask('done'), done);
  });

  t.test('MAP_URL_TO_PATH maps as the server does', async (t) => {
    const mapped = path('/some/page.txt');
    t.same(await ask('map=/some/page.txt'), { ...done, size: String(mapped.length), path: mapped });
    t.equal((await ask('map=/some/page.txt?query'))['path'], mapped);
    t.equal((await ask('map=../page.txt'))['path'], path('/page.txt'));
    t.equal((await ask('map=/'))['path'], path('/'));
    t.same(
      await ask(`map=/some/page.txt&capacity=${mapped.length}`),
      {
        ret: '0',
        error: String(insufficientBuffer),
        size: String(mapped.length + 1),
        path: '/some/page.txt',
      },
      'one byte too few',
    );
    t.match(await ask(`map=/some/page.txt&capacity=${mapped.length + 1}`), { ret: '1', path: mapped });
    t.equal((await ask('map=/a%20b%23c'))['path'], path('/a b#c'), 'what is not escaped');
    const wrong = { ret: '0', error: String(invalidParameter) };
    t.match(await ask('map=/a%25zz'), wrong, 'an escape that is none');
    t.match(await ask('map=/a%252fb'), wrong, 'a slash that AllowEncodedSlashes refuses');
  });

  t.test('MAP_URL_TO_PATH_EX says what is there, and how much of it matches', async (t) => {
    const turned = (url: string): string => path(url).replaceAll('/', '\\');
    const row = (url: string, mapped: string, flags: string, part: string): Record<string, string> => ({
      ...done,
      path: turned(mapped),
      dwFlags: flags,
      cchMatchingPath: String(path(part).length),
      cchMatchingURL: String(part.length - (mapped.length - url.length)),
    });
    t.same(await ask('mapex=/page.txt'), row('/page.txt', '/page.txt', '0x3', '/page.txt'));
    t.same(await ask('mapex=/isapi'), row('/isapi', '/isapi/', '0x207', '/isapi/'));
    t.same(await ask('mapex=/isapi/none/x'), row('/isapi/none/x', '/isapi/none/x', '0x207', '/isapi/'));
    t.same(await ask('mapex=/page.txt?a=b'), {
      ...row('/page.txt', '/page.txt', '0x3', '/page.txt'),
      cchMatchingURL: '13',
    });
    t.match(await ask('mapex=/a%25zz'), { ret: '1', path: '', dwFlags: '0x0', cchMatchingPath: '0' });
  });

  t.test('APPEND_LOG_PARAMETER succeeds', async (t) => {
    t.match(await ask('logparam=text'), done);
  });

  t.test('IS_KEEP_CONN tells what the client and the server want', async (t) => {
    t.match(await ask('keepconn'), { ...done, value: '0' });
    const wire = await host.connect();
    wire.send('GET /isapi/scenario.dll?keepconn HTTP/1.1\r\nHost: x\r\n\r\n');
    t.match(await wire.until(/\nvalue=\d/), /\nret=1\nerror=12345\nvalue=1\n/);
  });

  t.test('IS_CONNECTED tells that the client is there', async (t) => {
    t.match(await ask('connected'), { ...done, value: '1' });
  });
});
