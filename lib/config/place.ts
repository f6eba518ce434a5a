/** Where in a configuration something stands. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A text of a configuration that may be told where each of its characters stands. */
export interface Placed {
  readonly place: Place;
  /** the place of the character at an offset of the text; quotes and backslashes are taken into account */
  readonly at?: (offset: number) => Place;
}

/** Where a character of a text stands: where the text begins, when that is all that is known. */
export function placeIn({ place, at }: Placed, offset: number): Place {
  return at?.(offset) ?? place;
}

/** Something wrong with a configuration, where it stands, and what to do about it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly place?: Place;
  /** the line of the file as it stands, to be shown with a caret under the column */
  readonly source?: string;
}
