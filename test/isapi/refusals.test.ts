import t from 'tap';
import { BAD_ARGUMENTS } from '../../lib/isapi/bad-arguments.js';
import { describeRefusal, LATE_DETAIL } from '../../lib/isapi/refusal-text.js';
import { isRefusalKind, REFUSALS, type RefusalKind } from '../../lib/isapi/refusals.js';
import { SUPPORT_FUNCTIONS, supportFunction } from '../../lib/isapi/support-functions.js';
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

/** The functions that ISAPIFakeAsync is needed for, or for a way of calling them. */
const ASYNCHRONOUS = [1005, 1006, 1010];

t.test(
  'every function has advice for every reason that it may be refused for, and only for it',
  async (t) => {
    const generic = new Set<string>(Object.values(REFUSALS).map(({ advice }) => advice));
    for (const { code, name, supported } of SUPPORT_FUNCTIONS) {
      const advice = (kind: RefusalKind, reason?: string): string =>
        describeRefusal({ kind, code, name: reason }).advice;
      if (!supported) {
        t.match(advice('unsupported-function'), /^[A-Z].*\.$/, name);
        t.notOk(generic.has(advice('unsupported-function')), name);
        t.notOk(Object.hasOwn(BAD_ARGUMENTS, code), `${name} is not looked at`);
        continue;
      }
      t.equal(generic.has(advice('async-call')), !ASYNCHRONOUS.includes(code), name);
      if (ASYNCHRONOUS.includes(code)) t.match(advice('async-call'), /Set ISAPIFakeAsync On/, name);
    }
  },
);

t.test('advice about arguments is about them, and not about settings that are right', async (t) => {
  for (const [call, reasons] of Object.entries<Readonly<Record<string, string>>>(BAD_ARGUMENTS)) {
    const code = /^\d+$/.test(call) ? Number(call) : undefined;
    if (code !== undefined) t.equal(supportFunction(code)?.supported, true, call);
    for (const [reason, wanted] of Object.entries(reasons)) {
      const name = code === undefined ? `${call}: ${reason}` : reason;
      const { advice } = describeRefusal({ kind: 'bad-argument', code, name });
      t.equal(advice, wanted, `${call}: ${reason}`);
      t.match(advice, /^[A-Za-z].*\.$/, advice);
      t.notMatch(advice, /ISAPIFakeAsync/, advice);
      t.equal(advice.includes('HSE_IO_ASYNC'), reason.includes('HSE_IO_ASYNC'), advice);
    }
  }
  const old = describeRefusal({ kind: 'bad-argument', code: 1010, name: 'of another version' });
  t.equal(old.advice, REFUSALS['bad-argument'].advice);
});

t.test(
  'what only happens with ISAPIFakeAsync is not answered with setting it, and the other way round',
  async (t) => {
    const set = /[Ss]et ISAPIFakeAsync On|set it On/;
    for (const kind of ['async-call', 'pending', 'done-ignored'] as const)
      t.match(describeRefusal({ kind }).advice, set, kind);
    t.match(describeRefusal({ kind: 'late-call', detail: LATE_DETAIL.off }).advice, set);
    t.notMatch(describeRefusal({ kind: 'late-call', detail: LATE_DETAIL.on }).advice, /ISAPIFakeAsync/);
    for (const code of [1006, 1010, undefined])
      t.notMatch(describeRefusal({ kind: 'no-completion', code }).advice, /ISAPIFakeAsync/);
  },
);

t.test('failures to load have advice for what has failed', async (t) => {
  const advice = (name: string): string => describeRefusal({ kind: 'not-loaded', name }).advice;
  t.match(
    advice('missing HttpExtensionProc() in /x.dll: the library does not export it'),
    /is no ISAPI extension/,
  );
  t.match(advice('failed call to GetExtensionVersion() in /x.dll: it returned FALSE'), /refuses to work/);
  t.equal(advice('failed to load /x.dll: it is empty'), REFUSALS['not-loaded'].advice);
  for (const code of [1, 2])
    t.match(describeRefusal({ kind: 'headers-late', code }).advice, /before its first WriteClient/);
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
