import { STATUS_CODES } from 'node:http';

/** Where Apache's wording differs from Node's: what logs, scripts and people's eyes are used to. */
const APACHE_REASONS: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  416: 'Requested Range Not Satisfiable',
  418: "I'm A Teapot",
};

const REASONS: readonly (string | undefined)[] = Array.from(
  { length: 600 },
  (_, status) => APACHE_REASONS[status] ?? STATUS_CODES[status],
);

/** The standard reason phrase of a status, or "" when it has none. */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? '';
}

/** Whether a response with this status, or to this method, is sent without a body (RFC 9112, 6.3). */
export function hasNoBody(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}
