import { Slot } from '../../config/settings.js';
import type { AuthzProvider } from './provider.js';
import { mergeSections, type RuleSection } from './rules.js';

/** AuthMerging. */
export type Merging = 'off' | 'and' | 'or';

interface Rules {
  readonly section: RuleSection | undefined;
  readonly merging: Merging | undefined;
}

interface AuthzSettings {
  readonly rules: Rules;
  /** AuthzSendForbiddenOnFailure */
  readonly forbidden: boolean;
  /** what `<AuthzProviderAlias>` has made, by name; of the main server alone */
  readonly aliases: ReadonlyMap<string, AuthzProvider>;
}

export const NO_RULES: Rules = { section: undefined, merging: undefined };

export const AUTHZ = new Slot<AuthzSettings>(
  'authz_core',
  { rules: NO_RULES, forbidden: false, aliases: new Map() },
  { rules: mergeRules, aliases: (outer, inner) => new Map([...outer, ...inner]) },
);

/** As `merge_authz_core_dir_config` does: without AuthMerging, an inner section's rules replace the outer ones. */
function mergeRules(outer: Rules, inner: Rules): Rules {
  const { merging } = inner;
  if (merging === undefined && !inner.section && outer.section) return outer;
  if (merging === undefined || merging === 'off') return inner;
  if (!outer.section || !inner.section) return { merging, section: inner.section ?? outer.section };
  return { merging, section: mergeSections(merging, outer.section, inner.section) };
}
