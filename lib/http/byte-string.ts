/**
 * Byte strings: one character per byte. URLs and file names are bytes and need not be UTF-8, so the server handles
 * them in this form and turns them into text only to show them, and into buffers only for the file system.
 */

/** What the file system functions take for a byte string. */
export function fileSystemPath(bytes: string): string | Buffer {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1');
}

/** The text that a byte string stands for, or undefined when it is not UTF-8. */
export function utf8Text(bytes: string): string | undefined {
  if (isAscii(bytes)) return bytes;
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return text.includes('\ufffd') && !bytes.includes('\xef\xbf\xbd') ? undefined : text;
}

/** A byte string for people: as UTF-8, or byte by byte where it is not. */
export function displayText(bytes: string): string {
  return utf8Text(bytes) ?? bytes;
}

/** An URL path from a decoded one: everything but unreserved characters and a few that are safe in a path escaped. */
export function escapePath(path: string): string {
  let escaped = '';
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    escaped +=
      code < 0x80 && PLAIN[code] === 1
        ? path.charAt(index)
        : `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

const PLAIN = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~!$&'()*+,;=:@") {
  PLAIN[character.charCodeAt(0)] = 1;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}
