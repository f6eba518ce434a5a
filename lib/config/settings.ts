/**
 * Settings that directives make, kept per module and merged from the outside in: server, directories, files,
 * locations. What was not set stays absent, so that a merge never overrides a value with a default.
 */

type Mergers<T> = { readonly [K in keyof T]?: (outer: T[K], inner: T[K]) => T[K] };

/** The settings of one module: their names, their defaults, and how a setting made twice is combined. */
export class Slot<T extends object> {
  readonly id: string;
  readonly defaults: Readonly<T>;
  readonly mergers: Mergers<T>;

  /** @param mergers for settings that are combined; any other setting of an inner section replaces the outer one */
  constructor(id: string, defaults: T, mergers: Mergers<T> = {}) {
    this.id = id;
    this.defaults = defaults;
    this.mergers = mergers;
  }
}

/** The settings of all modules at one place of the configuration, or merged for one request. */
export class Settings {
  readonly #made = new Map<Slot<object>, object>();
  readonly #read = new Map<Slot<object>, object>();

  /** The settings of a module with its defaults filled in. The same object is returned until one is set. */
  get<T extends object>(slot: Slot<T>): Readonly<T> {
    let read = this.#read.get(slot);
    if (read === undefined) {
      read = { ...slot.defaults, ...this.made(slot) };
      this.#read.set(slot, read);
    }
    return read as T;
  }

  /** Only what directives have set here. */
  made<T extends object>(slot: Slot<T>): Readonly<Partial<T>> {
    return (this.#made.get(slot) ?? {}) as Partial<T>;
  }

  /** Sets one setting; a setting made twice at the same place replaces the first. */
  set<T extends object, K extends keyof T>(slot: Slot<T>, key: K, value: T[K]): void {
    const made = { ...this.made(slot), [key]: value };
    this.#made.set(slot, made);
    this.#read.delete(slot);
  }

  /** New settings: this, overridden by `inner`. */
  merge(inner: Settings): Settings {
    const merged = new Settings();
    for (const [slot, made] of this.#made) merged.#made.set(slot, made);
    for (const [slot, made] of inner.#made) {
      merged.#made.set(slot, combine(slot, merged.#made.get(slot), made));
    }
    return merged;
  }
}

function combine(slot: Slot<object>, outer: object | undefined, inner: object): object {
  if (outer === undefined) return inner;
  const result: Record<string, unknown> = { ...outer, ...inner };
  const mergers = slot.mergers as Record<string, ((a: unknown, b: unknown) => unknown) | undefined>;
  for (const key of Object.keys(inner)) {
    const merge = mergers[key];
    if (merge && key in outer) {
      result[key] = merge((outer as Record<string, unknown>)[key], (inner as Record<string, unknown>)[key]);
    }
  }
  return result;
}
