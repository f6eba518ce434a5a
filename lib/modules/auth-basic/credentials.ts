/** What a client says who it is: byte strings. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * The user and the password of an Authorization header; undefined without one, `other` when it is not Basic. What is
 * decoded ends at a NUL, as it does for Apache, and without a colon all of it is the user.
 */
export function basicCredentials(header: string | undefined): Credentials | 'other' | undefined {
  if (header === undefined) return undefined;
  const blank = header.indexOf(' ');
  const scheme = blank < 0 ? header : header.slice(0, blank);
  if (scheme.toLowerCase() !== 'basic') return 'other';
  const encoded = /^[ \t]*([A-Za-z0-9+/]*)/.exec(blank < 0 ? '' : header.slice(blank))?.[1] ?? '';
  const decoded = Buffer.from(encoded, 'base64').toString('latin1').split('\0', 1)[0] ?? '';
  const colon = decoded.indexOf(':');
  if (colon < 0) return { user: decoded, password: '' };
  return { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
