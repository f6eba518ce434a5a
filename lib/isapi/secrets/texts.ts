import { isSecretField, secretHeader, type SecretForm } from './names.js';

/** What stands in the place of a secret in a text. */
export const MASK = '********';

/** Attributes of a cookie that are shown; anything else behind it is taken for a part of its value. */
const COOKIE_ATTRIBUTE =
  /^\s*(?:path|domain|expires|max-age|secure|httponly|samesite|priority|partitioned)\s*(?:=|$)/i;

/** `//user:password@` of a URL. */
const USER_INFO = /(\/\/[^/?#@:]*:)[^/?#]*@/g;

/**
 * A URL, a query or a form with the values of secret parameters masked. A value ends at `&` alone: what stands behind a
 * `;` may still be a part of it.
 */
export function maskPairs(text: string): string {
  if (!text.includes('=') && !text.includes('@')) return text;
  const url = text.replace(USER_INFO, `$1${MASK}@`);
  let masked = '';
  let at = 0;
  while (at < url.length) {
    const equals = url.indexOf('=', at);
    if (equals < 0) break;
    const name = nameBefore(url, at, equals);
    masked += url.slice(at, equals + 1);
    at = equals + 1;
    if (!isSecretField(decodeName(name))) continue;
    const end = url.indexOf('&', at);
    const value = end < 0 ? url.slice(at) : url.slice(at, end);
    if (value !== '') masked += MASK;
    at += value.length;
  }
  return masked + url.slice(at);
}

const NAME_END = /[&;?#\s"'<>]/;

/** The name that ends at a place of a text. Looked for from its end: a client may send what has no end of beginnings. */
function nameBefore(text: string, from: number, end: number): string {
  let start = end;
  while (start > from && !NAME_END.test(text.charAt(start - 1))) start--;
  return text.slice(start, end);
}

/** A name with its percent encoding undone, as far as it is right. */
export function decodeName(name: string): string {
  return name.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** A header's value with what is secret in it masked. */
export function maskHeaderValue(name: string, value: string): string {
  const form = secretHeader(name);
  return form === undefined ? maskPairs(value) : maskForm(form, value);
}

function maskForm(form: SecretForm, value: string): string {
  if (value.trim() === '') return value;
  if (form === 'whole') return MASK;
  const [first = '', ...rest] = value.split(';');
  const others =
    form === 'cookies'
      ? rest.map(maskCookie)
      : rest.map((part) => (COOKIE_ATTRIBUTE.test(part) ? part : ` ${MASK}`));
  return [maskCookie(first), ...others].join(';');
}

/** A cookie's name is kept where it is one: behind what may be the end of Base64 there is no value. */
function maskCookie(pair: string): string {
  const named = /^([^=]*=)[^=]/.exec(pair);
  if (named) return `${named[1] ?? ''}${MASK}`;
  return pair.trim() === '' ? pair : MASK;
}

/** A block of header lines, those that go on in the next line included; what follows a blank line stays as it is. */
export function maskHeaderBlock(block: string): string {
  const end = /\r?\n\r?\n/.exec(block);
  const head = end === null ? block : block.slice(0, end.index);
  const masked = head.replace(
    /^([^:\r\n]*):((?:[^\r\n]|\r?\n[ \t])*)/gm,
    (_, name: string, value: string) => {
      const lead = /^[ \t]*/.exec(value)?.[0] ?? '';
      return `${name}:${lead}${maskHeaderValue(name.trim(), value.slice(lead.length))}`;
    },
  );
  return end === null ? masked : masked + block.slice(end.index);
}

/** The value of a server variable with what is secret in it masked. */
export function maskVariable(name: string, value: string): string {
  const upper = name.toUpperCase().replace(/^UNICODE_/, '');
  if (upper === 'ALL_RAW') return maskHeaderBlock(value);
  if (upper === 'ALL_HTTP') return maskAllHttp(value);
  const header = /^(?:HTTP|HEADER)_(.+)$/.exec(upper)?.[1];
  if (header !== undefined) return maskHeaderValue(header.replaceAll('_', '-'), value);
  if (isSecretField(upper)) return value === '' ? '' : MASK;
  return maskPairs(value);
}

/** ALL_HTTP has lines such as `HTTP_COOKIE:a=b`. */
function maskAllHttp(value: string): string {
  return value.replace(/^HTTP_([^:\r\n]*):([^\r\n]*)/gm, (_, name: string, text: string) => {
    return `HTTP_${name}:${maskHeaderValue(name.replaceAll('_', '-'), text)}`;
  });
}
