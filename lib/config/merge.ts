import type { Settings } from './settings.js';

/** Merged settings that are kept; when there are more, all are forgotten and made again as they are needed. */
const MAX_MERGED = 4096;

/**
 * Merges settings and remembers every merge, so that requests to which the same sections apply share one object,
 * and with it what modules have read from it. Settings that nothing refers to any more, such as those of a
 * .htaccess file that was replaced, take their merges with them.
 */
export class Merger {
  readonly #base: Settings;
  #merges = new WeakMap<Settings, WeakMap<Settings, Settings>>();
  #count = 0;

  constructor(base: Settings) {
    this.#base = base;
  }

  get base(): Settings {
    return this.#base;
  }

  /** `outer` overridden by `inner`; the same two give the same object. */
  merge(outer: Settings, inner: Settings): Settings {
    let known = this.#merges.get(outer);
    const found = known?.get(inner);
    if (found) return found;
    if (this.#count >= MAX_MERGED) {
      this.#merges = new WeakMap();
      this.#count = 0;
      known = undefined;
    }
    if (!known) {
      known = new WeakMap();
      this.#merges.set(outer, known);
    }
    const merged = outer.merge(inner);
    known.set(inner, merged);
    this.#count++;
    return merged;
  }
}
