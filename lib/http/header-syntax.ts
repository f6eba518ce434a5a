import { HostError } from '../errors.js';

/**
 * What a header of a response may consist of. A character that breaks a line would let an extension's input write
 * headers of its own (response splitting), so such a response is refused as a whole.
 */

const TOKEN = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  TOKEN[character.charCodeAt(0)] = 1;
}

/** Whether a text is a token (RFC 9110, 5.6.2), such as the name of a header or a method. */
export function isToken(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (TOKEN[text.charCodeAt(index)] !== 1) return false;
  }
  return text !== '';
}

/** Whether a byte string has a control character other than a tab, or something that is no byte. */
export function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return true;
  }
  return false;
}

/** Throws RESPONSE_INVALID for a header that cannot be sent; the texts are Apache's. */
export function checkHeader(name: string, value: string): void {
  if (name === '') throw new HostError('RESPONSE_INVALID', 'Empty response header name');
  if (!isToken(name)) {
    throw new HostError('RESPONSE_INVALID', `Response header name '${name}' contains invalid characters`);
  }
  if (hasControlCharacter(value)) {
    throw new HostError(
      'RESPONSE_INVALID',
      `Response header '${name}' value of '${value}' contains invalid characters`,
    );
  }
}

/** Whether a comma-separated header value has a token, in any letter case. */
export function hasListToken(value: string, token: string): boolean {
  return value.split(',').some((item) => item.trim().toLowerCase() === token);
}

/** The number that a Content-Length stands for, or undefined when it is none. */
export function parseLength(value: string): number | undefined {
  const text = value.trim();
  if (text === '' || text.length > 15) return undefined;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return undefined;
  }
  return Number(text);
}
