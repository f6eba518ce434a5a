import type { Certificate } from './certificate.js';
import { contextTag, DER, derElements, derOid, derText } from './der.js';

const NOTHING = Buffer.alloc(0);

/** The forms of text that an extension may have as its value, the DisplayText of RFC 5280 (d2i_DISPLAYTEXT). */
const IA5_STRING = 0x16;
const VISIBLE_STRING = 0x1a;
const TEXTS: ReadonlySet<number> = new Set([DER.UTF8_STRING, DER.BMP_STRING, IA5_STRING, VISIBLE_STRING]);

/**
 * The values of an extension of a certificate that are texts, as byte strings.
 * @param id the object identifier with dots
 */
export function extensionTexts(certificate: Certificate | undefined, id: string): readonly string[] {
  if (!certificate) return [];
  const [whole] = derElements(certificate.x509.raw);
  const [body] = derElements(whole?.content ?? NOTHING);
  const fields = derElements(body?.content ?? NOTHING);
  const [list] = derElements(fields.find(({ tag }) => tag === contextTag(3))?.content ?? NOTHING);
  return derElements(list?.content ?? NOTHING).flatMap((extension) => {
    const [oid, ...rest] = derElements(extension.content);
    if (oid === undefined || derOid(oid.content) !== id) return [];
    const [value] = derElements(rest.at(-1)?.content ?? NOTHING);
    return value !== undefined && TEXTS.has(value.tag) ? [derText(value).toString('latin1')] : [];
  });
}
