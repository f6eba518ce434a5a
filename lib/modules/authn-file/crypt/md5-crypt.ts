import { createHash } from 'node:crypto';
import { encodeGroups } from './base64.js';

const GROUPS = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]];

/**
 * The MD5 form of crypt(3), `$1$salt$...`, and Apache's own, `$apr1$salt$...`, which differ in their prefix alone.
 * @param magic `$1$` or `$apr1$`
 * @returns all of it, prefix and salt included
 */
export function md5Crypt(password: Buffer, salt: string, magic: string): string {
  const prefix = Buffer.from(magic, 'latin1');
  const salted = Buffer.from(salt.slice(0, 8), 'latin1');
  const first = md5(password, salted, password);
  const parts = [password, prefix, salted];
  for (let left = password.length; left > 0; left -= 16) parts.push(first.subarray(0, Math.min(16, left)));
  for (let bits = password.length; bits > 0; bits >>= 1) {
    parts.push(bits & 1 ? Buffer.from([0]) : password.subarray(0, 1));
  }
  let digest = md5(...parts);
  for (let round = 0; round < 1000; round++) {
    const odd = (round & 1) === 1;
    const pieces = [odd ? password : digest];
    if (round % 3 !== 0) pieces.push(salted);
    if (round % 7 !== 0) pieces.push(password);
    pieces.push(odd ? digest : password);
    digest = md5(...pieces);
  }
  return `${magic}${salt.slice(0, 8)}$${encodeGroups(digest, GROUPS)}`;
}

function md5(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
