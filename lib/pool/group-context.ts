import type { LateCall } from '../channel/notes.js';
import type { PoolSettings } from '../config/pool-settings.js';
import type { Log } from '../messages.js';
import type { Identity } from './identity.js';

/** What a group needs of the server. */
export interface GroupContext {
  readonly settings: PoolSettings;
  readonly runFolder: string;
  readonly identity: Identity | undefined;
  readonly log: Log;
  /** an extension of the pool has used a session that is over */
  onLateCall(file: string | undefined, call: Omit<LateCall, 'slot'>, pool: string): void;
  /** to be called before a runtime under Wine is started */
  useWine(): Promise<void>;
}
