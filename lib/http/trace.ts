import type { Readable } from 'node:stream';
import { CONTENT } from './content-settings.js';
import type { Outcome } from './module.js';
import type { HttpRequest } from './request.js';

/** So much body an extended TRACE may have, as in Apache. Bytes. */
const MAX_BODY = 65_536;

/** Answers TRACE as TraceEnable allows: with the request as it came, and with its body only when `extended` does. */
export async function answerTrace(request: HttpRequest): Promise<Outcome> {
  const { traceEnable } = request.host.settings.get(CONTENT);
  if (traceEnable === 'off') {
    request.notes.set('error-notes', 'TRACE denied by server configuration');
    return 405;
  }
  // The length of a chunked body is not known: it has one in any case.
  const { contentLength = MAX_BODY } = request;
  if (contentLength > 0 && traceEnable === 'on') {
    request.notes.set('error-notes', 'TRACE with a request body is not allowed');
    return 413;
  }
  const body = contentLength === 0 ? Buffer.alloc(0) : await readBody(request.input);
  if (contentLength > MAX_BODY || body === undefined) {
    request.notes.set('error-notes', 'Extended TRACE request bodies cannot exceed 64k');
    return 413;
  }
  const lines = [`${request.method} ${request.target} ${request.protocol}`];
  const { rawHeaders } = request;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index] ?? ''}: ${rawHeaders[index + 1] ?? ''}`);
  }
  const echo = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
  request.output.head(200, undefined, [['Content-Type', 'message/http']], echo.length);
  request.output.end(echo);
  return 'done';
}

/** The whole body, or undefined when it is longer than allowed. Rejects when it breaks off. */
async function readBody(input: Readable): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of input) {
    // A body is a stream of bytes.
    const bytes = piece as Buffer;
    pieces.push(bytes);
    length += bytes.length;
    if (length > MAX_BODY) return undefined;
  }
  return Buffer.concat(pieces, length);
}
