import type { Configuration } from '../../config/configuration.js';
import type { PoolSettings } from '../../config/pool-settings.js';
import type { WineHold } from '../../pool/runtimes/users.js';
import type { RuntimeOwner } from '../runtime-owners.js';
import type { Person } from '../../pool/rights/protocol.js';

/**
 * What a check has found. `fail`: extensions are not served until it is mended; `warn`: it may be a problem, or some
 * extensions are not served; `skip`: it was not looked at, or is not needed.
 */
export type State = 'ok' | 'warn' | 'fail' | 'skip';

/** One line of the report. */
export interface Finding {
  readonly name: string;
  readonly state: State;
  /** what is there */
  readonly text: string;
  /** what to do; there for warn and fail */
  readonly advice?: string;
}

/** What the checks know. */
export interface Context {
  readonly environment: NodeJS.ProcessEnv;
  readonly pools: ReadonlyMap<string, PoolSettings>;
  /** undefined where no configuration is looked at */
  readonly configuration: Configuration | undefined;
  /** keeps Wine from one trial to the next */
  readonly wine: WineHold;
  /** whether worker processes are started to see whether they do */
  readonly trial: boolean;
  /** the users that Windows extensions run as: the server's own first */
  readonly owners: readonly RuntimeOwner[];
}

/** A row of the table of checks. */
export interface Check {
  readonly group: 'Program' | 'Windows extensions' | 'Machine' | 'Configuration';
  /** short, for a column */
  readonly name: string;
  /** Looks. What it throws becomes a finding that fails. */
  run(context: Context): readonly Finding[] | Promise<readonly Finding[]>;
}

/** A person with the groups that it has beside its own. */
export interface PersonWithGroups extends Person {
  readonly groups: readonly number[];
  /** for people: "www-data", "user 33" */
  readonly label: string;
}

/** Findings of one thing, made short. */
export function ok(name: string, text: string): Finding {
  return { name, state: 'ok', text };
}

export function skip(name: string, text: string): Finding {
  return { name, state: 'skip', text };
}

export function warn(name: string, text: string, advice: string): Finding {
  return { name, state: 'warn', text, advice };
}

export function fail(name: string, text: string, advice: string): Finding {
  return { name, state: 'fail', text, advice };
}
