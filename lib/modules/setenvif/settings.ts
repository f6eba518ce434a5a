import { Slot } from '../../config/settings.js';
import type { HttpRequest } from '../../http/request.js';

/** A variable that a condition sets: what `$0` to `$9` in its value stand for is known when the condition held. */
export interface Variable {
  readonly name: string;
  /** null unsets the variable */
  readonly value: string | null;
}

/** What a condition that held has captured: null when its text was no regular expression. */
export type Captures = ArrayLike<string | undefined> | null;

/** A directive: the condition, and what becomes of the environment when it holds. Byte strings. */
export interface Rule {
  /** undefined when the condition does not hold */
  readonly test: (request: HttpRequest) => Captures | undefined;
  readonly variables: readonly Variable[];
}

export interface SetEnvIfSettings {
  /** of the server's own level: known, and run, before the URL is mapped to a file */
  readonly server: readonly Rule[];
  /** of sections and .htaccess files */
  readonly sections: readonly Rule[];
}

function outerFirst(outer: readonly Rule[], inner: readonly Rule[]): readonly Rule[] {
  return [...outer, ...inner];
}

export const SETENVIF = new Slot<SetEnvIfSettings>(
  'setenvif',
  { server: [], sections: [] },
  { server: outerFirst, sections: outerFirst },
);
