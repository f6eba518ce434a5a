import type { Condition } from '../../config/expression/index.js';
import type { Place } from '../../config/place.js';
import { Slot } from '../../config/settings.js';
import type { LogFormat } from './format.js';

/** Whether a request is logged: a variable that is there, or is not, or a condition. */
export type LogCondition =
  { readonly variable: string; readonly isSet: boolean } | { readonly condition: Condition };

/** A log of CustomLog, GlobalLog or TransferLog. */
export interface AccessLog {
  /** an absolute path, or `|program` */
  readonly target: string;
  /** as written: a nickname or a format; undefined for the default format */
  readonly format: NamedFormat | undefined;
  readonly condition: LogCondition | undefined;
  /** virtual hosts with logs of their own have it as well */
  readonly isGlobal: boolean;
  readonly place: Place;
}

/** A format as it is written, which may be the nickname of another. */
export interface NamedFormat {
  readonly text: string;
  /** what it is if it is no nickname */
  readonly format: LogFormat;
}

export interface LogSettings {
  /** by nickname */
  readonly formats: ReadonlyMap<string, LogFormat>;
  /** that of LogFormat without a nickname */
  readonly defaultFormat: NamedFormat | undefined;
  readonly logs: readonly AccessLog[];
  readonly buffered: boolean;
}

/** Settings of the server and of virtual hosts; logs themselves are not merged (see AccessLogs). */
export const LOG = new Slot<LogSettings>(
  'log',
  { formats: new Map(), defaultFormat: undefined, logs: [], buffered: false },
  { formats: (outer, inner) => new Map([...outer, ...inner]) },
);
