import { badArgumentAdvice } from './bad-arguments.js';
import { REFUSALS, type RefusalKind } from './refusals.js';
import { supportFunction, type SupportFunction } from './support-functions.js';
import { unknownVariable } from './unknown-variables.js';

/** What has been refused. */
export interface Refused {
  readonly kind: RefusalKind;
  /** the function of ServerSupportFunction, where it is one */
  readonly code?: number | undefined;
  /** the call, such as WriteClient, where it is another one; or the variable, the header, the reason */
  readonly name?: string | undefined;
  /** what else is known of it */
  readonly detail?: string | undefined;
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

/** The kinds whose purpose is that of the function: what has been refused is the function itself. */
const BY_FUNCTION: ReadonlySet<RefusalKind> = new Set<RefusalKind>([
  'unsupported-function',
  'async-call',
  'bad-argument',
]);

/** What else tells what is to be done than the kind alone. */
interface Reason {
  readonly kind: RefusalKind;
  readonly code?: number;
  readonly name?: RegExp;
  readonly detail?: string;
  readonly advice: string;
}

/** The detail of a call after the end of a session, by ISAPIFakeAsync. */
export const LATE_DETAIL = { on: 'with ISAPIFakeAsync On', off: 'with ISAPIFakeAsync Off' } as const;

/** The first one that fits counts. */
const REASONS: readonly Reason[] = [
  {
    kind: 'not-loaded',
    name: /^missing \w+\(\) in /,
    advice:
      'The file is no ISAPI extension as it is: a filter, an ASP page or a COM library is none. isapi-host inspect FILE shows what it exports.',
  },
  {
    kind: 'not-loaded',
    name: /^failed call to GetExtensionVersion\(\) in /,
    advice:
      'The extension itself refuses to work, often for want of a file, a registry key, a database or a licence: its documentation says what it needs at its start. isapi-host inspect FILE loads it for a trial.',
  },
  {
    kind: 'headers-late',
    code: 1,
    advice:
      'The extension has to redirect before its first WriteClient: the client was not redirected. Safe to ignore where the response is right as the client gets it.',
  },
  {
    kind: 'headers-late',
    code: 2,
    advice: 'The extension has to call it before its first WriteClient: the other URL was not sent.',
  },
  {
    kind: 'no-completion',
    code: 1006,
    advice:
      'The extension has to name one in pfnHseIO of HSE_TF_INFO, or to set one before, as in IIS: it is a defect of it.',
  },
  {
    kind: 'late-call',
    detail: LATE_DETAIL.off,
    advice:
      'A session is over when HttpExtensionProc returns. Set ISAPIFakeAsync On for the extension if it returns HSE_STATUS_PENDING; else it is a defect of the extension, which would crash IIS.',
  },
  {
    kind: 'late-call',
    detail: LATE_DETAIL.on,
    advice:
      'No call may come after HSE_REQ_DONE_WITH_SESSION, or after a return that is not HSE_STATUS_PENDING: it is a defect of the extension, which would crash IIS.',
  },
];

/** A refusal in words, from the rows of the tables: its advice fits the reason and the settings that it was refused with. */
export function describeRefusal(refused: Refused): RefusalText {
  const { kind, code, name } = refused;
  const { title, purpose } = REFUSALS[kind];
  const row = code === undefined ? undefined : supportFunction(code);
  const subject =
    code === undefined ? (name ?? title) : row === undefined ? String(code) : `${String(code)} ${row.name}`;
  const known = kind === 'unknown-variable' && name !== undefined ? unknownVariable(name) : undefined;
  return {
    title,
    subject,
    purpose: row !== undefined && BY_FUNCTION.has(kind) ? `It ${row.purpose}.` : (known?.purpose ?? purpose),
    advice: known?.advice ?? adviceOf(refused, row) ?? REFUSALS[kind].advice,
  };
}

function adviceOf(refused: Refused, row: SupportFunction | undefined): string | undefined {
  const { kind, code, name = '' } = refused;
  if (kind === 'bad-argument') return badArgumentAdvice(code, name);
  if (kind === 'unsupported-function' || kind === 'async-call') return row?.advice;
  return REASONS.find((reason) => fits(refused, reason))?.advice;
}

function fits({ kind, code, name = '', detail }: Refused, reason: Reason): boolean {
  return (
    reason.kind === kind &&
    (reason.code === undefined || reason.code === code) &&
    (reason.name === undefined || reason.name.test(name)) &&
    (reason.detail === undefined || reason.detail === detail)
  );
}
