import { createHash } from 'node:crypto';
import { encodeGroups } from './base64.js';

const ROUNDS = { least: 1000, usual: 5000, most: 999_999_999 };

interface Kind {
  readonly algorithm: string;
  readonly size: number;
  readonly groups: readonly (readonly number[])[];
}

/** Which bytes of the digest stand together: each group is the one before it, turned and moved by one. */
function groups(size: number, turn: (group: readonly number[]) => readonly number[]): number[][] {
  const result: number[][] = [];
  let group: readonly number[] = [0, size, 2 * size];
  for (let index = 0; index < size; index++) {
    result.push([...group]);
    group = turn(group).map((position) => position + 1);
  }
  return result;
}

const KINDS: Readonly<Record<string, Kind>> = {
  '5': {
    algorithm: 'sha256',
    size: 32,
    groups: [...groups(10, ([a = 0, b = 0, c = 0]) => [c, a, b]), [31, 30]],
  },
  '6': {
    algorithm: 'sha512',
    size: 64,
    groups: [...groups(21, ([a = 0, b = 0, c = 0]) => [b, c, a]), [63]],
  },
};

/**
 * The SHA-2 forms of crypt(3), `$5$[rounds=N$]salt$...` (SHA-256) and `$6$...` (SHA-512).
 * @param setting the beginning of a hash; what follows the salt does not count
 * @returns all of it, or undefined when the setting is not of this form
 */
export function shaCrypt(password: Buffer, setting: string): string | undefined {
  const [whole = '', id = '', given, salt = ''] =
    /^\$([56])\$(?:rounds=(\d{1,9})\$)?([^$\n:]{0,16})/.exec(setting) ?? [];
  const kind = KINDS[id];
  if (!kind) return undefined;
  const rounds = Math.min(Math.max(Number(given ?? ROUNDS.usual), ROUNDS.least), ROUNDS.most);
  const prefix = given === undefined ? whole : `$${id}$rounds=${rounds}$${salt}`;
  return `${prefix}$${encodeGroups(digestOf(kind, password, Buffer.from(salt, 'latin1'), rounds), kind.groups)}`;
}

function digestOf(kind: Kind, password: Buffer, salt: Buffer, rounds: number): Buffer {
  const hash = (...parts: readonly Buffer[]): Buffer => {
    const made = createHash(kind.algorithm);
    for (const part of parts) made.update(part);
    return made.digest();
  };
  const { length } = password;
  const second = hash(password, salt, password);
  const parts = [password, salt, stretch(second, length)];
  for (let bits = length; bits > 0; bits >>= 1) parts.push(bits & 1 ? second : password);
  let digest = hash(...parts);
  const p = stretch(hash(...Array.from({ length }, () => password)), length);
  const s = stretch(hash(...Array.from({ length: 16 + (digest[0] ?? 0) }, () => salt)), salt.length);
  for (let round = 0; round < rounds; round++) {
    const odd = (round & 1) === 1;
    const pieces = [odd ? p : digest];
    if (round % 3 !== 0) pieces.push(s);
    if (round % 7 !== 0) pieces.push(p);
    pieces.push(odd ? digest : p);
    digest = hash(...pieces);
  }
  return digest;
}

/** A digest repeated to a length. */
function stretch(digest: Buffer, length: number): Buffer {
  return Buffer.alloc(length, digest);
}
