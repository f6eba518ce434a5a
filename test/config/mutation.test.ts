import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfiguration } from '../../lib/config/configuration.js';
import { parsePools } from '../../lib/config/pools.js';
import { formatProblem } from '../../lib/config/problems.js';
import { fakeModules } from './fake-modules.js';
import { goldenCases } from './golden.js';

/** What mutations put in: what the grammars give a meaning to. */
const TOKENS = [
  '<',
  '>',
  '</',
  '"',
  "'",
  '\\',
  '\\\n',
  '\n',
  '\r',
  '#',
  ';',
  '=',
  '[',
  ']',
  '${',
  '}',
  '~',
  '*',
  '(',
  '\0',
  '\t',
  '\uFEFF',
  '\uD800',
  '${A}',
  '<IfDefine A>',
  '</IfDefine>',
  '<Files ',
  'Define A ',
  'env[',
  '[default]',
];

const ROUNDS = 4000;

/** Numbers from 0 to below 1, the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function mutate(text: string, random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  let result = text;
  for (let change = below(6); change >= 0; change--) {
    const at = below(result.length + 1);
    const length = below(Math.min(20, result.length - at + 1));
    const inserted = [
      '',
      TOKENS[below(TOKENS.length)] ?? '',
      String.fromCharCode(below(256)),
      result.slice(at, at + length).repeat(2),
    ][below(4)];
    result = result.slice(0, at) + (inserted ?? '') + result.slice(at + (random() < 0.5 ? length : 0));
  }
  return result;
}

void t.test('any text as configuration is a result or problems with places', (t) => {
  const random = randomNumbers(20_240_601);
  // Files are left out: a mutated Include could name anything on this machine.
  const seeds = goldenCases('golden')
    .map((each) => each.input)
    .filter((input) => !/include|serverroot/i.test(input));
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const text = mutate(seeds[Math.floor(random() * seeds.length)] ?? '', random);
    if (/include/i.test(text)) continue;
    const { configuration, problems } = loadConfiguration({
      file: join(import.meta.dirname, 'mutated.conf'),
      text,
      modules: fakeModules,
      environment: {},
    });
    const errors = problems.filter((problem) => problem.severity === 'error');
    if ((configuration === undefined) !== errors.length > 0)
      t.fail(`neither or both for ${JSON.stringify(text)}`);
    if (errors.some((error) => !error.place)) t.fail(`an error without a place for ${JSON.stringify(text)}`);
    if (configuration) configuration.main.settingsFor({ path: '/a/b', filename: '/a/b' });
    else refused++;
    for (const problem of problems) checkShown(t, text, formatProblem(problem));
  }
  t.ok(refused > ROUNDS / 10, `${refused} of ${ROUNDS} were refused`);
  t.ok(refused < ROUNDS, 'some were accepted');
  t.end();
});

void t.test('any text as pools file is a result or problems with places', (t) => {
  const random = randomNumbers(7);
  const seeds = goldenCases('golden-pools').map((each) => each.input);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const text = mutate(seeds[Math.floor(random() * seeds.length)] ?? '', random);
    const { pools, problems } = parsePools(text, 'pools.ini');
    if (!pools.has('default')) t.fail(`no default pool for ${JSON.stringify(text)}`);
    if (problems.length > 0) refused++;
    if (problems.some((problem) => !problem.place))
      t.fail(`a problem without a place for ${JSON.stringify(text)}`);
    for (const problem of problems) checkShown(t, text, formatProblem(problem));
  }
  t.ok(refused > ROUNDS / 10 && refused < ROUNDS, `${refused} of ${ROUNDS} were refused`);
  t.end();
});

/** A problem is shown as its head, its line and its caret, and the caret is not past the end of the line. */
function checkShown(t: Pick<Test, 'fail'>, text: string, shown: string): void {
  const [head = '', source = '', caret = '', ...more] = shown.split('\n');
  const right =
    /^.+:\d+:\d+: (?:error|warning): ./.test(head) &&
    more.length === 0 &&
    /^[ \t]*\^$/.test(caret) &&
    caret.length <= source.length + 1;
  if (!right) t.fail(`shown as ${JSON.stringify(shown)} for ${JSON.stringify(text)}`);
}
