/**
 * The variables of a request by their names. Letter case does not count when one is looked for, as in Apache's tables;
 * a variable keeps the case of the name that it was first set by.
 */
export class Environment extends Map<string, string> {
  override get(name: string): string | undefined {
    return super.get(name) ?? super.get(this.#known(name) ?? name);
  }

  override has(name: string): boolean {
    return super.has(name) || this.#known(name) !== undefined;
  }

  override set(name: string, value: string): this {
    return super.set(this.#known(name) ?? name, value);
  }

  override delete(name: string): boolean {
    return super.delete(this.#known(name) ?? name);
  }

  /** The name as it was set, when there is one that differs in nothing but letter case. */
  #known(name: string): string | undefined {
    if (this.size === 0 || super.has(name)) return undefined;
    const lower = name.toLowerCase();
    for (const known of this.keys()) {
      if (known.length === lower.length && known.toLowerCase() === lower) return known;
    }
    return undefined;
  }
}
