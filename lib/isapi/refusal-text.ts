import { REFUSALS, type RefusalKind } from './refusals.js';
import { supportFunction } from './support-functions.js';
import { unknownVariable } from './unknown-variables.js';

/** What has been refused. */
export interface Refused {
  readonly kind: RefusalKind;
  /** the function of ServerSupportFunction, where it is one */
  readonly code?: number | undefined;
  /** the call, such as WriteClient, where it is another one; or the variable, the header, the reason */
  readonly name?: string | undefined;
}

/** A refusal in words. */
export interface RefusalText {
  /** the list that it belongs to, such as `Unsupported functions` */
  readonly title: string;
  /** what it is about, such as `1014 HSE_REQ_ABORTIVE_CLOSE` */
  readonly subject: string;
  /** what it is for, or what it means: a sentence */
  readonly purpose: string;
  readonly advice: string;
}

/** The kinds whose rows of support functions know more: what has been refused is the function itself. */
const BY_FUNCTION: ReadonlySet<RefusalKind> = new Set<RefusalKind>([
  'unsupported-function',
  'async-call',
  'bad-argument',
]);

/** A refusal in words, from the rows of the tables. */
export function describeRefusal({ kind, code, name }: Refused): RefusalText {
  const { title, purpose, advice } = REFUSALS[kind];
  const row = code === undefined ? undefined : supportFunction(code);
  const subject =
    code === undefined ? (name ?? title) : row === undefined ? String(code) : `${String(code)} ${row.name}`;
  if (row !== undefined && BY_FUNCTION.has(kind)) {
    return { title, subject, purpose: `It ${row.purpose}.`, advice: row.advice };
  }
  const known = kind === 'unknown-variable' && name !== undefined ? unknownVariable(name) : undefined;
  return { title, subject, purpose: known?.purpose ?? purpose, advice: known?.advice ?? advice };
}
