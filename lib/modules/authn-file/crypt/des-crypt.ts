import { CRYPT_DIGITS } from './base64.js';

/* The tables of FIPS 46-3. Bits are counted from 1, at the left. */

/** Six of 32 bits for each box, which overlap by one at both sides. */
const EXPANSION = Array.from(
  { length: 48 },
  (_, bit) => ((Math.floor(bit / 6) * 4 + (bit % 6) + 31) % 32) + 1,
);

const PERMUTATION = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22,
  11, 4, 25,
];

const FIRST_CHOICE = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];

const SECOND_CHOICE = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47,
  55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

const SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

const FINAL = Array.from({ length: 64 }, (_, bit) => {
  const column = bit % 8;
  return (column % 2 === 0 ? 40 : 8) + Math.floor(column / 2) * 8 - Math.floor(bit / 8);
});

/** The inverse of FINAL. */
const INITIAL = Array.from({ length: 64 }, (_, bit) => FINAL.indexOf(bit + 1) + 1);

/** Each of the boxes: four rows of sixteen hexadecimal digits. */
const BOXES = [
  'E4D12FB83A6C5907 0F74E2D1A6CB9538 41E8D62BFC973A50 FC8249175B3EA06D',
  'F18E6B34972DC05A 3D47F28EC01A69B5 0E7BA4D158C6932F D8A13F42B67C05E9',
  'A09E63F51DC7B428 D709346A285ECBF1 D6498F30B12C5AE7 1AD069874FE3B52C',
  '7DE3069A1285BC4F D8B56F03472C1AE9 A690CB7DF13E5284 3F06A1D8945BC72E',
  '2C417AB6853FD0E9 EB2C47D150FA3986 421BAD78F9C5630E B8C71E2D6F09A453',
  'C1AF92680D34E75B AF427C9561DE0B38 9EF528C3704A1DB6 432C95FABE17608D',
  '4B2EF08D3C975A61 D0B7491AE35C2F86 14BDC37EAF680592 6BD814A7950FE23C',
  'D2846FB1A93E50C7 1FD8A374C56B0E92 7B419CE206ADF358 21E74A8DFC90356B',
].map((box) => box.split(' ').map((row) => Array.from(row, (digit) => parseInt(digit, 16))));

type Bits = readonly number[];

/**
 * The oldest form of crypt(3): two characters of salt and eleven of hash. Seven bits of the first eight characters of
 * the password count.
 * @param salt two of the digits of crypt(3), or a hash that begins with them
 */
export function desCrypt(password: Buffer, salt: string): string {
  const keys = keySchedule(keyBits(password));
  const expansion = saltedExpansion(salt);
  let block: Bits = new Array<number>(64).fill(0);
  for (let round = 0; round < 25; round++) block = encrypt(block, keys, expansion);
  let text = salt.slice(0, 2);
  for (let start = 0; start < 64; start += 6) text += CRYPT_DIGITS.charAt(numberOf(block, start, 6));
  return text;
}

function keyBits(password: Buffer): Bits {
  return Array.from({ length: 64 }, (_, bit) => {
    const code = password[bit >> 3] ?? 0;
    return bit % 8 === 7 ? 0 : (code >> (6 - (bit % 8))) & 1;
  });
}

function keySchedule(key: Bits): Bits[] {
  const chosen = pick(key, FIRST_CHOICE);
  let left = chosen.slice(0, 28);
  let right = chosen.slice(28);
  return SHIFTS.map((shift) => {
    left = [...left.slice(shift), ...left.slice(0, shift)];
    right = [...right.slice(shift), ...right.slice(0, shift)];
    return pick([...left, ...right], SECOND_CHOICE);
  });
}

/** Each bit of the salt that is set exchanges two places of the expansion. */
function saltedExpansion(salt: string): Bits {
  const expansion = [...EXPANSION];
  for (let bit = 0; bit < 12; bit++) {
    const digit = CRYPT_DIGITS.indexOf(salt.charAt(Math.floor(bit / 6)));
    if (((digit >> (bit % 6)) & 1) === 0) continue;
    [expansion[bit], expansion[bit + 24]] = [expansion[bit + 24] ?? 0, expansion[bit] ?? 0];
  }
  return expansion;
}

function encrypt(block: Bits, keys: readonly Bits[], expansion: Bits): Bits {
  const start = pick(block, INITIAL);
  let left = start.slice(0, 32);
  let right = start.slice(32);
  for (const key of keys) {
    const mixed = pick(right, expansion).map((bit, index) => bit ^ (key[index] ?? 0));
    const output = BOXES.flatMap((box, index) => {
      const at = index * 6;
      const row = (mixed[at] ?? 0) * 2 + (mixed[at + 5] ?? 0);
      const value = box[row]?.[numberOf(mixed, at + 1, 4)] ?? 0;
      return [value >> 3, (value >> 2) & 1, (value >> 1) & 1, value & 1];
    });
    const permuted = pick(output, PERMUTATION);
    [left, right] = [right, left.map((bit, index) => bit ^ (permuted[index] ?? 0))];
  }
  return pick([...right, ...left], FINAL);
}

function pick(bits: Bits, positions: Bits): number[] {
  return positions.map((position) => bits[position - 1] ?? 0);
}

function numberOf(bits: Bits, start: number, count: number): number {
  let value = 0;
  for (let index = start; index < start + count; index++) value = value * 2 + (bits[index] ?? 0);
  return value;
}
