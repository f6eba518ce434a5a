/** Where in a configuration something stands. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong with a configuration, where it stands, and what to do about it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly place?: Place;
  /** the line of the file as it stands, to be shown with a caret under the column */
  readonly source?: string;
}
