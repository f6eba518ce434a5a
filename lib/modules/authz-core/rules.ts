import { MethodSet } from '../../config/methods.js';
import type { Settings } from '../../config/settings.js';
import type { HttpRequest } from '../../http/request.js';
import type { Check, Verdict } from './provider.js';

/** A `Require` line. */
export interface Requirement {
  readonly name: string;
  readonly text: string;
  readonly negate: boolean;
  /** the methods that it holds for */
  readonly methods: MethodSet;
  readonly check: Check;
}

export type Operator = 'and' | 'or';

/** `<RequireAll>` (and), `<RequireAny>` (or), `<RequireNone>` (or, negated), or what AuthMerging made of two sections. */
export interface RuleSection {
  readonly operator: Operator;
  readonly negate: boolean;
  readonly merged: boolean;
  /** the methods that some rule in it holds for */
  readonly methods: MethodSet;
  readonly rules: readonly Rule[];
}

export type Rule = Requirement | RuleSection;

/** What a `Require` outside all sections stands in. */
export const DEFAULT_SECTION: RuleSection = {
  operator: 'or',
  negate: false,
  merged: false,
  methods: MethodSet.NONE,
  rules: [],
};

/** A section with a rule, or with several, more. */
export function withRules(section: RuleSection, methods: MethodSet, rules: readonly Rule[]): RuleSection {
  return { ...section, methods: section.methods.union(methods), rules: [...section.rules, ...rules] };
}

/** Both sections have to be met (`and`), or one of them (`or`). */
export function mergeSections(operator: Operator, outer: RuleSection, inner: RuleSection): RuleSection {
  const methods = outer.methods.union(inner.methods);
  return { operator, negate: false, merged: true, methods, rules: [outer, inner] };
}

/** A rule as it was written, for messages. */
export function describeRule(rule: Rule): string {
  if ('check' in rule) return `Require ${rule.negate ? 'not ' : ''}${rule.name} ${rule.text}`;
  const which = rule.operator === 'and' ? 'All' : rule.negate ? 'None' : 'Any';
  return rule.merged ? `AuthMerging ${which}` : `<Require${which}>`;
}

const SHOWN: Readonly<Record<Verdict, string>> = {
  granted: 'granted',
  denied: 'denied',
  'no-user': 'denied (no authenticated user yet)',
  neutral: 'neutral',
  error: 'error',
};

/**
 * What a rule says of a request, as `apply_authz_sections` of mod_authz_core finds it. A rule that is limited to
 * other methods takes no part: in what has to be met altogether it counts as met.
 */
export function evaluate(
  rule: Rule,
  request: HttpRequest,
  settings: Settings,
  within: Operator = 'and',
): Verdict | Promise<Verdict> {
  if (!rule.methods.has(request.method)) {
    const verdict = within === 'and' ? 'granted' : 'neutral';
    request.log('authorizationLimited', { rule: describeRule(rule), result: SHOWN[verdict] });
    return verdict;
  }
  const verdict =
    'check' in rule ? rule.check(request, settings) : combine(rule, request, settings, 0, 'neutral');
  return verdict instanceof Promise
    ? verdict.then((settled) => conclude(rule, request, settled))
    : conclude(rule, request, verdict);
}

/** The rules of a section from one of them on, with the verdict of those before it. */
function combine(
  section: RuleSection,
  request: HttpRequest,
  settings: Settings,
  from: number,
  before: Verdict,
): Verdict | Promise<Verdict> {
  const { rules, operator } = section;
  const decisive = operator === 'and' ? 'denied' : 'granted';
  let verdict = before;
  for (let index = from; index < rules.length; index++) {
    // The index is below the length.
    const found = evaluate(rules[index]!, request, settings, operator);
    if (found instanceof Promise) {
      return found.then((settled) => {
        const next = join(operator, verdict, settled);
        return settled === 'error' || next === decisive
          ? next
          : combine(section, request, settings, index + 1, next);
      });
    }
    verdict = join(operator, verdict, found);
    if (found === 'error' || verdict === decisive) return verdict;
  }
  return verdict;
}

/** `no-user` wins where a user may change the result, `denied` where none can. */
function join(operator: Operator, before: Verdict, found: Verdict): Verdict {
  if (found === 'error') return found;
  if (found === 'neutral') return before;
  if (before === 'neutral' || found === (operator === 'and' ? 'denied' : 'granted')) return found;
  if (found !== 'no-user') return before;
  return before === (operator === 'and' ? 'granted' : 'denied') ? found : before;
}

/** What must not be the case denies when it is, and has no opinion when it is not. */
function conclude(rule: Rule, request: HttpRequest, found: Verdict): Verdict {
  let verdict = found;
  if (rule.negate) {
    if (found === 'granted') verdict = 'denied';
    else if (found !== 'error') verdict = 'neutral';
  }
  request.log('authorizationResult', { rule: describeRule(rule), result: SHOWN[verdict] });
  return verdict;
}
