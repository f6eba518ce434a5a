import type { Condition } from '../../config/expression/index.js';
import { Slot } from '../../config/settings.js';
import type { Value } from './value.js';

export type Action =
  'set' | 'setifempty' | 'add' | 'append' | 'merge' | 'unset' | 'echo' | 'edit' | 'edit*' | 'note';

/** A Header or RequestHeader directive. */
export interface Rule {
  readonly action: Action;
  /** the header; byte string */
  readonly name: string;
  /** what echo compares names with, and edit values */
  readonly regex: RegExp | undefined;
  /** nothing for unset and echo */
  readonly value: Value | undefined;
  /** a variable that must be set, or not set */
  readonly variable: { readonly name: string; readonly isSet: boolean } | undefined;
  readonly condition: Condition | undefined;
}

export interface HeaderSettings {
  readonly request: readonly Rule[];
  readonly always: readonly Rule[];
  readonly onSuccess: readonly Rule[];
  /** with `early`: before anything else happens to the request */
  readonly earlyRequest: readonly Rule[];
  readonly earlyAlways: readonly Rule[];
  readonly earlyOnSuccess: readonly Rule[];
}

function outerFirst(outer: readonly Rule[], inner: readonly Rule[]): readonly Rule[] {
  return [...outer, ...inner];
}

export const HEADERS = new Slot<HeaderSettings>(
  'headers',
  { request: [], always: [], onSuccess: [], earlyRequest: [], earlyAlways: [], earlyOnSuccess: [] },
  {
    request: outerFirst,
    always: outerFirst,
    onSuccess: outerFirst,
    earlyRequest: outerFirst,
    earlyAlways: outerFirst,
    earlyOnSuccess: outerFirst,
  },
);
