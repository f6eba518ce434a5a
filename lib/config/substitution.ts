/** What a substitution may become, in characters; a longer one fails the request (Apache's AP_PREGSUB_MAXLEN). */
export const MAX_SUBSTITUTION = 64 * 1024 - 1;

/**
 * A text with `$0` to `$9` replaced by what a regular expression has captured, and `\` taken away from in front of the
 * character that it protects, as Apache's `ap_pregsub` does. A group that took no part is nothing.
 * @param captures the whole match and its groups
 * @returns undefined when the result would be longer than MAX_SUBSTITUTION
 */
export function substitute(template: string, captures: ArrayLike<string | undefined>): string | undefined {
  let result = '';
  for (let at = 0; at < template.length; at++) {
    const character = template.charAt(at);
    const next = template.charCodeAt(at + 1);
    if (character === '$' && next >= 0x30 && next <= 0x39) {
      result += captures[next - 0x30] ?? '';
      at++;
    } else if (character === '\\' && at + 1 < template.length) {
      result += template.charAt(++at);
    } else {
      result += character;
    }
    if (result.length > MAX_SUBSTITUTION) return undefined;
  }
  return result;
}
