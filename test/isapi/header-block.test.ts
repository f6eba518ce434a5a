import t from 'tap';

import { looksLikeBlock, parseBlock, parseStatus, trimBlanks } from '../../lib/isapi/header-block.js';

/** text, code, reason */
const STATUSES: readonly (readonly [string, number, string | undefined])[] = [
  ['200 OK', 200, 'OK'],
  ['418 Short And Stout', 418, 'Short And Stout'],
  ['404', 404, undefined],
  ['404 ', 404, ''],
  ['404\tTab', 404, undefined],
  ['404   Wide   Gap  ', 404, '  Wide   Gap  '],
  ['404 Ended\r\n', 404, 'Ended'],
  ['404 First\nsecond', 404, 'First'],
  ['404 First\rsecond', 404, 'First'],
  ['HTTP/1.1 404 Missing', 404, 'Missing'],
  ['HTTP/1.0 204', 204, undefined],
  ['Status: 403 Keep Out', 403, 'Keep Out'],
  ['anything 410 Gone', 410, 'Gone'],
  ['99 Low', 99, undefined],
  ['1000 High', 1000, undefined],
  ['999999999 Nine Digits', 999999999, undefined],
  ['9999999999 Ten Digits', 999999999, undefined],
  ['404Missing', 404, undefined],
  ['404.3 Denied', 404, undefined],
  ['404 Contr\x01ol', 404, undefined],
  ['404 caf\xe9', 404, 'caf\xe9'],
  ['+200 Plus', 200, undefined],
  ['-1 Negative', -1, undefined],
  ['two words 404', 0, undefined],
  ['no number', 0, undefined],
  [' 404 Blank First', 404, 'Blank First'],
  ['', 0, undefined],
  ['\r\n404 Late', 0, undefined],
];

for (const [text, code, reason] of STATUSES) {
  t.test(`the status ${JSON.stringify(text)} is ${code} ${reason ?? '(standard)'}`, async (t) => {
    const { code: number, reason: words } = parseStatus(text);
    t.same([number, words], [code, reason]);
  });
}

t.test('the text of a status is kept for the log, up to the line end', async (t) => {
  t.match(parseStatus('not a number\r\nX: 1'), { code: 0, text: 'not a number' });
  t.match(parseStatus('1000 High'), { code: 1000, reason: undefined, text: '1000 High' });
});

t.test('only blanks and tabs are trimmed', async (t) => {
  t.equal(trimBlanks(' \t a\tb \t'), 'a\tb');
  t.equal(trimBlanks('\r a \v'), '\r a \v');
});

/** A block, whether its first line may be a status, and what comes of it; headers as "Name=value". */
const BLOCKS: readonly (readonly [string, boolean, string])[] = [
  ['A: 1\r\n\r\n', false, '- A=1 |'],
  ['A: 1\n\n', false, '- A=1 |'],
  ['A: 1\nB: 2\r\nC: 3\n\r\nrest', false, '- A=1 B=2 C=3 |rest'],
  ['\r\nrest', false, '- |rest'],
  ['\nrest\n\nmore', false, '- |rest\n\nmore'],
  ['A:1\r\n\r\n', false, '- A=1 |'],
  ['A:\r\nB: \t v \r\n\r\n', false, '- A= B=v |'],
  ['A: b: c\r\n\r\n', false, '- A=b: c |'],
  [': value\r\n\r\n', false, '- =value |'],
  ['A : 1\r\n\r\n', false, '- A =1 |'],
  ['Status: 403 No\r\nA: 1\r\n\r\n', false, '403 No A=1 |'],
  ['A: 1\r\nsTaTuS: 403\r\n\r\n', false, '403 undefined A=1 |'],
  ['Status: 403\r\nStatus: 404\r\n\r\n', false, '404 undefined |'],
  ['Status: what\r\n\r\n', false, '0 undefined |'],
  ['404 Missing\r\nA: 1\r\n\r\n', true, '404 Missing A=1 |'],
  ['HTTP/1.1 404 Missing\r\nA: 1\r\n\r\n', true, '404 Missing A=1 |'],
  ['404 Missing\r\nStatus: 201\r\n\r\n', true, '201 undefined |'],
  ['no number\r\nA: 1\r\n\r\n', true, '0 undefined A=1 |'],
  ['A: 1\r\n\r\n', true, '- A=1 |'],
  ['A: 1\r\n404 Missing\r\n\r\n', true, 'bad header: 404 Missing'],
  ['404 Missing\r\nA: 1\r\n\r\n', false, 'bad header: 404 Missing'],
  ['A: 1\r\nnot a header\r\n\r\n', false, 'bad header: not a header'],
  ['A: 1\r\n folded\r\n\r\n', false, 'bad header:  folded'],
  ['A: 1\r\n\r\r\n', false, 'bad header: \r'],
  ['A: 1\r\n', false, 'premature end'],
  ['A: 1', false, 'premature end'],
  ['A: 1\r\nB', false, 'premature end'],
  ['', false, 'premature end'],
  ['404 Missing\r\n', true, 'premature end'],
];

for (const [text, mayHaveStatus, wanted] of BLOCKS) {
  const kind = mayHaveStatus ? 'with' : 'without';
  t.test(`the block ${JSON.stringify(text)}, read ${kind} a status line`, async (t) => {
    const parsed = parseBlock(text, mayHaveStatus);
    if ('kind' in parsed) {
      t.equal(parsed.kind === 'bad header' ? `bad header: ${parsed.line}` : parsed.kind, wanted);
      return;
    }
    const { status, headers, bodyStart } = parsed;
    const words = [
      status === undefined ? '-' : `${status.code} ${String(status.reason)}`,
      ...headers.map(([name, value]) => `${name}=${value}`),
    ];
    t.equal(`${words.join(' ')} |${text.slice(bodyStart)}`, wanted);
  });
}

const VERDICTS: readonly (readonly [string, 'yes' | 'no'])[] = [
  ['Content-Type: text/plain\r\n\r\n', 'yes'],
  ['Content-Type: text/plain\n\nbody', 'yes'],
  ['Status: 404 X\r\nA:1\r\n\r\n', 'yes'],
  ['404 X\r\nA: 1\r\n\r\n', 'yes'],
  ['404\r\n\r\n', 'yes'],
  ['HTTP/1.1 200 OK\r\nA: 1\r\n\r\nbody', 'yes'],
  ['HTTP/2 200 \r\n\r\n', 'yes'],
  ['\r\nbody', 'yes'],
  ['\nbody', 'yes'],
  ['X: bytes \xe9\xff\r\n\r\n', 'yes'],
  ['<html>\n\n<p>x</p>', 'no'],
  ['{\n  "a": 1\n}\n', 'no'],
  ['[1, 2]', 'no'],
  ['just text', 'no'],
  ['two words: with a colon\n\n', 'no'],
  ['A: 1\r\nnot a header\r\n\r\n', 'no'],
  ['A: 1\r\n404 Late\r\n\r\n', 'no'],
  ['A : 1\r\n\r\n', 'no'],
  [': 1\r\n\r\n', 'no'],
  ['4040 X\r\n\r\n', 'no'],
  ['40 X\r\n\r\n', 'no'],
  ['HTTP/x 200 OK\r\n\r\n', 'no'],
  ['A\0B: 1\r\n\r\n', 'no'],
  ['\0', 'no'],
  ['\xef\xbb\xbfA: 1\r\n\r\n', 'no'],
  ['GIF89a\x01\x00', 'no'],
];

for (const [text, verdict] of VERDICTS) {
  t.test(`${JSON.stringify(text)} is ${verdict === 'yes' ? 'a' : 'no'} header block`, async (t) => {
    t.equal(looksLikeBlock(text), verdict);
  });
}

t.test('every beginning of a block may still become one', async (t) => {
  for (const block of [
    'Content-Type: text/plain\r\nX-A: 1\r\n\r\n',
    'HTTP/1.1 404 Not There\r\nX-A: 1\n\n',
    'HTTP/2 200 \r\n\r\n',
    'Status: 404 Not There\r\n\r\n',
    '404 Not There\r\n\r\n',
    '404\r\n\r\n',
    '\r\n',
  ]) {
    for (let length = 0; length < block.length; length++) {
      t.equal(looksLikeBlock(block.slice(0, length)), 'more', JSON.stringify(block.slice(0, length)));
    }
    t.equal(looksLikeBlock(block), 'yes', JSON.stringify(block));
  }
});

t.test('a verdict once given is not changed by more bytes', async (t) => {
  for (const [text] of VERDICTS) {
    let settled: string | undefined;
    for (let length = 1; length <= text.length; length++) {
      const verdict = looksLikeBlock(text.slice(0, length));
      if (settled !== undefined) t.equal(verdict, settled, JSON.stringify(text.slice(0, length)));
      if (verdict !== 'more') settled = verdict;
    }
  }
});
