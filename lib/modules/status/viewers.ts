import type { Output } from '../../http/output.js';
import type { Section } from './page/page.js';

/** Pages that are brought up to date at the same time at most. */
export const MAX_VIEWERS = 8;

/** How often they are. Milliseconds. */
const UPDATE_MS = 2000;

/** So many updates a viewer may miss, because it does not take what was sent, before its connection is ended. */
const MAX_MISSED = 3;

/** How long a browser waits before it asks again after the stream has ended. Milliseconds. */
const RECONNECT_MS = 3000;

interface Viewer {
  readonly output: Output;
  /** what it was sent, by section */
  readonly sent: Map<string, string>;
  missed: number;
  /** it has not taken what it was sent last */
  blocked: boolean;
}

/** The pages that are open and follow what happens, by server-sent events: each gets the sections that have changed. */
export class Viewers {
  readonly #viewers = new Set<Viewer>();
  readonly #render: () => readonly Section[];
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  /** @param render makes the sections as they are now; called once for all viewers */
  constructor(render: () => readonly Section[]) {
    this.#render = render;
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** Takes up a viewer, whose response has begun. False when there are enough, or when no more are taken. */
  add(output: Output): boolean {
    if (this.#ended || this.#viewers.size >= MAX_VIEWERS) return false;
    const viewer: Viewer = { output, sent: new Map(), missed: 0, blocked: false };
    this.#viewers.add(viewer);
    output.onLost(() => {
      this.#remove(viewer);
    });
    output.head(200, undefined, [
      ['Content-Type', 'text/event-stream'],
      ['Cache-Control', 'no-store'],
      ['X-Accel-Buffering', 'no'],
    ]);
    this.#write(viewer, `retry: ${RECONNECT_MS}\n\n${eventFor(viewer, this.#render())}`);
    this.#timer ??= setInterval(() => {
      this.update();
    }, UPDATE_MS).unref();
    return true;
  }

  /** Brings all viewers up to date: called by the timer. */
  update(): void {
    const sections = this.#render();
    for (const viewer of this.#viewers) {
      if (!viewer.blocked) {
        viewer.missed = 0;
        this.#write(viewer, eventFor(viewer, sections));
      } else if (++viewer.missed >= MAX_MISSED) {
        this.#remove(viewer);
        viewer.output.abort();
      }
    }
  }

  /** Ends all streams; their pages ask again, and get to the configuration that is at work then. */
  end(): void {
    this.#ended = true;
    for (const viewer of this.#viewers) {
      this.#remove(viewer);
      viewer.output.end();
    }
  }

  #write(viewer: Viewer, text: string): void {
    if (viewer.output.write(Buffer.from(text, 'utf8'))) return;
    viewer.blocked = true;
    void viewer.output.drained().then(() => {
      viewer.blocked = false;
    });
  }

  #remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The event with the sections that a viewer does not have yet; a comment when it has them all. */
function eventFor({ sent }: Viewer, sections: readonly Section[]): string {
  const changed = sections.filter(({ id, text }) => sent.get(id) !== text);
  for (const { id, text } of changed) sent.set(id, text);
  if (changed.length === 0) return ':\n\n';
  const data = JSON.stringify(Object.fromEntries(changed.map(({ id, text }) => [id, text])));
  return `event: sections\ndata: ${data}\n\n`;
}
