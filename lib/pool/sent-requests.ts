import { isLater, type ServerScoreboard } from '../channel/scoreboard.js';
import type { Exchange } from './exchange.js';
import type { RunningRequest } from './running-request.js';

/** The requests that a worker thread has been sent: the first one runs, the others wait in the pipe behind it. */
export class SentRequests {
  readonly #thread: number;
  readonly #scoreboard: ServerScoreboard;
  #requests: RunningRequest[] = [];

  /** @param thread index of the thread in the scoreboard */
  constructor(thread: number, scoreboard: ServerScoreboard) {
    this.#thread = thread;
    this.#scoreboard = scoreboard;
  }

  get running(): RunningRequest | undefined {
    return this.#requests[0];
  }

  /** How many wait behind the one that runs. */
  get ahead(): number {
    return Math.max(0, this.#requests.length - 1);
  }

  /** The one that is inside an extension, as the worker notes it. */
  get inside(): RunningRequest | undefined {
    const inside = this.#scoreboard.inside(this.#thread);
    return this.#requests.find(({ number }) => number === inside);
  }

  add(request: RunningRequest): void {
    this.#requests.push(request);
  }

  /** The running one is over; the next one runs. */
  shift(): RunningRequest | undefined {
    const request = this.#requests.shift();
    request?.end();
    return request;
  }

  /** The worker has not begun this one, because it was taken back: it is no longer there. */
  skip(number: number): RunningRequest | undefined {
    const index = this.#requests.findIndex((request) => request.number === number);
    const [request] = index < 0 ? [] : this.#requests.splice(index, 1);
    request?.end();
    return request;
  }

  /**
   * Takes back those that wait behind the running one. Both sides agree by the scoreboard: the worker notes what it
   * begins before it looks whether that was taken back. Those that it may have begun stay, and are returned by it if it
   * has not. Before it meets the running one it may still meet others of before, and must find them taken back.
   */
  takeBack(): Exchange[] {
    const [running, ...waiting] = this.#requests;
    const last = waiting.at(-1);
    if (!running || !last || this.#scoreboard.begun(this.#thread) !== running.number) return [];
    const begun = this.#scoreboard.recall(this.#thread, running.number, last.number);
    if (begun !== running.number) return [];
    this.#requests.length = 1;
    return ended(waiting);
  }

  /**
   * The worker is no more: those that it had begun fail, the others are returned. Several may have been begun, because
   * the end of a response may be lost with the worker.
   * @param suspects those whose extension may have ended it
   */
  lose(reason: string, suspects: readonly Exchange[]): Exchange[] {
    const begun = this.#scoreboard.begun(this.#thread);
    const all = this.#requests;
    this.#requests = [];
    const unbegun = all.filter(({ number }) => isLater(number, begun));
    for (const exchange of ended(all.slice(0, all.length - unbegun.length))) {
      exchange.onFailure({ kind: 'lost', reason, suspected: suspects.includes(exchange) });
    }
    return ended(unbegun);
  }
}

function ended(requests: readonly RunningRequest[]): Exchange[] {
  return requests.map((request) => {
    request.end();
    return request.exchange;
  });
}
