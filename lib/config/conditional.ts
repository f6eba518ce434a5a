import type { Condition } from './expression/index.js';
import type { Merger } from './merge.js';
import type { Place } from './place.js';
import { Slot, type Settings } from './settings.js';

/** An `<If>`, `<ElseIf>` or `<Else>`: what it sets when its turn comes. */
export interface ConditionalSection {
  readonly kind: 'If' | 'ElseIf' | 'Else';
  /** undefined for `<Else>` */
  readonly condition: Condition | undefined;
  readonly settings: Settings;
  readonly place: Place;
}

/** Whether the condition of a section is true for a request. */
export type ConditionTest = (section: ConditionalSection, condition: Condition) => boolean;

interface ConditionalSettings {
  readonly sections: readonly ConditionalSection[];
}

/** The conditional sections of a section, in order; those of inner sections come after those of outer ones. */
const CONDITIONAL = new Slot<ConditionalSettings>(
  'core.if',
  { sections: [] },
  { sections: (outer, inner) => [...outer, ...inner] },
);

/** Adds a conditional section to settings. What is wrong when it is not where it can be is returned. */
export function addConditional(settings: Settings, section: ConditionalSection): string | undefined {
  const { sections } = settings.get(CONDITIONAL);
  const before = sections.at(-1)?.kind;
  if (section.kind !== 'If' && (before === undefined || before === 'Else')) {
    return '<Else> or <ElseIf> section without previous <If> or <ElseIf> section in same scope';
  }
  settings.set(CONDITIONAL, 'sections', [...sections, section]);
  return undefined;
}

/** Whether settings may be others for each request. */
export function isConditional(settings: Settings): boolean {
  return settings.get(CONDITIONAL).sections.length > 0;
}

/**
 * Settings with those of the conditional sections in them that apply, which count more than all others. Sections
 * within those come after them. As `ap_if_walk` does.
 */
export function applyConditional(merger: Merger, settings: Settings, holds: ConditionTest): Settings {
  let result = settings;
  let { sections } = settings.get(CONDITIONAL);
  while (sections.length > 0) {
    const chosen = choose(sections, holds);
    const [first, ...rest] = chosen;
    if (!first) break;
    const merged = rest.reduce((outer, inner) => merger.merge(outer, inner.settings), first.settings);
    result = merger.merge(result, merged);
    ({ sections } = merged.get(CONDITIONAL));
  }
  return result;
}

function choose(sections: readonly ConditionalSection[], holds: ConditionTest): ConditionalSection[] {
  const chosen: ConditionalSection[] = [];
  let isDone = false;
  for (const section of sections) {
    const { kind, condition } = section;
    if (kind === 'If') isDone = false;
    if (isDone || (condition && !holds(section, condition))) continue;
    isDone = true;
    chosen.push(section);
  }
  return chosen;
}
