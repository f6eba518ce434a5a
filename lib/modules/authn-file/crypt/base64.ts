/** The digits of crypt(3), which are not those of MIME, and whose lowest come first. */
export const CRYPT_DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A number as `count` digits, the lowest six bits first. */
export function encodeLowFirst(value: number, count: number): string {
  let text = '';
  for (let index = 0; index < count; index++) text += CRYPT_DIGITS.charAt((value >>> (6 * index)) & 63);
  return text;
}

/** Groups of up to three bytes of a digest, by their positions from the highest to the lowest byte, as digits. */
export function encodeGroups(digest: Uint8Array, groups: readonly (readonly number[])[]): string {
  return groups
    .map((group) => {
      const value = group.reduce((sum, position) => (sum << 8) | (digest[position] ?? 0), 0);
      return encodeLowFirst(value, group.length + 1);
    })
    .join('');
}
