import type { Settings } from '../config/settings.js';
import { CONTENT } from './content-settings.js';

/** The types that AddDefaultCharset is for. */
const TEXTS: ReadonlySet<string> = new Set(['text/plain', 'text/html']);

/** A content type with AddDefaultCharset's charset, where it is plain text or HTML and has none. */
export function withCharset(type: string, settings: Settings): string {
  const { defaultCharset } = settings.get(CONTENT);
  if (defaultCharset === '') return type;
  const semicolon = type.indexOf(';');
  const plain = semicolon < 0 ? type : type.slice(0, semicolon);
  if (!TEXTS.has(plain.trim().toLowerCase()) || /;\s*charset\s*=/i.test(type)) return type;
  return `${type}; charset=${defaultCharset}`;
}
