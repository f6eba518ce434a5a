import { Slot } from '../../config/settings.js';
import type { Types } from './types-file.js';

/** What extensions of file names can say. */
export type ExtensionKind = 'types' | 'handlers' | 'charsets' | 'encodings' | 'languages';

/**
 * What an extension means, by its name in lower case without the dot; null undoes an outer section's, and what the
 * section itself adds, as in Apache.
 */
export type Extensions = ReadonlyMap<string, string | null>;

export interface MimeSettings extends Readonly<Record<ExtensionKind, Extensions>> {
  /** the file of TypesConfig, or undefined for the built-in table */
  readonly typesFile: Types | undefined;
  /** DefaultLanguage: undefined for none */
  readonly defaultLanguage: string | undefined;
  /** path info counts as part of the file's name */
  readonly usePathInfo: boolean;
}

const NONE: Extensions = new Map();

const add = (outer: Extensions, inner: Extensions): Extensions => new Map([...outer, ...inner]);

export const MIME = new Slot<MimeSettings>(
  'mime',
  {
    types: NONE,
    handlers: NONE,
    charsets: NONE,
    encodings: NONE,
    languages: NONE,
    typesFile: undefined,
    defaultLanguage: undefined,
    usePathInfo: false,
  },
  { types: add, handlers: add, charsets: add, encodings: add, languages: add },
);
