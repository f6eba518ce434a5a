/**
 * Reading of DER, the encoding that certificates and sessions come in. OpenSSL has parsed what gets here and found it
 * well-formed; whatever is not is read as far as it goes.
 */

/** One element: its tag as it stands in the encoding, and its content. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** with tag and length */
  readonly whole: Buffer;
}

export const DER = {
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OID: 0x06,
  BMP_STRING: 0x1e,
  UNIVERSAL_STRING: 0x1c,
  UTF8_STRING: 0x0c,
  UTC_TIME: 0x17,
  SEQUENCE: 0x30,
} as const;

/** The tag of the n-th constructed element with a context of its own. */
export const contextTag = (number: number): number => 0xa0 + number;
/** The tag of the n-th primitive element with a context of its own. */
export const primitiveTag = (number: number): number => 0x80 + number;

/** The elements that follow each other in a buffer. */
export function derElements(buffer: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at + 2 <= buffer.length) {
    const tag = buffer[at] ?? 0;
    let length = buffer[at + 1] ?? 0;
    let start = at + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || start + count > buffer.length) return elements;
      length = buffer.readUIntBE(start, count);
      start += count;
    }
    const end = start + length;
    if (end > buffer.length) return elements;
    elements.push({ tag, content: buffer.subarray(start, end), whole: buffer.subarray(at, end) });
    at = end;
  }
  return elements;
}

/** An object identifier with dots. */
export function derOid(content: Buffer): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (parts.length === 0) {
      const first = Math.min(Math.floor(value / 40), 2);
      parts.push(first, value - first * 40);
    } else {
      parts.push(value);
    }
    value = 0;
  }
  return parts.join('.');
}

/** A string of any of ASN.1's kinds as bytes in UTF-8. */
export function derText({ tag, content }: DerElement): Buffer {
  if (tag === DER.UTF8_STRING) return content;
  let text = '';
  if (tag === DER.BMP_STRING) {
    for (let at = 0; at + 1 < content.length; at += 2) text += String.fromCharCode(content.readUInt16BE(at));
  } else if (tag === DER.UNIVERSAL_STRING) {
    for (let at = 0; at + 3 < content.length; at += 4) {
      const point = content.readUInt32BE(at);
      text += point <= 0x10ffff ? String.fromCodePoint(point) : '?';
    }
  } else {
    text = content.toString('latin1');
  }
  return Buffer.from(text, 'utf8');
}

/** A UTCTime or GeneralizedTime. */
export function derTime({ tag, content }: DerElement): Date {
  const text = content.toString('latin1');
  const digits = tag === DER.UTC_TIME ? `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}` : text;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(digits)?.map(Number) ?? [];
  return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0));
}
