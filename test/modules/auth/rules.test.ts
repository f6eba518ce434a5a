import t from 'tap';
import { MethodSet } from '../../../lib/config/methods.js';
import { Settings } from '../../../lib/config/settings.js';
import type { HttpRequest } from '../../../lib/http/request.js';
import type { Verdict } from '../../../lib/modules/authz-core/provider.js';
import {
  describeRule,
  evaluate,
  mergeSections,
  type Operator,
  type Rule,
  type RuleSection,
} from '../../../lib/modules/authz-core/rules.js';

const POST = new MethodSet(['POST'], false);

/** A request that only its method is asked of. */
const request = { method: 'GET', log: () => undefined } as unknown as HttpRequest;
const settings = new Settings();

interface Options {
  negate?: boolean;
  methods?: MethodSet;
  later?: boolean;
}

function rule(
  verdict: Verdict,
  { negate = false, methods = MethodSet.ALL, later = false }: Options = {},
): Rule {
  const check = (): Verdict | Promise<Verdict> => (later ? Promise.resolve(verdict) : verdict);
  return { name: verdict, text: 'x', negate, methods, check };
}

function section(operator: Operator, rules: readonly Rule[], negate = false): RuleSection {
  const methods = rules.reduce((all, each) => all.union(each.methods), MethodSet.NONE);
  return { operator, negate, merged: false, methods, rules };
}

/** For two rules in a section: the verdict of <RequireAll>, of <RequireAny> and of <RequireNone>. */
const TRUTH: readonly [Verdict, Verdict, all: Verdict, any: Verdict, none: Verdict][] = [
  ['granted', 'granted', 'granted', 'granted', 'denied'],
  ['granted', 'denied', 'denied', 'granted', 'denied'],
  ['granted', 'no-user', 'no-user', 'granted', 'denied'],
  ['granted', 'neutral', 'granted', 'granted', 'denied'],
  ['denied', 'denied', 'denied', 'denied', 'neutral'],
  ['denied', 'no-user', 'denied', 'no-user', 'neutral'],
  ['denied', 'neutral', 'denied', 'denied', 'neutral'],
  ['no-user', 'no-user', 'no-user', 'no-user', 'neutral'],
  ['no-user', 'neutral', 'no-user', 'no-user', 'neutral'],
  ['neutral', 'neutral', 'neutral', 'neutral', 'neutral'],
];

t.test('two rules have the verdict of the table, in either order, now or later', async (t) => {
  for (const [a, b, all, any, none] of TRUTH) {
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const later of [false, true]) {
        const rules = [rule(first, { later }), rule(second, { later })];
        t.equal(await evaluate(section('and', rules), request, settings), all, `all: ${first}, ${second}`);
        t.equal(await evaluate(section('or', rules), request, settings), any, `any: ${first}, ${second}`);
        t.equal(
          await evaluate(section('or', rules, true), request, settings),
          none,
          `none: ${first}, ${second}`,
        );
      }
    }
  }
});

t.test('a negated rule denies or has no opinion', (t) => {
  const negated = (verdict: Verdict): unknown => evaluate(rule(verdict, { negate: true }), request, settings);
  t.equal(negated('granted'), 'denied');
  t.equal(negated('denied'), 'neutral');
  t.equal(negated('no-user'), 'neutral');
  t.equal(negated('neutral'), 'neutral');
  t.equal(negated('error'), 'error');
  t.end();
});

t.test(
  'a rule for other methods counts as met in what has to be met altogether, and not at all otherwise',
  (t) => {
    const other = rule('denied', { methods: POST });
    const met = (operator: Operator, rules: readonly Rule[]): unknown =>
      evaluate(section(operator, rules), request, settings);
    t.equal(met('and', [other, rule('granted')]), 'granted');
    t.equal(met('and', [other, rule('no-user')]), 'no-user');
    t.equal(met('or', [other, rule('no-user')]), 'no-user');
    t.equal(met('or', [rule('granted', { methods: POST }), rule('denied')]), 'denied');
    t.equal(
      evaluate(section('or', [other]), request, settings),
      'granted',
      'nothing is asked of this method',
    );
    t.equal(met('or', [section('and', [other]), rule('denied')]), 'denied');
    t.end();
  },
);

t.test('an error ends everything, and what follows a decision is not asked', async (t) => {
  let asked = 0;
  const counted: Rule = {
    ...rule('granted'),
    check: () => {
      asked++;
      return 'granted';
    },
  };
  t.equal(evaluate(section('or', [rule('error'), counted]), request, settings), 'error');
  t.equal(evaluate(section('and', [rule('denied'), counted]), request, settings), 'denied');
  t.equal(evaluate(section('or', [rule('granted'), counted]), request, settings), 'granted');
  t.equal(
    await evaluate(section('and', [rule('denied', { later: true }), counted]), request, settings),
    'denied',
  );
  t.equal(
    await evaluate(section('or', [rule('error', { later: true }), counted]), request, settings),
    'error',
  );
  t.equal(asked, 0);
});

t.test('merged sections have to be met both, or one of them', (t) => {
  const outer = section('or', [rule('granted')]);
  const inner = section('or', [rule('no-user')]);
  t.equal(evaluate(mergeSections('and', outer, inner), request, settings), 'no-user');
  t.equal(evaluate(mergeSections('or', outer, inner), request, settings), 'granted');
  t.equal(describeRule(mergeSections('or', outer, inner)), 'AuthMerging Any');
  t.equal(describeRule(section('or', [], true)), '<RequireNone>');
  t.equal(describeRule(rule('denied', { negate: true })), 'Require not denied x');
  t.end();
});
