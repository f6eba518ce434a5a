import fs from 'node:fs';
import { fileSystemPath } from '../../http/byte-string.js';
import type { ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { scriptName } from './facts.js';

/** The local URL that an extension means: a relative one is relative to the extension's own. */
export function resolveUrl(request: HttpRequest, url: string): string {
  if (url.startsWith('/')) return url;
  const own = scriptName(request);
  return own.slice(0, own.lastIndexOf('/') + 1) + url;
}

/** Whether a URL names another server or scheme. */
export function isAbsoluteUrl(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(url) || url.startsWith('//');
}

/** A URL of an extension as one that a client could send: what it left unescaped in the path, such as blanks, is escaped. */
export function escapeUrl(url: string): string {
  const path = pathOf(url);
  const escaped = path.replace(/[\x01-\x20#\x7f]/g, (each) => encodeURIComponent(each));
  return escaped + url.slice(path.length);
}

/** The answer to MAP_URL_TO_PATH: the path alone, "" for a URL that leads nowhere, such as one with a bad escape. */
export function mapUrl(server: ServerContext, request: HttpRequest, url: string): string {
  return server.mapUrl(request, escapeUrl(pathOf(resolveUrl(request, url)))).filename;
}

/**
 * The answer to MAP_URL_TO_PATH_EX, separated by NUL: the path (a folder's ends in a slash), what it is, and how many
 * characters of the URL and of the path lead to something that exists.
 */
export function mapUrlEx(server: ServerContext, request: HttpRequest, url: string): string {
  const mapped = mapUrl(server, request, url);
  const { kind, matched } = longestExisting(mapped);
  const path = kind === 'folder' && !mapped.endsWith('/') ? `${mapped}/` : mapped;
  const unmatched = Math.max(0, mapped.length - matched);
  return [path, kind, url.length - unmatched, path.length - unmatched].join('\0');
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** How much of a path exists: a file without, a folder with its slash; and what the whole path is. */
function longestExisting(path: string): { kind: 'file' | 'folder' | 'missing'; matched: number } {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const part = path.slice(0, end);
    const stat = statOf(part);
    if (!stat) continue;
    const whole = end === path.length || path.slice(end) === '/';
    if (stat.isDirectory())
      return { kind: whole ? 'folder' : 'missing', matched: Math.min(end + 1, path.length) };
    return { kind: 'file', matched: end };
  }
  return { kind: 'missing', matched: 0 };
}

/** What is at a path; undefined when there is nothing, or nothing that may be seen. */
function statOf(part: string): fs.Stats | undefined {
  try {
    return fs.statSync(fileSystemPath(part));
  } catch {
    return undefined;
  }
}
