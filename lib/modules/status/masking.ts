/** Names of parameters whose values are nobody's business. */
const SECRET = /pass|pwd|secret|token|api_?key|credential|auth|session|^sid$|^pin$/i;

/** What stands in the place of a secret. */
export const MASK = '********';

export function isSecretField(name: string): boolean {
  return SECRET.test(name);
}

/** A URL or query with the values of secret parameters masked. */
export function maskPairs(text: string): string {
  return text.replace(/([^&?=]+)=([^&]*)/g, (pair, name: string) =>
    isSecretField(name) ? `${name}=${MASK}` : pair,
  );
}
