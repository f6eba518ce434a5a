import type {
  Argument,
  Directive,
  DirectiveContext,
  SectionContext,
  SectionDirective,
} from '../../config/directive.js';
import { nextWord } from '../../config/words.js';
import type { AuthzProvider } from './provider.js';
import {
  DEFAULT_SECTION,
  describeRule,
  withRules,
  type Operator,
  type Rule,
  type RuleSection,
} from './rules.js';
import { AUTHZ, NO_RULES } from './settings.js';

/** A provider by its name in this configuration. */
export type FindProvider = (context: DirectiveContext, name: string) => AuthzProvider | undefined;

/** Providers of modules that isapi-host does not have. */
const FOREIGN: Readonly<Record<string, string>> = {
  'dbd-group': 'mod_authz_dbd',
  'dbd-login': 'mod_authz_dbd',
  'dbd-logout': 'mod_authz_dbd',
  'dbm-file-group': 'mod_authz_dbm',
  'dbm-group': 'mod_authz_dbm',
  'file-group': 'mod_authz_owner',
  'file-owner': 'mod_authz_owner',
  'ldap-attribute': 'mod_authnz_ldap',
  'ldap-dn': 'mod_authnz_ldap',
  'ldap-filter': 'mod_authnz_ldap',
  'ldap-group': 'mod_authnz_ldap',
  'ldap-search': 'mod_authnz_ldap',
  'ldap-user': 'mod_authnz_ldap',
};

/** What to say about a name that is no provider. */
export function unknownProvider(name: string, known: Iterable<string>): string {
  const module = FOREIGN[name];
  return module === undefined
    ? `Unknown Authz provider: ${name}; there are ${[...known].join(', ')}`
    : `Unknown Authz provider: ${name}; it belongs to ${module}, which isapi-host does not have`;
}

/** The row of Require. */
export function requireDirective(providers: readonly AuthzProvider[], find: FindProvider): Directive {
  return {
    name: 'Require',
    syntax: '[not] provider [argument] ...',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: 'raw',
    help: `Who may have what is here: a name such as ${providers.map(({ name }) => name).join(', ')}, and what it takes; of several lines one has to be met.`,
    apply(context, raw, ...words) {
      addRequire(context, raw, words, find, providers);
    },
  };
}

function addRequire(
  context: DirectiveContext,
  raw: Argument | undefined,
  words: readonly Argument[],
  find: FindProvider,
  providers: readonly AuthzProvider[],
): void {
  const negate = words[0]?.text.toLowerCase() === 'not';
  const [named, ...rest] = negate ? words.slice(1) : words;
  const name = named?.text ?? '';
  const provider = find(context, name);
  if (!provider) {
    const names = [...providers.map((each) => each.name), ...context.main.get(AUTHZ).aliases.keys()];
    context.error(unknownProvider(name, names), named);
    return;
  }
  const text = restOf(raw?.text ?? '', negate ? 2 : 1);
  const check = provider.parse({ text, words: rest, context });
  if (!check) return;
  const { rules = NO_RULES } = context.settings.made(AUTHZ);
  const section = rules.section ?? DEFAULT_SECTION;
  if (negate && section.operator === 'or') {
    const message = `negative Require directive has no effect in ${describeRule(section)} directive`;
    context.error(message, words[0]);
    return;
  }
  const { methods } = context;
  const requirement: Rule = { name, text, negate, methods, check };
  context.settings.set(AUTHZ, 'rules', { ...rules, section: withRules(section, methods, [requirement]) });
}

/** What of a line stands behind its first words. */
function restOf(text: string, words: number): string {
  let at = 0;
  for (let index = 0; index < words; index++) at = nextWord(text, at)?.end ?? text.length;
  return text.slice(at).trimStart();
}

const SECTIONS: readonly (readonly [name: string, operator: Operator, negate: boolean, help: string])[] = [
  ['RequireAll', 'and', false, 'None of the rules in it may fail, and one has to be met.'],
  ['RequireAny', 'or', false, 'One of the rules in it has to be met.'],
  ['RequireNone', 'or', true, 'None of the rules in it may be met.'],
];

/** The rows of `<RequireAll>`, `<RequireAny>` and `<RequireNone>`. */
export const requireSections: readonly SectionDirective[] = SECTIONS.map(
  ([name, operator, negate, help]) => ({
    name,
    syntax: '',
    contexts: ['directory', '.htaccess'],
    override: ['AuthConfig'],
    args: [0, 0],
    help,
    apply: (context) => {
      addSection(context, { ...DEFAULT_SECTION, operator, negate });
    },
  }),
);

function addSection(context: SectionContext, empty: RuleSection): void {
  const { settings } = context;
  const before = settings.made(AUTHZ).rules ?? NO_RULES;
  settings.set(AUTHZ, 'rules', { ...before, section: empty });
  const isRight = context.applyContent({ only: 'AuthConfig' });
  const { section = empty, merging } = settings.made(AUTHZ).rules ?? NO_RULES;
  settings.set(AUTHZ, 'rules', { section: before.section, merging });
  if (!isRight) return;
  const shown = describeRule(section);
  const outer = before.section ?? DEFAULT_SECTION;
  if (section.rules.length === 0) {
    context.error(`${shown} directive contains no authorization directives`);
  } else if (section.negate && outer.operator === 'or') {
    context.error(`${shown} directive has no effect in ${describeRule(outer)} directive`);
  } else if (!section.negate && section.operator === outer.operator) {
    settings.set(AUTHZ, 'rules', { merging, section: withRules(outer, section.methods, section.rules) });
  } else if (!context.isHtaccess && section.rules.every((rule) => rule.negate)) {
    // As in Apache, where this is checked when all files were read: in .htaccess it denies without a word.
    context.error(`${shown} directive contains only negative authorization directives`);
  } else {
    settings.set(AUTHZ, 'rules', { merging, section: withRules(outer, section.methods, [section]) });
  }
}
