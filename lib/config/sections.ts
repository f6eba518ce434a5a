import type { SectionKind } from './directive.js';
import type { Matcher } from './section-table.js';
import { Settings } from './settings.js';

/** A section, or a .htaccess file: its settings, and the `<Files>` sections in it. */
export class Section {
  readonly kind: SectionKind;
  readonly matcher: Matcher;
  readonly settings = new Settings();
  /** `<Files>` and `<FilesMatch>` within it, in order */
  readonly files: Section[] = [];

  constructor(kind: SectionKind, matcher: Matcher) {
    this.kind = kind;
    this.matcher = matcher;
  }
}

/** The sections of the main server or of a virtual host, each kind in the order in which it is merged. */
export interface SectionSet {
  /** by the number of slashes in their paths, and in order of the file among equals */
  readonly directories: readonly Section[];
  readonly directoryMatches: readonly Section[];
  readonly files: readonly Section[];
  readonly locations: readonly Section[];
}

/** Puts sections into the order in which they are merged. */
export function orderSections(sections: readonly Section[]): SectionSet {
  const of = (...kinds: SectionKind[]): Section[] => sections.filter(({ kind }) => kinds.includes(kind));
  return {
    directories: of('Directory').toSorted((a, b) => (a.matcher.depth ?? 0) - (b.matcher.depth ?? 0)),
    directoryMatches: of('DirectoryMatch'),
    files: of('Files', 'FilesMatch'),
    locations: of('Location', 'LocationMatch'),
  };
}
