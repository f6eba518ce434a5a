import t from 'tap';

import { FACT_NAMES, packFacts, unpackFacts, type RequestFacts } from '../../lib/isapi/facts.js';
import { plainFacts, sampleFacts } from '../helpers/facts.js';
import { randomFrom } from '../helpers/random.js';

function crossed(facts: RequestFacts): RequestFacts {
  return plainFacts(unpackFacts(packFacts(facts)));
}

t.test('facts come out as they were put in', async (t) => {
  t.strictSame(crossed(sampleFacts()), sampleFacts());
});

t.test('empty facts, no headers, no environment', async (t) => {
  const empty = Object.fromEntries(FACT_NAMES.map((name) => [name, '']));
  const facts = sampleFacts({ ...empty, headers: [], environment: [] });
  t.strictSame(crossed(facts), facts);
  t.strictSame(crossed(sampleFacts({ headers: [] })), sampleFacts({ headers: [] }));
  t.strictSame(crossed(sampleFacts({ environment: [] })), sampleFacts({ environment: [] }));
});

t.test('empty names and values among headers and environment keep their places', async (t) => {
  const facts = sampleFacts({ headers: ['A', '', 'B', ''], environment: ['X', '', '', 'y', 'Z', ''] });
  t.strictSame(crossed(facts), facts);
});

t.test('a thousand headers', async (t) => {
  const headers = Array.from({ length: 1000 }, (_, i) => [`X-${i}`, String(i)]).flat();
  t.strictSame(crossed(sampleFacts({ headers })).headers, headers);
});

t.test('any bytes but NUL cross', async (t) => {
  const random = randomFrom(0xfac7);
  const text = (): string =>
    random
      .bytes(random.below(20))
      .toString('latin1')
      .replaceAll('\0', String.fromCharCode(1 + random.below(255)));
  const list = (): string[] => Array.from({ length: 2 * random.below(10) }, text);
  for (let round = 0; round < 300; round++) {
    const named = Object.fromEntries(FACT_NAMES.map((name) => [name, text()]));
    const facts = sampleFacts({ ...named, headers: list(), environment: list() });
    t.strictSame(crossed(facts), facts);
  }
});
