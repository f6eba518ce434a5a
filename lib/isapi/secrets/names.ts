/**
 * What counts as a secret, by its name. Traces, which people hand on to others, show none of these. Letter case does
 * not count.
 */

/** How the value of a secret is made unrecognizable. */
export type SecretForm =
  /** all of it */
  | 'whole'
  /** name=value pairs, of which the names are kept */
  | 'cookies'
  /** one such pair, with attributes behind it */
  | 'set-cookie';

/** Headers whose values are secrets, one row each. */
const SECRET_HEADERS: Readonly<Record<string, SecretForm>> = {
  authorization: 'whole',
  'proxy-authorization': 'whole',
  'authentication-info': 'whole',
  'proxy-authentication-info': 'whole',
  cookie: 'cookies',
  cookie2: 'cookies',
  'set-cookie': 'set-cookie',
  'set-cookie2': 'set-cookie',
  'x-api-key': 'whole',
  'x-auth-token': 'whole',
  'x-csrf-token': 'whole',
  'x-xsrf-token': 'whole',
};

/** Names of form fields, query parameters and variables are secret when they have one of these within them. */
const SECRET_PARTS = [
  'password',
  'passwd',
  'passwort',
  'passphrase',
  'pwd',
  'secret',
  'token',
  'apikey',
  'api_key',
  'api-key',
  'credential',
  'privatekey',
  'private_key',
  'accesskey',
  'access_key',
  'access-key',
  'sessionid',
  'session_id',
  'session-id',
  'sessid',
];

/** Names that are secret as they are. */
const SECRET_FIELDS = new Set(['pass', 'pw', 'pin', 'auth', 'authorization', 'session', 'sid', 'otp']);

/** How a header's value is masked; undefined when it is no secret. */
export function secretHeader(name: string): SecretForm | undefined {
  const lower = name.toLowerCase();
  const form = Object.hasOwn(SECRET_HEADERS, lower) ? SECRET_HEADERS[lower] : undefined;
  return form ?? (isSecretField(lower) ? 'whole' : undefined);
}

/** Whether the value of a form field, a query parameter or a variable is a secret. */
export function isSecretField(name: string): boolean {
  const lower = name.toLowerCase();
  return SECRET_FIELDS.has(lower) || SECRET_PARTS.some((part) => lower.includes(part));
}
