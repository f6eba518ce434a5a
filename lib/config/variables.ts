import { Line, type Piece } from './lines.js';
import type { Problems } from './problems.js';

/** Characters in a line after variables were put in; a bound against values that grow by naming themselves. */
const MAX_EXPANDED_LENGTH = 65_536;

/** What `Define` and `-D` have made, and the environment behind it. */
export class Variables {
  readonly #defined = new Map<string, string | undefined>();
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(defines: readonly string[], environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment;
    for (const name of defines) this.define(name);
  }

  /** Without a value the name only counts for `<IfDefine>`. */
  define(name: string, value?: string): void {
    // `Define NAME` leaves an earlier value of NAME in place, as in Apache.
    this.#defined.set(name, value ?? this.#defined.get(name));
  }

  /** All that was made, with the values. */
  get defined(): ReadonlyMap<string, string | undefined> {
    return this.#defined;
  }

  undefine(name: string): void {
    this.#defined.delete(name);
  }

  /** For `<IfDefine>`: environment variables do not count. */
  isDefined(name: string): boolean {
    return this.#defined.has(name);
  }

  value(name: string): string | undefined {
    const value = this.#defined.get(name);
    if (value !== undefined) return value;
    return Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
  }

  /**
   * Puts the values of `${NAME}` into a line, before it is split into words, as Apache's `ap_resolve_env`: a value
   * is not expanded again, a name with a `:` is left alone, an unknown one stays as it is with a warning.
   * Undefined when the line grows too long; the problem is reported.
   */
  expand(line: Line, problems: Problems): Line | undefined {
    const { text } = line;
    if (!text.includes('${')) return line;
    const parts: string[] = [];
    const pieces: Piece[] = [];
    let length = 0;
    let copied = 0;
    const copy = (to: number): void => {
      pieces.push(...piecesOf(line, copied, to, length));
      parts.push(text.slice(copied, to));
      length += to - copied;
      copied = to;
    };
    for (let at = text.indexOf('${'); at >= 0; at = text.indexOf('${', at)) {
      const end = text.indexOf('}', at);
      if (end < 0) break;
      const name = text.slice(at + 2, end);
      const value = name.includes(':') ? undefined : this.value(name);
      if (value === undefined) {
        if (!name.includes(':')) {
          problems.warning(`Config variable \${${name}} is not defined`, line.place(at));
        }
      } else {
        copy(at);
        const place = line.place(at);
        pieces.push({ offset: length, line: place.line, column: place.column, fixed: true });
        parts.push(value);
        length += value.length;
        copied = end + 1;
      }
      at = end + 1;
    }
    copy(text.length);
    if (length > MAX_EXPANDED_LENGTH) {
      problems.error(
        `the line has ${length} characters after its variables were put in, which is more than ${MAX_EXPANDED_LENGTH}; define shorter values`,
        line.place(0),
      );
      return undefined;
    }
    return new Line(line.file, parts.join(''), pieces);
  }
}

/** The pieces of a part of a line, moved to where the part stands in the new line. */
function piecesOf(line: Line, from: number, to: number, offset: number): Piece[] {
  const start = line.place(from);
  const first: Piece = { offset, line: start.line, column: start.column, fixed: false };
  const rest = line.pieces.filter((piece) => piece.offset > from && piece.offset <= to);
  return [first, ...rest.map((piece) => ({ ...piece, offset: piece.offset - from + offset }))];
}
