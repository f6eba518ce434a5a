import type { HeaderList } from './output.js';
import { reasonPhrase } from './status.js';

/** What Node reports with `clientError`: an error of its parser, of its timers, or of the socket. */
export interface ClientError extends Error {
  readonly code?: string;
  /** the parser's own words */
  readonly reason?: string;
  /** where in `rawPacket` the parser stopped */
  readonly bytesParsed?: number;
  readonly rawPacket?: Buffer;
}

/** The status for what the parser refuses; anything else of the parser is 400. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_INVALID_VERSION: 505,
  HPE_INVALID_METHOD: 501,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The status to answer, or undefined when the connection itself failed and nobody is there to answer. */
export function statusOf(error: ClientError): number | undefined {
  const code = error.code ?? '';
  if (code === 'HPE_INVALID_METHOD' && !METHOD.test(lineOf(error))) return 400;
  if (code === 'HPE_INVALID_VERSION' && !VERSION.test(lineOf(error))) return 400;
  return STATUSES[code] ?? (code.startsWith('HPE_') ? 400 : undefined);
}

/** A line that begins with a method, known or not. */
const METHOD = /^[A-Za-z]\S* /;

/** A line that ends in a version of HTTP, with a proper line end behind it. */
const VERSION = /^[^\n]* HTTP\/\d\.\d\r\n/;

/** What the parser was given from the beginning of the line that it stopped in, or behind, on. */
function lineOf({ rawPacket, bytesParsed = 0 }: ClientError): string {
  if (rawPacket === undefined) return '';
  let start = rawPacket.lastIndexOf('\n', Math.max(bytesParsed - 1, 0), 'latin1') + 1;
  // It may stop right behind the line.
  if (start === bytesParsed && start > 0) start = rawPacket.lastIndexOf('\n', start - 2, 'latin1') + 1;
  return rawPacket.toString('latin1', start, start + MAX_LINE);
}

/** So much of a line is looked at. */
const MAX_LINE = 64 * 1024;

/** What the error says of itself, for the log. */
export function reasonOf(error: ClientError): string {
  return error.reason ?? error.message;
}

/** The request line as far as it can be made out, for the access log. */
export function firstLine({ rawPacket }: ClientError, limit: number): string {
  if (rawPacket === undefined) return '';
  const text = rawPacket.toString('latin1', 0, limit);
  const end = text.search(/[\r\n]/);
  return end < 0 ? text : text.slice(0, end);
}

/** The headers of such a response that are not the server's own. */
export const PLAIN_HEADERS: HeaderList = [['Content-Type', 'text/html; charset=iso-8859-1']];

/** A whole response for a request that there is no response object for. */
export function plainResponse(status: number, software: string, body: Buffer, headers: HeaderList): Buffer {
  const head = [
    `HTTP/1.1 ${status} ${reasonPhrase(status)}`,
    `Date: ${new Date().toUTCString()}`,
    `Server: ${software}`,
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
