/** Random values whose sequence is fixed by a seed, so that a failure can be repeated. */
export interface Random {
  /** a whole number from 0 up to, without, `limit` */
  below(limit: number): number;
  /** one of some values */
  pick<T>(values: readonly [T, ...T[]]): T;
  bytes(length: number): Buffer;
}

/** A generator of random values (xorshift). The seed is any number but 0. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
  return {
    below,
    pick: (values) => values[below(values.length)] ?? values[0],
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
