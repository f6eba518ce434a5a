import type { LateCall } from '../channel/notes.js';
import type { Exchange } from './exchange.js';
import type { WorkerThread } from './worker-thread.js';

/** `releasing`: the response has ended, the extension is being unloaded. */
export type ThreadState = 'starting' | 'idle' | 'busy' | 'releasing' | 'ended';

/** What a thread tells its process. */
export interface ThreadEvents {
  /** ready for a request */
  idle(thread: WorkerThread): void;
  /** a request has ended and another one that was sent ahead has begun */
  advanced(thread: WorkerThread): void;
  /** a request that was sent ahead was not begun: it has to be run elsewhere */
  returned(exchange: Exchange): void;
  /** the thread has shown no sign of life for as long as it may: in an extension, loading it, or letting it go */
  timeout(thread: WorkerThread, milliseconds: number): void;
  /** a session was left pending: the process has to be replaced some day */
  orphaned(thread: WorkerThread): void;
  /** the extension has used a session that is over */
  late(call: LateCall): void;
  /** the worker's side of the pipe is closed; nothing more will come */
  ended(thread: WorkerThread): void;
}
