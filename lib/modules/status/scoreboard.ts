import type { GroupSnapshot, PoolSnapshot, ProcessSnapshot, ThreadSnapshot } from '../../pool/snapshots.js';

/** What a worker thread may be doing, one row each: the letters are those of mod_status. */
export const THREAD_MARKS = {
  idle: { letter: '_', text: 'waiting for a request' },
  starting: { letter: 'S', text: 'starting' },
  busy: { letter: 'W', text: 'serving a request' },
  releasing: { letter: 'I', text: 'unloading its extension' },
  finishing: { letter: 'G', text: 'serving a request in a process that then ends' },
  ended: { letter: '.', text: 'not started' },
} as const;
export type ThreadMark = keyof typeof THREAD_MARKS;

/** What a thread does, its process considered. */
export function markOf(worker: ProcessSnapshot, { state }: ThreadSnapshot): ThreadMark {
  if (worker.state === 'draining' && (state === 'busy' || state === 'releasing')) return 'finishing';
  if (worker.state === 'draining' && state === 'idle') return 'ended';
  return state;
}

/** A process's threads in letters, those that it may still start included. */
function letters(worker: ProcessSnapshot, threadsMax: number): string {
  const marks = worker.threads.map((thread) => THREAD_MARKS[markOf(worker, thread)].letter).join('');
  return marks.padEnd(worker.state === 'draining' ? 0 : threadsMax, THREAD_MARKS.ended.letter);
}

/** All worker threads as mod_status shows its workers: a letter for each, and a dot for each that may be started. */
export function scoreboard(pools: readonly PoolSnapshot[]): string {
  return pools
    .flatMap(({ groups }) => groups)
    .map(groupLetters)
    .join('');
}

function groupLetters({ processes, threadsMax }: GroupSnapshot): string {
  const current = processes.some(({ state }) => state !== 'draining');
  const board = processes.map((worker) => letters(worker, threadsMax)).join('');
  return current ? board : board.padEnd(board.length + threadsMax, THREAD_MARKS.ended.letter);
}
