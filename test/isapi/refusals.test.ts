import t from 'tap';
import { describeRefusal } from '../../lib/isapi/refusal-text.js';
import { isRefusalKind, REFUSALS } from '../../lib/isapi/refusals.js';
import { SUPPORT_FUNCTIONS } from '../../lib/isapi/support-functions.js';
import { unknownVariable } from '../../lib/isapi/unknown-variables.js';
import { isKnownVariable, VARIABLE_NAMES } from '../../lib/isapi/variables.js';

t.test('every kind has a title, says what it means, and what to do, in sentences', async (t) => {
  for (const [kind, { title, purpose, advice }] of Object.entries(REFUSALS)) {
    t.match(kind, /^[a-z]+(?:-[a-z]+)*$/);
    t.match(title, /^[A-Z].*[^.]$/, kind);
    t.match(purpose, /^[A-Z].*\.$/, kind);
    t.match(advice, /^[A-Z].*\.$/, kind);
  }
  t.ok(isRefusalKind('pending'));
  t.notOk(isRefusalKind('toString'));
});

t.test('every support function says what to do when it is refused, in sentences', async (t) => {
  for (const { name, advice } of SUPPORT_FUNCTIONS) t.match(advice, /^[A-Z].*\.$/, name);
});

t.test('the words of a function, a variable or a kind, whichever knows most', async (t) => {
  t.same(describeRefusal({ kind: 'unsupported-function', code: 1014 }), {
    title: 'Unsupported functions',
    subject: '1014 HSE_REQ_ABORTIVE_CLOSE',
    purpose: 'It closes the connection with a reset.',
    advice: SUPPORT_FUNCTIONS.find(({ code }) => code === 1014)?.advice,
  });
  t.match(describeRefusal({ kind: 'unsupported-function', code: 9 }), {
    subject: '9',
    purpose: REFUSALS['unsupported-function'].purpose,
  });
  t.match(describeRefusal({ kind: 'done-ignored', code: 4 }), {
    subject: '4 HSE_REQ_DONE_WITH_SESSION',
    purpose: REFUSALS['done-ignored'].purpose,
  });
  t.match(describeRefusal({ kind: 'unknown-variable', name: 'UNIQUE_ID' }), {
    subject: 'UNIQUE_ID',
    purpose: /mod_unique_id/,
  });
  t.match(describeRefusal({ kind: 'unknown-variable', name: 'X' }), {
    advice: REFUSALS['unknown-variable'].advice,
  });
  t.match(describeRefusal({ kind: 'pending' }), { subject: REFUSALS.pending.title });
});

t.test('names that are known are those of variables and of headers', async (t) => {
  for (const name of [...VARIABLE_NAMES, 'request_method', 'HTTP_X', 'HEADER_X-Y', 'UNICODE_URL']) {
    t.ok(isKnownVariable(name), name);
  }
  for (const name of ['', 'X', 'all_http', 'HTTP_', 'UNICODE_', 'UNICODE_X', 'UNICODE_HTTP_X', 'toString']) {
    t.notOk(isKnownVariable(name), name);
  }
});

t.test('what is known of variables that are not there', async (t) => {
  const rows: [name: string, purpose: RegExp][] = [
    ['UNICODE_HTTP_HOST', /UTF-16/],
    ['unicode_nonsense', /UTF-16/],
    ['all_raw', /in capitals only/],
    ['HTTP_', /without a header/],
    ['SSL_CIPHER', /mod_ssl/],
    ['CRYPT_PROTOCOL', /IIS 10/],
    ['APP_POOL_CONFIG', /configuration of IIS/],
    ['IIS_WasUrlRewritten', /configuration of IIS|rewritten/],
    ['SCRIPT_URI', /rewritten/],
    ['UNIQUE_ID', /mod_unique_id/],
    ['REMOTE_IDENT', /ident/],
    ['LOCAL_PORT', /port/],
    ['SystemRoot', /environment of the process/],
  ];
  for (const [name, purpose] of rows) {
    t.match(unknownVariable(name)?.purpose, purpose, name);
    t.match(unknownVariable(name)?.advice, /^[A-Z].*\.$/, name);
    t.notOk(isKnownVariable(name), name);
  }
  for (const name of ['X', 'SERVER_NAME', 'MY_URL']) t.equal(unknownVariable(name), undefined, name);
});
