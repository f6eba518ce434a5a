import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { METHOD_NAMES } from '../config/methods.js';
import { messageOf } from '../errors.js';
import { displayText, fileSystemPath } from './byte-string.js';
import { parseRanges, type ByteRange } from './byte-ranges.js';
import { checkConditions, rangeApplies, type Validators } from './conditions.js';
import { withCharset } from './content-type.js';
import { CONTENT } from './content-settings.js';
import { digestOf, makeEtag } from './etag.js';
import { FilePieces } from './file-pieces.js';
import type { Outcome } from './module.js';
import type { HttpRequest } from './request.js';
import { CORE } from './settings.js';

/** What parts the pieces of a response with several ranges: nobody can know it and put it into a file. */
const BOUNDARY = randomBytes(8).toString('hex');

/**
 * The default handler: sends the file that a URL leads to. Methods and statuses are those of Apache's core: a file
 * takes GET, HEAD and POST, tells what it takes on OPTIONS, refuses methods of HTTP with 405 and unknown ones with 501.
 */
export async function serveFile(request: HttpRequest): Promise<Outcome> {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return refuseMethod(request);
  const refusal = refuseNonFile(request, false);
  if (refusal !== undefined) return refusal;
  let handle: FileHandle;
  try {
    handle = await open(fileSystemPath(request.filename), 'r');
  } catch (error) {
    request.log('fileNotRead', { file: displayText(request.filename), reason: messageOf(error) });
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' || code === 'ENFILE' ? 500 : 403;
  }
  try {
    return await sendFile(request, handle, await handle.stat());
  } catch (error) {
    request.log('fileNotRead', { file: displayText(request.filename), reason: messageOf(error) });
    if (!request.output.headSent) return 500;
    request.output.abort();
    return 'done';
  } finally {
    await handle.close();
  }
}

async function sendFile(request: HttpRequest, handle: FileHandle, stats: Stats): Promise<Outcome> {
  const { maxRanges, maxRangeOverlaps, maxRangeReversals, contentDigest } = request.settings.get(CONTENT);
  const modified = Math.floor(stats.mtimeMs / 1000);
  const etag = await makeEtag(request.settings, handle, stats, request.received);
  const validators: Validators = { etag, modified, now: Math.floor(request.received / 1000) };
  const headers: [string, string][] = [['Last-Modified', new Date(modified * 1000).toUTCString()]];
  if (etag !== '') headers.push(['ETag', etag]);
  headers.push(['Accept-Ranges', maxRanges === 0 ? 'none' : 'bytes']);
  const whole = [{ start: 0, end: stats.size - 1 }];
  const { errorStatus } = request;
  if (errorStatus !== undefined) {
    // It explains an error: no condition and no range was meant for it.
    addContentHeaders(request, headers);
    return sendRanges(request, handle, errorStatus, headers, whole, stats.size);
  }
  const status = checkConditions(request, validators);
  if (status === 304) {
    request.output.head(304, undefined, headers);
    request.output.end();
    return 'done';
  }
  if (contentDigest) headers.push(['Content-MD5', await digestOf(handle, 'md5')]);
  addContentHeaders(request, headers);
  if (status === 412) {
    request.output.head(412, undefined, headers, 0);
    request.output.end();
    return 'done';
  }
  const range = request.header('range');
  const asked =
    range !== undefined && rangeApplies(request, validators) ? parseRanges(range, stats.size) : undefined;
  if (
    asked === undefined ||
    asked.ranges.length > maxRanges ||
    asked.overlaps > maxRangeOverlaps ||
    asked.reversals > maxRangeReversals
  ) {
    return sendRanges(request, handle, 200, headers, whole, stats.size);
  }
  if (asked.ranges.length === 0) {
    request.errorHeaders.push(['Content-Range', `bytes */${stats.size}`]);
    return 416;
  }
  return sendRanges(request, handle, 206, headers, asked.ranges, stats.size);
}

/** The headers that say what a file is; those of a page for an error are not among them. */
function addContentHeaders(request: HttpRequest, headers: [string, string][]): void {
  const { contentType, contentEncoding, contentLanguages } = request;
  if (contentType !== undefined) {
    headers.push(['Content-Type', withCharset(contentType, request.settings)]);
  }
  if (contentEncoding !== undefined) headers.push(['Content-Encoding', contentEncoding]);
  if (contentLanguages.length > 0) headers.push(['Content-Language', contentLanguages.join(',')]);
}

/** Sends the whole, one part with Content-Range, or several as multipart/byteranges. */
async function sendRanges(
  request: HttpRequest,
  handle: FileHandle,
  status: number,
  headers: [string, string][],
  ranges: readonly ByteRange[],
  size: number,
): Promise<Outcome> {
  const { output, contentType } = request;
  const [first] = ranges;
  const pieces = new FilePieces(handle, output);
  if (ranges.length === 1 && first !== undefined) {
    if (status === 206) headers.push(['Content-Range', `bytes ${first.start}-${first.end}/${size}`]);
    output.head(status, undefined, headers, first.end - first.start + 1);
    if (request.method !== 'HEAD') await pieces.send(first);
    output.end();
    return 'done';
  }
  // The type of each part is what AddDefaultCharset makes of it, as that of the whole would be.
  const type = contentType === undefined ? undefined : withCharset(contentType, request.settings);
  const typeLine = type === undefined ? '' : `Content-type: ${type}\r\n`;
  const heads = ranges.map(({ start, end }) =>
    Buffer.from(
      `\r\n--${BOUNDARY}\r\n${typeLine}Content-range: bytes ${start}-${end}/${size}\r\n\r\n`,
      'latin1',
    ),
  );
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`, 'latin1');
  const length = ranges.reduce(
    (sum, { start, end }, index) => sum + (heads[index]?.length ?? 0) + end - start + 1,
    tail.length,
  );
  const others = headers.filter(([name]) => name !== 'Content-Type');
  others.push(['Content-Type', `multipart/byteranges; boundary=${BOUNDARY}`]);
  output.head(status, undefined, others, length);
  if (request.method !== 'HEAD') {
    for (const [index, range] of ranges.entries()) {
      await pieces.write(heads[index] ?? tail);
      if (!(await pieces.send(range))) return 'done';
    }
    await pieces.write(tail);
  }
  output.end();
  return 'done';
}

function refuseMethod(request: HttpRequest): Outcome {
  const { method } = request;
  const allow = ['Allow', allowedMethods(request)] as const;
  if (method === 'OPTIONS') {
    const type = request.contentType === undefined ? [] : [['Content-Type', request.contentType] as const];
    request.output.head(200, undefined, [allow, ...type], 0);
    request.output.end();
    return 'done';
  }
  request.errorHeaders.push(allow);
  if (request.settings.get(METHOD_NAMES).known.has(method)) return 405;
  request.log('methodUnknown', { line: `${method} ${displayText(request.target)}` });
  return 501;
}

/** What a file takes, in the order in which Apache names it. */
function allowedMethods(request: HttpRequest): string {
  const traces = request.host.settings.get(CONTENT).traceEnable !== 'off';
  return `GET,POST,OPTIONS,HEAD${traces ? ',TRACE' : ''}`;
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
