import { Unreadable } from './byte-source.js';

/** What a version resource says. */
export interface VersionInformation {
  /** VS_FIXEDFILEINFO.dwFileVersion as "1.2.3.4", when it is there */
  readonly fileVersion?: string;
  readonly productVersion?: string;
  /** the texts by their names, such as CompanyName, as they stand in the first table that has them */
  readonly texts: Readonly<Record<string, string>>;
}

const SIGNATURE = 0xfeef04bd;
/** Blocks that are looked at: names and values of a few languages. */
const MOST_BLOCKS = 512;
/** A value is cut here. Characters. */
const LONGEST_VALUE = 1024;

interface Block {
  readonly key: string;
  readonly value: Buffer;
  readonly children: Buffer;
}

/**
 * Reads a VS_VERSIONINFO (winver.h). Lengths of values are in bytes or in characters, as compilers differ, so a text ends
 * at its NUL or with its block. Raises Unreadable.
 */
export function readVersion(bytes: Buffer): VersionInformation {
  const budget = { left: MOST_BLOCKS };
  const [root] = blocksOf(bytes, budget);
  if (root?.key !== 'VS_VERSION_INFO') throw new Unreadable('is damaged');
  const texts: Record<string, string> = {};
  const fixed = root.value;
  const hasFixed = fixed.length >= 24 && fixed.readUInt32LE(0) === SIGNATURE;
  for (const info of blocksOf(root.children, budget)) {
    if (info.key !== 'StringFileInfo') continue;
    for (const table of blocksOf(info.children, budget)) {
      for (const { key, value } of blocksOf(table.children, budget)) {
        const [text = ''] = value.toString('utf16le').split('\0', 1);
        if (!Object.hasOwn(texts, key) && key !== '' && text.trim() !== '') {
          texts[key] = text.trim().slice(0, LONGEST_VALUE);
        }
      }
    }
  }
  return {
    ...(hasFixed && { fileVersion: versionAt(fixed, 8), productVersion: versionAt(fixed, 16) }),
    texts,
  };
}

function versionAt(fixed: Buffer, offset: number): string {
  const parts = [offset + 2, offset, offset + 6, offset + 4].map((at) => fixed.readUInt16LE(at));
  return parts.join('.');
}

/** The blocks of a sequence: length, length of the value, type, key, value, children, each on four bytes. */
function blocksOf(bytes: Buffer, budget: { left: number }): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at + 6 <= bytes.length && budget.left-- > 0;) {
    const length = bytes.readUInt16LE(at);
    if (length < 6) break;
    const block = bytes.subarray(at, Math.min(at + length, bytes.length));
    const keyEnd = endOfText(block, 6);
    const valueStart = aligned(keyEnd + 2);
    // Texts are read up to their NUL: only the fixed part has a length that can be trusted.
    const isText = block.readUInt16LE(4) === 1;
    const valueLength = block.readUInt16LE(2) * (isText ? 2 : 1);
    const childrenStart = aligned(valueStart + valueLength);
    blocks.push({
      key: block.toString('utf16le', 6, keyEnd),
      value: block.subarray(valueStart, isText ? block.length : valueStart + valueLength),
      children: block.subarray(childrenStart),
    });
    at = aligned(at + length);
  }
  return blocks;
}

/** Where a text in UTF-16 ends: at its NUL, or where the bytes do. */
function endOfText(bytes: Buffer, start: number): number {
  let at = start;
  while (at + 2 <= bytes.length && bytes.readUInt16LE(at) !== 0) at += 2;
  return at;
}

function aligned(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}
