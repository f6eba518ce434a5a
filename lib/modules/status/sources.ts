/** A failed request, as a list shows it. Texts are for people, secrets masked. */
export interface FailureSummary {
  readonly id: string;
  /** milliseconds since 1970 */
  readonly time: number;
  readonly method: string;
  readonly url: string;
  /** of the response, 0 when none was sent */
  readonly status: number;
  /** milliseconds */
  readonly duration: number;
  readonly client: string;
  readonly extension: string;
  readonly pool: string;
  /** why it is kept, in words */
  readonly why: string;
}

/** The failed requests that are kept with their traces. */
export interface FailureSource {
  /** the newest first */
  list(): readonly FailureSummary[];
  /** the lines of a trace; undefined when it is not there any more */
  read(id: string): Promise<readonly string[] | undefined>;
}

/** Calls of one kind that an extension has made in vain, or had only partly carried out. */
export interface JournalSummary {
  /** file of the extension */
  readonly extension: string;
  readonly pool: string;
  /** the function, with its number where it has one, or what else was wanted */
  readonly what: string;
  readonly count: number;
  /** milliseconds since 1970 */
  readonly first: number;
  readonly last: number;
  /** of a request that made it; secrets masked */
  readonly url: string;
  /** what it is for, and what to do */
  readonly advice: string;
}

/** What extensions have asked for in vain. */
export interface JournalSource {
  list(): readonly JournalSummary[];
}

/** What the status page shows besides numbers, each when it is there. */
export interface StatusSources {
  readonly failures?: FailureSource | undefined;
  readonly journal?: JournalSource | undefined;
}
