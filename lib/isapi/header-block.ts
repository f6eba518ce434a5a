/**
 * The header block: what SEND_RESPONSE_HEADER, SEND_RESPONSE_HEADER_EX, a first WriteClient and a TRANSMIT_FILE head
 * hand over as status and headers. The rules are Apache's (`ap_scan_script_header_err_core` as mod_isapi drives it),
 * recorded by running it. All texts are byte strings.
 */

/** A status as an extension gave it. */
export interface StatusText {
  /** 0 when the text begins with no number */
  readonly code: number;
  /** undefined: the standard phrase; "" when the text ends after "404 " */
  readonly reason: string | undefined;
  /** the line as it was given, for the log */
  readonly text: string;
}

/** What is wrong with a header block; the names are those of the log messages. */
export type BlockProblem =
  | { readonly kind: 'premature end' }
  | { readonly kind: 'bad header'; readonly line: string }
  | { readonly kind: 'invalid status'; readonly text: string }
  | { readonly kind: 'invalid value'; readonly name: string; readonly value: string }
  /** a header that is the server's own business, or a Content-Length that is no number */
  | { readonly kind: 'dropped'; readonly name: string; readonly value: string };

/** One header line, white space around the value removed. */
export type HeaderLine = readonly [name: string, value: string];

/** A header block taken apart. */
export interface ParsedBlock {
  readonly status: StatusText | undefined;
  readonly headers: readonly HeaderLine[];
  /** where the body begins behind the blank line */
  readonly bodyStart: number;
}

/**
 * Reads "404 Not Here", "HTTP/1.1 404 Not Here" or "Status: 404 Not Here": a text that does not begin with a digit
 * loses its first word when a digit follows. Only the first line counts.
 */
export function parseStatus(text: string): StatusText {
  const line = firstLine(text);
  return statusOf(/^\D/.test(line) ? line.replace(/^\S*\s+(?=\d)/, '') : line);
}

/**
 * The number that a text begins with, whatever follows: 404 of "404.3 Denied". What comes behind three digits and a
 * blank is the reason, as it stands, unless a status line could not have it.
 */
function statusOf(text: string): StatusText {
  const code = /^\s*([+-]?\d{1,9})/.exec(text)?.[1] ?? '0';
  return { code: Number(code), reason: /^\d{3} ([\x20-\x7e\x80-\xff]*)$/.exec(text)?.[1], text };
}

function firstLine(text: string): string {
  const end = text.search(/[\r\n]/);
  return end < 0 ? text : text.slice(0, end);
}

/**
 * Takes a block apart. `status` says whether the first line may be a status line; a first line with a colon is a
 * header all the same. Gives the problem instead when the blank line is missing or a line is no header.
 */
export function parseBlock(text: string, mayHaveStatus: boolean): ParsedBlock | BlockProblem {
  const headers: HeaderLine[] = [];
  let status: StatusText | undefined;
  let statusHeader: StatusText | undefined;
  let at = 0;
  for (let first = true; ; first = false) {
    const end = text.indexOf('\n', at);
    if (end < 0) return { kind: 'premature end' };
    const line = text.slice(at, end > at && text[end - 1] === '\r' ? end - 1 : end);
    at = end + 1;
    if (line === '') return { status: statusHeader ?? status, headers, bodyStart: at };
    const colon = line.indexOf(':');
    if (colon < 0) {
      if (!first || !mayHaveStatus) return { kind: 'bad header', line };
      status = parseStatus(line);
      continue;
    }
    const name = line.slice(0, colon);
    const value = trimBlanks(line.slice(colon + 1));
    if (name.toLowerCase() === 'status') statusHeader = statusOf(line.slice(colon + 1).trimStart());
    else headers.push([name, value]);
  }
}

/** Removes blanks and tabs at both ends. */
export function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

/**
 * Whether bytes written without headers sent before are a header block: `yes`, `no`, or `more` while they may still
 * become one. The first line must be a status line or a header, the others headers, and a blank line must end them.
 */
export function looksLikeBlock(text: string): 'yes' | 'no' | 'more' {
  let at = 0;
  for (let first = true; ; first = false) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? undefined : end > at && text[end - 1] === '\r' ? end - 1 : end);
    if (end < 0) return couldBecomeLine(line, first) ? 'more' : 'no';
    if (line === '') return 'yes';
    if (!HEADER_LINE.test(line) && !(first && STATUS_LINE.test(line))) return 'no';
    at = end + 1;
  }
}

/** A token, then a colon (RFC 9110 5.6.2). */
const HEADER_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:/;
const STATUS_LINE = /^(?:HTTP\/\d(?:\.\d)? +)?\d{3}(?: |$)/;
const TOKEN_BEGUN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*\r?$/;
const STATUS_BEGUN = /^(?:HTTP\/\d?(?:\.\d?)?(?: +\d{0,3})?|\d{0,3})\r?$/;

function couldBecomeLine(line: string, first: boolean): boolean {
  return (
    TOKEN_BEGUN.test(line) ||
    HEADER_LINE.test(line) ||
    (first && (STATUS_LINE.test(line) || STATUS_BEGUN.test(line)))
  );
}
