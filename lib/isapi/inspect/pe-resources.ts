import { Unreadable, type ByteSource } from './byte-source.js';
import { DIRECTORY, offsetOf, type PeHeaders } from './pe-headers.js';

/** Types of resources that mean something for an extension (winuser.h). */
export const RESOURCE = { data: 10, version: 16, manifest: 24 } as const;

/** One resource of a PE file in one language. */
export interface Resource {
  /** a number of RESOURCE, or a name such as "TYPELIB" */
  readonly type: number | string;
  readonly name: number | string;
  /** a language identifier of Windows, 0 for a neutral one */
  readonly language: number;
  /** where it lies in the file */
  readonly offset: number;
  /** bytes */
  readonly size: number;
}

/** The resources of a PE file. */
export interface ResourceTable {
  /** IMAGE_RESOURCE_DIRECTORY.TimeDateStamp of the root: Borland's linkers note the time there */
  readonly stamp: number;
  readonly resources: readonly Resource[];
}

/** Entries that are looked at, of folders and of leaves together. */
const MOST_ENTRIES = 4096;
const IS_FOLDER = 0x80000000;
/** A name is no longer than this. Characters. */
const LONGEST_NAME = 256;

interface Entry {
  readonly id: number | string;
  readonly isFolder: boolean;
  /** from the start of the table */
  readonly target: number;
}

/** Reads the resource table of a PE file: three levels, for type, name and language. Raises Unreadable. */
export function readResources(source: ByteSource, headers: PeHeaders): ResourceTable {
  const { address } = headers.directory(DIRECTORY.resources);
  if (address === 0) return { stamp: 0, resources: [] };
  const table = offsetOf(headers, address);
  let left = MOST_ENTRIES;

  const nameAt = (offset: number): string => {
    const length = Math.min(source.u16(table + offset), LONGEST_NAME);
    return source.bytes(table + offset + 2, length * 2).toString('utf16le');
  };
  const entriesOf = (folder: number): Entry[] => {
    const at = table + folder;
    const count = source.u16(at + 12) + source.u16(at + 14);
    const entries: Entry[] = [];
    for (let i = 0; i < count; i++) {
      if (left-- <= 0) throw new Unreadable('is too large');
      const id = source.u32(at + 16 + i * 8);
      const target = source.u32(at + 20 + i * 8);
      entries.push({
        id: id >= IS_FOLDER ? nameAt(id - IS_FOLDER) : id & 0xffff,
        isFolder: target >= IS_FOLDER,
        target: target % IS_FOLDER,
      });
    }
    return entries;
  };

  const resources: Resource[] = [];
  for (const type of entriesOf(0)) {
    for (const name of type.isFolder ? entriesOf(type.target) : []) {
      for (const language of name.isFolder ? entriesOf(name.target) : []) {
        if (language.isFolder) continue;
        const leaf = table + language.target;
        resources.push({
          type: type.id,
          name: name.id,
          language: typeof language.id === 'number' ? language.id : 0,
          offset: offsetOf(headers, source.u32(leaf)),
          size: source.u32(leaf + 4),
        });
      }
    }
  }
  return { stamp: source.u32(table + 4), resources };
}
