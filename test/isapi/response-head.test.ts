import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { ResponseHead, type Submission } from '../../lib/isapi/response-head.js';
import { randomFrom } from '../helpers/random.js';
import { root } from '../helpers/root.js';

/*
 * The cases of response-heads.txt: a name, the calls (`send STATUS HEADERS`, `write TEXT`; texts as in JSON), a line
 * of dashes, and what comes of the last one. `dwHttpStatusCode` before the dashes is what the block has, after them
 * what it gets where that is not the status.
 */
interface Case {
  readonly name: string;
  readonly calls: readonly string[];
  readonly wanted: string;
}

function readCases(): Case[] {
  const text = readFileSync(join(root, 'test', 'isapi', 'response-heads.txt'), 'utf8');
  return text.split(/^== /m).flatMap((part) => {
    const [first = '', wanted = ''] = part.split('\n--\n');
    const [name = '', ...calls] = first.split('\n');
    return name === '' ? [] : [{ name, calls, wanted: wanted.trimEnd() }];
  });
}

/** The texts of a line, which are written as in JSON. */
function textsOf(line: string): string[] {
  return [...line.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([text]) => JSON.parse(text) as string);
}

function describeProblem(problem: Submission['problems'][number]): string {
  switch (problem.kind) {
    case 'premature end':
      return problem.kind;
    case 'bad header':
      return `${problem.kind}: ${problem.line}`;
    case 'invalid status':
      return `${problem.kind}: ${problem.text}`;
    case 'invalid value':
    case 'dropped':
      return `${problem.kind}: ${problem.name}=${problem.value}`;
  }
}

function describeResult(head: ResponseHead, { accepted, statusCode, body, problems }: Submission): string {
  const { status, reason, headers, invalid } = head;
  return [
    ...(accepted ? [] : ['refused']),
    `status ${status}${reason === undefined ? '' : ` ${JSON.stringify(reason)}`}`,
    ...(statusCode === status ? [] : [`dwHttpStatusCode ${statusCode ?? 'as it was'}`]),
    ...headers.map(([name, value]) => `header ${name}: ${JSON.stringify(value)}`),
    ...(body === '' ? [] : [`body ${JSON.stringify(body)}`]),
    ...problems.map((problem) => `problem ${describeProblem(problem)}`),
    ...(invalid ? [`invalid ${JSON.stringify(invalid[0])}: ${JSON.stringify(invalid[1])}`] : []),
  ].join('\n');
}

const cases = readCases();

t.test('there are cases', async (t) => {
  t.ok(cases.length > 60, `${cases.length} cases`);
  t.equal(new Set(cases.map(({ name }) => name)).size, cases.length, 'each has a name of its own');
});

for (const { name, calls, wanted } of cases) {
  t.test(name, async (t) => {
    const head = new ResponseHead();
    let blockStatus = 0;
    let last: Submission | undefined;
    for (const call of calls) {
      const [first = '', second = ''] = textsOf(call);
      if (call.startsWith('dwHttpStatusCode ')) blockStatus = Number(call.split(' ')[1]);
      else if (call.startsWith('send ')) last = head.submit(first, second, blockStatus);
      else if (call.startsWith('write ')) last = head.submitWritten(first);
      else t.fail(`what is ${call}?`);
    }
    t.equal(last && describeResult(head, last), wanted);
  });
}

const TYPE = 'Content-Type: text/plain\r\n\r\n';

t.test('a Last-Modified in the future is now', async (t) => {
  const head = new ResponseHead();
  const before = Math.floor(Date.now() / 1000) * 1000;
  head.submit('200 OK', 'Last-Modified: Thu, 01 Jan 2099 00:00:00 GMT\r\n\r\n', 0);
  const time = Date.parse(head.headers[0]?.[1] ?? '');
  t.ok(time >= before && time <= Date.now(), String(head.headers[0]?.[1]));
});

t.test('it is known whether a head was given, and whether with headers', async (t) => {
  const told = (status: string, headers: string): boolean[] => {
    const head = new ResponseHead();
    head.submit(status, headers, 0);
    return [head.given, head.hasBlock];
  };
  t.same(told('', ''), [false, false]);
  t.same(told('404 Lost', ''), [true, false]);
  t.same(told('404 Lost', TYPE), [true, true]);
  t.same(told('', '\r\n'), [true, true]);
  t.same(told('404 Lost', 'X-A: 1'), [false, false], 'refused');
});

t.test('a redirect is 302 with its Location, whatever was given before', async (t) => {
  const head = new ResponseHead();
  head.submit('200 OK', 'Location: /one\r\nX-A: 1\r\n\r\n', 0);
  head.redirect('/two?a=b c');
  t.equal(head.status, 302);
  t.equal(head.reason, undefined);
  t.same(head.headers, [
    ['Location', '/two?a=b c'],
    ['X-A', '1'],
  ]);
  const split = new ResponseHead();
  split.redirect('/a\r\nSet-Cookie: b');
  t.same(split.invalid, ['Location', '/a\r\nSet-Cookie: b']);
  t.same(split.headers, []);
});

t.test('output without headers is HTML with the status given so far', async (t) => {
  const plain = new ResponseHead();
  plain.assumeHtml();
  t.equal(plain.status, 200);
  t.same(plain.headers, [['Content-Type', 'text/html']]);
  const given = new ResponseHead();
  given.submit('404 Lost', '', 0);
  given.assumeHtml();
  t.equal(given.status, 404);
  t.equal(given.reason, 'Lost');
  t.same(given.headers, [['Content-Type', 'text/html']]);
});

t.test('whatever bytes come: nothing throws, and only what can be sent is accepted', async (t) => {
  const random = randomFrom(0xb10c);
  const parts = [
    '\r\n',
    '\n',
    '\r',
    ':',
    ': ',
    ' ',
    '\t',
    '\0',
    '\x01',
    '\xff',
    '200',
    '404 X',
    '1000',
    'HTTP/1.1 ',
  ] as const;
  const names = [
    'Status',
    'Content-Type',
    'X-A',
    'x-a',
    'Vary',
    'Set-Cookie',
    'Last-Modified',
    'Content-Length',
    'Location',
  ] as const;
  const text = (): string => {
    let made = '';
    for (let i = random.below(14); i > 0; i--) {
      const kind = random.below(4);
      if (kind === 0) made += random.pick(parts);
      else if (kind === 1) made += `${random.pick(names)}: ${random.pick(parts)}\r\n`;
      else if (kind === 2) made += random.bytes(random.below(6)).toString('latin1');
      else made += `${random.pick(names)}: v\r\n`;
    }
    return random.below(2) === 0 ? made : `${made}\r\n\r\n`;
  };
  const problems: string[] = [];
  let accepted = 0;
  for (let round = 0; round < 20_000; round++) {
    const head = new ResponseHead();
    const [status, headers] = [text(), text()];
    const submission =
      random.below(3) === 0 ? head.submitWritten(headers) : head.submit(status, headers, random.below(700));
    if (submission.accepted) accepted++;
    const check = (holds: boolean, what: string): void => {
      if (!holds) problems.push(`${what}: ${JSON.stringify([status, headers])}`);
    };
    check(
      head.headers.every(([name, value]) => isToken(name) && !hasControl(value)),
      'header',
    );
    check(!hasControl(head.reason ?? '') || head.invalid !== undefined, 'reason');
    check(head.status === 0 || (head.status >= 200 && head.status <= 999), 'status');
    check(submission.accepted || (head.status === 500 && submission.body === ''), 'refused');
    // A blank line among the lines behind the status ends the block early.
    check(headers.endsWith(submission.body) || submission.body.endsWith(headers), 'body');
  }
  t.same(problems.slice(0, 5), []);
  t.ok(accepted > 3000 && accepted < 17_000, `${accepted} were accepted`);
});

function isToken(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~\w]+$/.test(name);
}

function hasControl(value: string): boolean {
  return /[\0-\x08\n-\x1f\x7f]/.test(value);
}
