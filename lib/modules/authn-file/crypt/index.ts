import { createHash, timingSafeEqual } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { utf8Text } from '../../../http/byte-string.js';
import { desCrypt } from './des-crypt.js';
import { md5Crypt } from './md5-crypt.js';
import { shaCrypt } from './sha-crypt.js';

/** A form that hashes come in: how it is recognized, and the hash of a password with the same salt. */
interface Form {
  readonly pattern: RegExp;
  /** it takes no time to speak of */
  readonly quick?: true;
  matches(password: string, hash: string): boolean;
}

/** crypt(3) takes no longer passwords; to hash one takes time that grows with the square of its length. */
const MAX_PASSWORD = 512;

const FORMS: readonly Form[] = [
  {
    pattern: /^\{SHA\}/,
    quick: true,
    matches: (password, hash) => sameText(`{SHA}${sha1(password)}`, hash),
  },
  {
    pattern: /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/,
    matches(password, hash) {
      // The library takes text and hashes it as UTF-8; what is no UTF-8 cannot be the password.
      const text = utf8Text(password);
      return text !== undefined && bcrypt.compareSync(text, hash);
    },
  },
  {
    pattern: /^\$apr1\$/,
    matches: crypt((password, hash) => md5Crypt(password, hash.split('$')[2] ?? '', '$apr1$')),
  },
  {
    pattern: /^\$1\$/,
    matches: crypt((password, hash) => md5Crypt(password, hash.split('$')[2] ?? '', '$1$')),
  },
  { pattern: /^\$[56]\$/, matches: crypt(shaCrypt) },
  { pattern: /^[./0-9A-Za-z]{13}$/, matches: crypt(desCrypt) },
];

function crypt(make: (password: Buffer, hash: string) => string | undefined): Form['matches'] {
  return (password, hash) => {
    if (password.length > MAX_PASSWORD) return false;
    const made = make(Buffer.from(password, 'latin1'), hash);
    return made !== undefined && sameText(made, hash);
  };
}

function sha1(password: string): string {
  return createHash('sha1').update(password, 'latin1').digest('base64');
}

/** How long it takes does not say where two texts differ. */
function sameText(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')];
  return first.length === second.length && timingSafeEqual(first, second);
}

/** Whether a hash is of a form that is known here: plain text is none, as for Apache on Unix. */
export function hashCost(hash: string): 'quick' | 'slow' | 'unknown' {
  const form = FORMS.find(({ pattern }) => pattern.test(hash));
  if (!form) return 'unknown';
  return form.quick ? 'quick' : 'slow';
}

/**
 * Whether a password is the one that a hash was made of. Depending on the form and on what the hash itself asks for
 * that takes from microseconds to minutes.
 * @param password byte string
 */
export function verifyPassword(password: string, hash: string): boolean {
  return FORMS.find(({ pattern }) => pattern.test(hash))?.matches(password, hash) ?? false;
}
