import { Slot } from './settings.js';

/**
 * A set of request methods, as `<Limit>` and `<LimitExcept>` make them: those that are named, or all but those.
 * HEAD is GET here, as everywhere in Apache.
 */
export class MethodSet {
  readonly #names: ReadonlySet<string>;
  readonly #except: boolean;

  constructor(names: Iterable<string>, except: boolean) {
    this.#names = new Set(Array.from(names, (name) => (name === 'HEAD' ? 'GET' : name)));
    this.#except = except;
  }

  static get ALL(): MethodSet {
    return ALL;
  }

  static get NONE(): MethodSet {
    return NONE;
  }

  has(method: string): boolean {
    return this.#names.has(method === 'HEAD' ? 'GET' : method) !== this.#except;
  }

  get isAll(): boolean {
    return this.#except && this.#names.size === 0;
  }

  get isEmpty(): boolean {
    return !this.#except && this.#names.size === 0;
  }

  intersect(other: MethodSet): MethodSet {
    if (this.#except && other.#except) return new MethodSet([...this.#names, ...other.#names], true);
    const [named, test] = this.#except ? [other, this] : [this, other];
    return new MethodSet(
      [...named.#names].filter((name) => test.has(name)),
      false,
    );
  }

  union(other: MethodSet): MethodSet {
    return this.#complement().intersect(other.#complement()).#complement();
  }

  /** Whether the other set has all of this one's methods. */
  isWithin(other: MethodSet): boolean {
    return this.intersect(other.#complement()).isEmpty;
  }

  #complement(): MethodSet {
    return new MethodSet(this.#names, !this.#except);
  }
}

// Not static fields: the compiler loses the class in them when it has private methods as well.
const ALL = new MethodSet([], true);
const NONE = new MethodSet([], false);

/** The methods that Apache knows from the start (`ap_method_registry_init`). */
const METHODS =
  'GET HEAD PUT POST DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK ' +
  'VERSION-CONTROL CHECKOUT UNCHECKOUT CHECKIN UPDATE LABEL REPORT MKWORKSPACE MKACTIVITY BASELINE-CONTROL MERGE';

interface MethodSettings {
  /** the names of methods, in the letter case that counts */
  readonly known: ReadonlySet<string>;
}

/** The methods that directives may name. */
export const METHOD_NAMES = new Slot<MethodSettings>(
  'methods',
  { known: new Set(METHODS.split(' ')) },
  { known: (outer, inner) => new Set([...outer, ...inner]) },
);
