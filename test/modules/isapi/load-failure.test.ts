import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { toByteString } from '../../../lib/config/bytes.js';
import type { HttpRequest } from '../../../lib/http/request.js';
import { formatMessage, MESSAGES, type LogContext } from '../../../lib/messages.js';
import { FailureLog } from '../../../lib/modules/isapi/failure-log.js';
import { loadFailureMessage } from '../../../lib/modules/isapi/load-failure.js';
import type { ExplainedFailure } from '../../../lib/worker/diagnosis.js';

const FILE = '/srv/www/isapi/kit.dll';

/** A failure, and its line. */
const FAILURES: readonly (readonly [ExplainedFailure, string])[] = [
  [
    { failure: { stage: 'open', systemCode: 126, systemText: 'x' }, reason: 'it needs other.dll' },
    `IH1001 failed to load ${FILE}: it needs other.dll`,
  ],
  [
    { failure: { stage: 'missing export', name: 'HttpExtensionProc' }, reason: 'it is a filter' },
    `IH1002 missing HttpExtensionProc() in ${FILE}: it is a filter`,
  ],
  [
    { failure: { stage: 'refused', systemCode: 5 }, reason: 'with the last error 5' },
    `IH1003 failed call to GetExtensionVersion() in ${FILE}: it returned FALSE with the last error 5`,
  ],
];

for (const [explained, line] of FAILURES) {
  t.test(
    `a failure at the stage "${explained.failure.stage}" is told as in Apache, with its reason`,
    async (t) => {
      const { name, params } = loadFailureMessage(explained, FILE);
      t.equal(`${MESSAGES[name].number} ${formatMessage(name, params)}`, line);
      t.equal(MESSAGES[name].level, 'error');
    },
  );
}

/** What a failure log needs of a request, with the lines that were logged. */
function fakeRequest(): { request: HttpRequest; lines: string[]; contexts: (LogContext | undefined)[] } {
  const lines: string[] = [];
  const contexts: (LogContext | undefined)[] = [];
  const log: HttpRequest['log'] = (name, params, context) => {
    lines.push(`${MESSAGES[name].number} ${formatMessage(name, params)}`);
    contexts.push(context);
  };
  // Nothing else of it is used.
  return { request: { log } as HttpRequest, lines, contexts };
}

t.test('a failure that repeats is an error once, until the file changes', async (t) => {
  const file = join(t.testdir({ 'caf\u00e9.dll': 'x' }), 'caf\u00e9.dll');
  utimesSync(file, 1_600_000_000, 1_600_000_000);
  const { request, lines, contexts } = fakeRequest();
  const failures = new FailureLog();
  const write = (reason: string): string | undefined => {
    failures.write(request, toByteString(file), 'loadFailed', { file, reason }, { pool: 'kits' });
    return lines.at(-1);
  };
  t.equal(write('it is damaged'), `IH1001 failed to load ${file}: it is damaged`);
  const again = `IH1005 ${file} still cannot be loaded, as was logged before (IH1001)`;
  t.equal(write('it is damaged'), again);
  t.equal(write('it is damaged'), again);
  t.equal(write('it is too large'), `IH1001 failed to load ${file}: it is too large`, 'another reason');
  t.equal(write('it is too large'), again);
  writeFileSync(file, 'y');
  t.equal(write('it is too large'), `IH1001 failed to load ${file}: it is too large`, 'another file');
  t.ok(contexts.every((context) => context?.pool === 'kits'));
  t.equal(MESSAGES.loadFailedAgain.level, 'debug');
});

t.test('files have failures of their own, also those that are not there', async (t) => {
  const { request, lines } = fakeRequest();
  const failures = new FailureLog();
  for (const file of ['/none/a.dll', '/none/b.dll', '/none/a.dll']) {
    failures.write(request, file, 'loadFailed', { file, reason: 'it is gone' }, {});
  }
  t.same(
    lines.map((line) => line.slice(0, 6)),
    ['IH1001', 'IH1001', 'IH1005'],
  );
});

t.test('what is remembered is bounded', async (t) => {
  const { request, lines } = fakeRequest();
  const failures = new FailureLog();
  const write = (number: number): void => {
    failures.write(request, `/none/${number}`, 'loadFailed', { file: String(number), reason: 'x' }, {});
  };
  for (let i = 0; i < 1000; i++) write(i);
  write(0);
  t.match(lines.at(-1), /^IH1005/, 'a thousand are remembered');
  write(1000);
  write(0);
  t.match(lines.at(-1), /^IH1001/, 'and then they are forgotten');
});
