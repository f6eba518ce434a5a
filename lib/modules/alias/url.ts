/**
 * How many characters of a URL path an alias's path stands for, or 0 when it is another one. Any number of slashes
 * matches any number, and the alias ends where a segment ends, as in Apache's `alias_matches`.
 */
export function aliasLength(path: string, fake: string): number {
  let at = 0;
  for (let index = 0; index < fake.length;) {
    if (fake.charAt(index) === '/') {
      if (path.charAt(at) !== '/') return 0;
      while (fake.charAt(index) === '/') index++;
      while (path.charAt(at) === '/') at++;
    } else if (path.charAt(at++) !== fake.charAt(index++)) {
      return 0;
    }
  }
  const isWhole = fake.endsWith('/') || at === path.length || path.charAt(at) === '/';
  return isWhole ? at : 0;
}

const UNESCAPED = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$-_.+!*'(),:;@&=/~") {
  UNESCAPED[character.charCodeAt(0)] = 1;
}

/** A path or URL for a Location header, escaped as Apache's `ap_escape_uri` does: `%c3` in lower case. */
export function escapeUri(text: string): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    escaped += UNESCAPED[code] === 1 ? text.charAt(index) : `%${code.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

/** A URL that was put together from parts of a request, escaped but for its query and its fragment. */
export function escapeUrl(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? escapeUri(url) : escapeUri(url.slice(0, end)) + url.slice(end);
}

/** Whether a text begins with a scheme (Apache's `ap_is_url`). */
export function isUrl(text: string): boolean {
  return /^[A-Za-z0-9+.-]+:/.test(text);
}
