import type { HttpRequest } from './request.js';

const noted = new WeakMap<HttpRequest, string[]>();

/** Notes that the response to a request depends on a header of it. */
export function noteVary(request: HttpRequest, header: string): void {
  const names = noted.get(request);
  if (names) names.push(header);
  else noted.set(request, [header]);
}

/** The headers that conditions have looked at for a request; undefined for none. */
export function varyOf(request: HttpRequest): readonly string[] | undefined {
  return noted.get(request);
}

/** Adds names to the Vary header of a response, those that are not in it. */
export function addVary(headers: [name: string, value: string][], names: readonly string[]): void {
  const entry = headers.find(([name]) => name.toLowerCase() === 'vary');
  const values = entry?.[1].split(',').map((value) => value.trim().toLowerCase()) ?? [];
  const missing: string[] = [];
  for (const name of names) {
    if (values.includes('*') || values.includes(name.toLowerCase())) continue;
    values.push(name.toLowerCase());
    missing.push(name);
  }
  if (missing.length === 0) return;
  if (entry) entry[1] = [entry[1], ...missing].join(',');
  else headers.push(['Vary', missing.join(',')]);
}
