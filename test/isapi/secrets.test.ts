import t, { type Test } from 'tap';

import { KnownSecrets } from '../../lib/isapi/secrets/known-secrets.js';
import { isSecretField, secretHeader } from '../../lib/isapi/secrets/names.js';
import { bodyMasker, HeaderMasker } from '../../lib/isapi/secrets/streams.js';
import {
  MASK,
  maskHeaderBlock,
  maskHeaderValue,
  maskPairs,
  maskVariable,
} from '../../lib/isapi/secrets/texts.js';
import { randomFrom, type Random } from '../helpers/random.js';

/** What must not be in any output; some have characters that separate things. */
const SECRETS = [
  'hunter2',
  'correct-horse',
  'ab;cd-efgh',
  'x=y=zzzz',
  'p%26ssw0rd',
  'Zm9vOmJhcg==',
  'trailing.dots...',
  '~!@$^*()_+',
];

const FIELDS = [
  'password',
  'Password',
  'passwd',
  'user_pwd',
  'ctl00$txtPassword',
  'p%61ssword',
  'password[]',
  'access_token',
  'client_secret',
  'pass',
  'PIN',
  'api_key',
];

const HEADERS = [
  'Authorization',
  'proxy-authorization',
  'COOKIE',
  'Set-Cookie',
  'X-Api-Key',
  'X-Db-Password',
];

/** A body with a secret in it, as a client or a tool would make it. */
interface Body {
  readonly type: string;
  readonly text: string;
}

function bodies(field: string, secret: string): Body[] {
  const plain = decodeURIComponent(field);
  const boundary = '----kit4711';
  const part = (name: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const pair = `user=me&${field}=${secret}&last=1`;
  const json = JSON.stringify({ user: 'me', nested: [{ [plain]: secret, b: 2 }], c: true });
  const multipart = `${part('user', 'me')}${part(plain, secret)}${part('last', '1')}--${boundary}--\r\n`;
  const typed: Body[] = [
    { type: 'application/x-www-form-urlencoded', text: pair },
    { type: 'application/x-www-form-urlencoded; charset=utf-8', text: `${field}=${secret}` },
    { type: '', text: pair },
    { type: 'text/plain', text: `user=me\r\n${field}=${secret}\r\n` },
    { type: `multipart/form-data; boundary=${boundary}`, text: multipart },
    { type: `multipart/form-data; boundary="${boundary}"`, text: `preamble\r\n${multipart}` },
    { type: 'application/json', text: json },
    { type: 'application/json', text: `{"${plain}" : {"value":["${secret}"]},"x":1}` },
    { type: 'text/json; charset=utf-8', text: ` \r\n[${json}]` },
    { type: 'application/x-www-form-urlencoded', text: json },
  ];
  if (/^[a-z_]+$/i.test(plain)) {
    const element = `<?xml version="1.0"?><a><b user="me"/><${plain}>${secret}</${plain}><c/></a>`;
    typed.push(
      { type: 'text/xml', text: element },
      { type: 'application/soap+xml', text: `<a x="1" ${plain}="${secret}">b</a>` },
      { type: 'text/xml', text: `<a><${plain} k="1"><![CDATA[${secret}]]></${plain}></a>` },
      { type: '', text: element },
    );
  }
  return typed;
}

/** Cuts bytes into pieces, at every place with a certain chance. */
function pieces(bytes: Buffer, random: Random): Buffer[] {
  const cut: Buffer[] = [];
  let start = 0;
  for (let at = 1; at <= bytes.length; at++) {
    if (at < bytes.length && random.below(5) > 0) continue;
    cut.push(bytes.subarray(start, at));
    start = at;
  }
  return cut;
}

function leak(t: Test, shown: string, secret: string, what: string): void {
  const found = [secret, secret.slice(0, 5), secret.slice(-5)].filter((part) => shown.includes(part));
  if (found.length > 0) t.fail(`${what} shows ${found.join()}: ${shown}`);
}

t.test('no secret of a body is shown, whole or in pieces', async (t) => {
  const random = randomFrom(4711);
  let count = 0;
  for (const field of FIELDS) {
    for (const secret of SECRETS) {
      for (const { type, text } of bodies(field, secret)) {
        const bytes = Buffer.from(text, 'latin1');
        const whole = bodyMasker(type).mask(bytes);
        t.equal(whole.length, bytes.length);
        leak(t, whole.toString('latin1'), secret, `${type} ${text}`);
        for (let run = 0; run < 3; run++) {
          const masker = bodyMasker(type);
          const shown = Buffer.concat(pieces(bytes, random).map((piece) => masker.mask(piece)));
          t.equal(shown.toString('latin1'), whole.toString('latin1'), 'pieces make no difference');
        }
        count++;
      }
    }
  }
  t.ok(count > 900, 'there are cases');
});

t.test('what is no secret of a body is shown', async (t) => {
  const shown = (type: string, text: string): string => bodyMasker(type).mask(Buffer.from(text)).toString();
  t.equal(shown('', 'user=me&password=abc&last=1'), 'user=me&password=***&last=1');
  t.equal(shown('', 'password=&a=b'), 'password=&a=b');
  t.equal(
    shown('application/json', '{"user":"me","password":"abc","n":12,"token":true}'),
    '{"user":"me","password":"***","n":12,"token":****}',
  );
  t.equal(shown('text/xml', '<a><b>c</b><pwd>abc</pwd></a>'), '<a><b>c</b><pwd>*********</a>');
  t.equal(
    shown(
      'multipart/form-data; boundary=X',
      '--X\r\nContent-Disposition: form-data; name="user"\r\n\r\nme\r\n--X--',
    ),
    '--X\r\nContent-Disposition: form-data; name="user"\r\n\r\nme\r\n--X--',
  );
  t.equal(shown('image/png', '\x89PNG\r\n\x1a\n'), '\x89PNG\r\n\x1a\n');
});

t.test('no secret of a header is shown', async (t) => {
  const random = randomFrom(815);
  for (const name of HEADERS) {
    for (const secret of SECRETS) {
      const values = [secret, `Basic ${secret}`, `sid=${secret}; Path=/; HttpOnly`, `a=b; sid=${secret}`];
      for (const value of values) {
        leak(t, maskHeaderValue(name, value), secret, name);
        const block = `HTTP/1.1 200 OK\r\nX-Kit: 1\r\n${name}: ${value}\r\nX-Last: 2\r\n\r\nbody`;
        leak(t, maskHeaderBlock(block), secret, block);
        const masker = new HeaderMasker();
        const bytes = Buffer.from(block, 'latin1');
        const shown = Buffer.concat(pieces(bytes, random).map((piece) => masker.mask(piece))).toString();
        leak(t, shown, secret, block);
        t.match(shown, /X-Kit: 1\r\n.*\r\nX-Last: 2\r\n\r\nbody$/, 'the rest is shown');
      }
      const folded = `${name}: a\r\n ${secret}\r\nX-Last: 2\r\n\r\n`;
      leak(t, maskHeaderBlock(folded), secret, folded);
      leak(t, new HeaderMasker().mask(Buffer.from(folded)).toString(), secret, folded);
    }
  }
});

t.test('no secret of a query is shown, wherever the query is', async (t) => {
  for (const field of FIELDS) {
    for (const secret of SECRETS.filter((each) => !each.includes('&'))) {
      const url = `/a.dll?user=me&${field}=${secret}&x=1`;
      leak(t, maskPairs(url), secret, url);
      t.match(maskPairs(url), /^\/a\.dll\?user=me&.*&x=1$/);
      for (const name of [
        'QUERY_STRING',
        'HTTP_URL',
        'REQUEST_URI',
        'HTTP_REFERER',
        'UNICODE_QUERY_STRING',
      ]) {
        leak(t, maskVariable(name, url), secret, name);
      }
      const location = `Location: https://site.test${url}\r\nX-Last: 1\r\n\r\n`;
      leak(t, maskHeaderBlock(location), secret, location);
      leak(t, new HeaderMasker().mask(Buffer.from(location)).toString(), secret, location);
    }
  }
});

t.test('no secret of a server variable is shown', async (t) => {
  for (const secret of SECRETS) {
    for (const name of [
      'AUTH_PASSWORD',
      'HTTP_AUTHORIZATION',
      'HEADER_Cookie',
      'DB_PASSWORD',
      'unicode_auth_password',
    ]) {
      leak(t, maskVariable(name, secret), secret, name);
    }
    const raw = `Host: site.test\r\nCookie: sid=${secret}\r\nAuthorization: Basic ${secret}\r\n`;
    leak(t, maskVariable('ALL_RAW', raw), secret, raw);
    const all = `HTTP_HOST:site.test\r\nHTTP_COOKIE:sid=${secret}\r\nHTTP_X_API_KEY:${secret}\r\n`;
    leak(t, maskVariable('ALL_HTTP', all), secret, all);
    t.match(maskVariable('ALL_HTTP', all), /^HTTP_HOST:site\.test\r\n/);
  }
});

t.test('what a request has brought as a secret is none of what is written later', async (t) => {
  const known = new KnownSecrets({
    headers: [
      'Cookie',
      'sid=cookie-secret; a=1',
      'Authorization',
      'Basic bWU6aGVhZGVyLXNlY3JldA==',
      'X-A',
      'public',
    ],
    query: 'user=public&pwd=query%2Dsecret&pin=123',
    password: 'checked-secret',
  });
  const body = Buffer.from('user=me&password=body-secret&x=1&token=last-secret');
  const masker = bodyMasker('');
  const random = randomFrom(99);
  for (const piece of pieces(body, random)) known.addMasked(piece, masker.mask(piece));
  const secrets = [
    'cookie-secret',
    'bWU6aGVhZGVyLXNlY3JldA==',
    'header-secret',
    'query%2Dsecret',
    'query-secret',
  ];
  secrets.push('checked-secret', 'body-secret', 'last-secret');
  for (const secret of secrets) {
    const page = `<b>${secret}</b> and ${secret}${secret}, for the public 123`;
    t.equal(known.hideText(page), page.replaceAll(secret, '*'.repeat(secret.length)), secret);
  }
  const plain = Buffer.from('nothing of it');
  t.equal(known.hide(plain), plain);
});

t.test('names and attributes stay, so that one sees what there was', async (t) => {
  t.equal(maskHeaderValue('Cookie', 'sid=abc; lang=de'), `sid=${MASK}; lang=${MASK}`);
  t.equal(maskHeaderValue('Set-Cookie', 'sid=abc; Path=/; HttpOnly'), `sid=${MASK}; Path=/; HttpOnly`);
  t.equal(maskHeaderValue('Authorization', 'Basic abc'), MASK);
  t.equal(maskHeaderValue('Accept', 'text/html;q=0.9'), 'text/html;q=0.9');
  t.equal(maskPairs('http://me:abc@host/'), `http://me:${MASK}@host/`);
  t.equal(maskPairs('/a?b=c&d'), '/a?b=c&d');
  t.equal(maskPairs('/a?PHPSESSID=1&aspsessionidabc=2'), `/a?PHPSESSID=${MASK}&aspsessionidabc=${MASK}`);
  t.equal(maskVariable('SERVER_NAME', 'site.test'), 'site.test');
  t.equal(maskVariable('AUTH_PASSWORD', ''), '');
});

t.test('what counts as a secret', async (t) => {
  t.equal(secretHeader('set-cookie'), 'set-cookie');
  t.equal(secretHeader('X-My-Token'), 'whole');
  t.equal(secretHeader('Content-Type'), undefined);
  t.ok(isSecretField('newPassword2'));
  t.notOk(isSecretField('passenger'));
  t.notOk(isSecretField('pinned'));
});

t.test('what a client sends to make it take long is masked like anything else', async (t) => {
  const long = 'a'.repeat(1_000_000);
  t.equal(maskPairs(`/a?${long}&=1&pin=2`), `/a?${long}&=1&pin=${MASK}`);
  const tag = `<${'a'.repeat(1000)} ${'x="1" '.repeat(100_000)}pin="2">`;
  const shown = bodyMasker('text/xml').mask(Buffer.from(tag)).toString('latin1');
  t.ok(shown.endsWith('pin="*">'), shown.slice(-20));
});
