import { open, type FileHandle } from 'node:fs/promises';
import { METHODS, type IncomingHttpHeaders } from 'node:http';
import { send } from '@fastify/send';
import { messageOf } from '../errors.js';
import { displayText, escapePath, fileSystemPath, utf8Text } from './byte-string.js';
import type { Outcome } from './module.js';
import type { HeaderList } from './output.js';
import type { HttpRequest } from './request.js';
import { CORE } from './settings.js';

const ALLOW = ['Allow', 'GET,POST,OPTIONS,HEAD'] as const;
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);

/** Headers that make a request conditional or ask for a part: what the library looks at. */
const CONDITIONS = [
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
  'cache-control',
] as const;

/**
 * The default handler: sends the file that a URL leads to. Methods and statuses are those of Apache's core: a file
 * takes GET and HEAD, tells what it takes on OPTIONS, refuses methods of HTTP with 405 and unknown ones with 501.
 */
export async function serveFile(request: HttpRequest): Promise<Outcome> {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return refuseMethod(request);
  const refusal = refuseNonFile(request, false);
  if (refusal !== undefined) return refusal;
  if (method === 'POST') {
    request.log('methodRefused', { method, file: displayText(request.filename) });
    request.errorHeaders.push(ALLOW);
    return 405;
  }
  const handle = utf8Text(request.filename) === undefined ? await openUnnamed(request) : undefined;
  try {
    const path = handle ? `/proc/self/fd/${handle.fd}` : request.filename;
    const result = await send(messageOfRequest(request), escapePath(path), {
      cacheControl: false,
      contentType: false,
      dotfiles: 'allow',
      index: false,
    });
    if (result.type !== 'file') {
      result.stream.destroy();
      const range = result.headers['Content-Range'];
      if (range !== undefined) request.errorHeaders.push(['Content-Range', range]);
      return result.statusCode;
    }
    // Its types say text, but the library gives the length as a number.
    const given: Record<string, string | number> = result.headers;
    const headers = Object.entries(given).map(([name, value]): [string, string] => [name, String(value)]);
    if (request.contentType !== undefined && result.statusCode !== 304) {
      headers.push(['Content-Type', request.contentType]);
    }
    return await sendStream(request, result.statusCode, headers, result.stream);
  } finally {
    await handle?.close();
  }
}

function refuseMethod(request: HttpRequest): Outcome {
  const { method } = request;
  if (method === 'OPTIONS') {
    request.output.head(200, undefined, [ALLOW], 0);
    request.output.end();
    return 'done';
  }
  if (!KNOWN_METHODS.has(method)) {
    request.log('methodUnknown', { line: `${method} ${displayText(request.target)}` });
    return 501;
  }
  request.errorHeaders.push(ALLOW);
  return 405;
}

/** Logs and gives the status for what is not a file, or for path info that a handler does not take. */
export function refuseNonFile(request: HttpRequest, takesPathInfo: boolean): Outcome | undefined {
  const { fileKind, pathInfo } = request;
  if (fileKind === 'file' && (pathInfo === '' || pathInfoAccepted(request, takesPathInfo))) return undefined;
  const file = displayText(request.filename + pathInfo);
  if (fileKind === 'folder') {
    request.log('folderRequested', { file });
    return 404;
  }
  if (fileKind === 'other') {
    request.log('fileNotRegular', { file });
    return 403;
  }
  request.log('fileMissing', { file });
  return 404;
}

/** AcceptPathInfo: without it a handler decides for itself. */
function pathInfoAccepted(request: HttpRequest, byDefault: boolean): boolean {
  const setting = request.settings.get(CORE).acceptPathInfo;
  return setting === 'default' ? byDefault : setting === 'on';
}

/** The library takes names that are UTF-8; a file with another name is opened here and handed over by number. */
async function openUnnamed(request: HttpRequest): Promise<FileHandle | undefined> {
  return open(fileSystemPath(request.filename), 'r').catch((error: unknown) => {
    request.log('fileNotRead', { file: displayText(request.filename), reason: messageOf(error) });
    return undefined;
  });
}

/** The part of a request that the library reads: its method and the headers that set conditions. */
function messageOfRequest(request: HttpRequest): Parameters<typeof send>[0] {
  const headers: IncomingHttpHeaders = {};
  for (const name of CONDITIONS) {
    const value = request.header(name);
    if (value !== undefined) headers[name] = value;
  }
  return { method: request.method, headers } as unknown as Parameters<typeof send>[0];
}

async function sendStream(
  request: HttpRequest,
  status: number,
  headers: HeaderList,
  stream: NodeJS.ReadableStream,
): Promise<Outcome> {
  const { output } = request;
  try {
    // The head goes out with the first bytes, so that a file that cannot be read still gets an error document.
    for await (const chunk of stream) {
      if (!output.headSent) output.head(status, undefined, headers);
      if (!output.write(chunk as Buffer)) await output.drained();
      if (output.lost) return 'done';
    }
  } catch (error) {
    request.log('fileNotRead', { file: displayText(request.filename), reason: messageOf(error) });
    if (!output.headSent) return (error as NodeJS.ErrnoException).code === 'EACCES' ? 403 : 500;
    output.abort();
    return 'done';
  }
  if (!output.headSent) output.head(status, undefined, headers);
  output.end();
  return 'done';
}
