import { readFileSync } from 'node:fs';
import { messageOf } from '../../errors.js';

/** MIME types by extension, in lower case without the dot. */
export type Types = ReadonlyMap<string, string>;

/** Reads a file in the form of Apache's mime.types: a type and its extensions on each line. Returns text on failure. */
export function readTypes(path: string): Types | string {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    return `${path} cannot be read (${messageOf(error)}); name a file with MIME types, or leave the directive out`;
  }
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [type = '', ...extensions] = line.trim().split(/\s+/);
    if (type === '' || type.startsWith('#')) continue;
    for (const extension of extensions) types.set(extension.toLowerCase(), type);
  }
  return types;
}
