import type { RefusalKind } from '../../isapi/refusals.js';

/** Something that an extension did and that the server refused or honoured in part. Texts are for display. */
export interface JournalRecord {
  readonly kind: RefusalKind;
  /** file of the extension */
  readonly extension: string;
  readonly pool?: string | undefined;
  /** the function of ServerSupportFunction, where it is one */
  readonly code?: number | undefined;
  /** another call, the variable, the header, or what is wrong: what tells it from others of its kind */
  readonly name?: string | undefined;
  /** what else helps to understand it; of several that are otherwise the same the last one's is kept */
  readonly detail?: string | undefined;
  /** the last error that the extension was given; 0 or undefined when it was given none */
  readonly error?: number | undefined;
  /** method and URL of the request, secrets masked */
  readonly url?: string | undefined;
  /** id of the request, as in the error log */
  readonly request?: string | undefined;
  /** how often it happened; 1 by default */
  readonly count?: number | undefined;
}

/** Records that are the same but for their request, added up. Times are milliseconds since 1970. */
export interface JournalEntry extends JournalRecord {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** The call journal as other modules see it. */
export interface Journal {
  /** Notes something. Cheap: nothing is written before a moment has passed. */
  record(record: JournalRecord): void;
  /** everything that is known, the latest last */
  entries(): readonly JournalEntry[];
  /** how much was refused, by the extension's file */
  counts(): ReadonlyMap<string, number>;
  /** entries that were forgotten because there were too many */
  readonly dropped: number;
}
