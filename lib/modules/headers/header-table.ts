/** The response headers that go with every response, also an error (Apache's `err_headers_out`). */
export const ALWAYS = 1;
/** The response headers that go with a response of a handler only (Apache's `headers_out`). */
export const ON_SUCCESS = 2;

/** A header field. Byte strings. */
export type Field = [name: string, value: string];

/** In which tables fields are; one that is not in it is of the table of successes. */
export type Membership = Map<Field, number>;

/**
 * One of the tables that a list of fields makes up, with the operations of Apache's tables. A field may be in both
 * tables: what an extension sends is, so that either kind of directive finds it.
 */
export class HeaderTable {
  readonly #fields: Field[];
  readonly #membership: Membership;
  readonly #table: number;

  constructor(fields: Field[], membership: Membership, table: number) {
    this.#fields = fields;
    this.#membership = membership;
    this.#table = table;
  }

  /** The first value of a header. */
  get(name: string): string | undefined {
    return this.#of(name)[0]?.[1];
  }

  add(name: string, value: string): void {
    const field: Field = [name, value];
    this.#fields.push(field);
    this.#membership.set(field, this.#table);
  }

  /** One field with this value, in the place of the first that there was. */
  set(name: string, value: string): void {
    const [first, ...others] = this.#of(name);
    if (first === undefined) {
      this.add(name, value);
      return;
    }
    first[1] = value;
    this.#remove(others);
  }

  /** Puts a value behind a comma at the end of the first field. */
  append(name: string, value: string): void {
    const first = this.#of(name)[0];
    if (first === undefined) this.add(name, value);
    else first[1] = `${first[1]}, ${value}`;
  }

  /** Like `append`, unless the first field has the value among those that commas separate. */
  merge(name: string, value: string): void {
    const first = this.get(name);
    if (first === undefined || !listItems(first).includes(value)) this.append(name, value);
  }

  unset(name: string): void {
    this.#remove(this.#of(name));
  }

  /** Replaces the value of each field of a name; false when one of them could not be made. */
  edit(name: string, replace: (value: string) => string | undefined): boolean {
    for (const field of this.#of(name)) {
      const value = replace(field[1]);
      if (value === undefined) return false;
      field[1] = value;
    }
    return true;
  }

  #of(name: string): Field[] {
    const lower = name.toLowerCase();
    return this.#fields.filter(
      (field) =>
        ((this.#membership.get(field) ?? ON_SUCCESS) & this.#table) !== 0 &&
        field[0].length === lower.length &&
        field[0].toLowerCase() === lower,
    );
  }

  #remove(fields: readonly Field[]): void {
    for (const field of fields) this.#fields.splice(this.#fields.indexOf(field), 1);
  }
}

/** What commas outside quotes separate, blanks in front taken away; those behind belong to it, as in Apache. */
function listItems(value: string): string[] {
  return [...value.matchAll(/\s*((?:"[^"]*"?|[^",])*)(?:,|$)/g)].map(([, item = '']) => item);
}
