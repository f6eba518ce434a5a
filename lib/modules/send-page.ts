import type { Outcome } from '../http/module.js';
import type { HttpRequest } from '../http/request.js';

/** What is sent: a page of the server's own, or what it says to programs. */
export interface SentPage {
  readonly type: string;
  readonly text: string;
  readonly status?: number;
  /** Content-Security-Policy of a page */
  readonly policy?: string;
  /** seconds after which a browser is to ask again */
  readonly refresh?: number;
}

export const HTML_TYPE = 'text/html; charset=utf-8';

/** Sends a text that holds for this moment only. */
export function sendPage(
  request: HttpRequest,
  { type, text, status = 200, policy, refresh = 0 }: SentPage,
): Outcome {
  const body = Buffer.from(text, 'utf8');
  const headers: [string, string][] = [
    ['Content-Type', type],
    ['Cache-Control', 'no-store'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'no-referrer'],
  ];
  if (policy !== undefined) headers.push(['Content-Security-Policy', policy]);
  if (refresh > 0) headers.push(['Refresh', String(refresh)]);
  request.output.head(status, undefined, headers, body.length);
  request.output.end(body);
  return 'done';
}

/** The status for a method other than GET and HEAD; undefined for these. */
export function refuseMethod(request: HttpRequest): number | undefined {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  request.errorHeaders.push(['Allow', 'GET,HEAD']);
  return 405;
}
