import {
  parseBlock,
  parseStatus,
  type BlockProblem,
  type HeaderLine,
  type ParsedBlock,
  type StatusText,
} from './header-block.js';

/** What became of a status and header text that an extension handed over. */
export interface Submission {
  /** false: the call fails and the status becomes 500 */
  readonly accepted: boolean;
  /** the value for dwHttpStatusCode, or undefined to leave it */
  readonly statusCode: number | undefined;
  /** the part of the header text behind the blank line: body */
  readonly body: string;
  readonly problems: readonly BlockProblem[];
}

/** How several headers of one name are combined: Apache's merge as recorded. Names in lower case. */
const LAST_WINS = new Set([
  'location',
  'content-length',
  'content-range',
  'etag',
  'content-type',
  'last-modified',
]);
const SEPARATE = new Set(['set-cookie', 'www-authenticate', 'proxy-authenticate']);
/** Headers that are the server's own business: the extension's are dropped. */
const SERVERS_OWN = new Set(['server', 'date', 'transfer-encoding', 'keep-alive', 'trailer']);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether a value holds a control character other than a tab. */
function hasControl(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 32 && code !== 9) || code === 127) return true;
  }
  return false;
}

/** The three forms of a date in HTTP (RFC 9110 5.6.7). */
const HTTP_DATE =
  /^(?:\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT|\w{6,9}, \d{2}-\w{3}-\d{2} [\d:]{8} GMT|\w{3} \w{3} [ \d]\d [\d:]{8} \d{4})$/;

/** Last-Modified as it is sent: the preferred form of a date, none in the future; undefined when it is no date. */
function lastModified(value: string): string | undefined {
  const time = HTTP_DATE.test(value) ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`) : NaN;
  return Number.isNaN(time) ? undefined : new Date(Math.min(time, Date.now())).toUTCString();
}

/** Vary as it is sent: each name once, joined by a bare comma. */
function varyNames(value: string): string {
  const seen = new Map<string, string>();
  for (const name of value.split(/[\s,]+/)) {
    if (name !== '' && !seen.has(name.toLowerCase())) seen.set(name.toLowerCase(), name);
  }
  return [...seen.values()].join(',');
}

/** A media type in lower case, its parameters as they are. */
function mediaType(value: string): string {
  const end = value.indexOf(';');
  return end < 0 ? value.toLowerCase() : value.slice(0, end).toLowerCase() + value.slice(end);
}

/**
 * The status and headers that an extension has given so far. They stay unsent until the first body byte or the end
 * of the request; until then a further call adds to them, and its status wins.
 */
export class ResponseHead {
  /** 0 until a status was given */
  status = 0;
  reason: string | undefined;
  readonly #headers: [name: string, value: string][] = [];
  readonly #places = new Map<string, number>();
  /** a status or a header block was given and accepted */
  given = false;
  /** a header block was given, not only a status */
  hasBlock = false;
  /** a Content-Length that is no number was dropped: the response goes out without one, as in Apache */
  lengthDropped = false;
  /** a name or value that must not go out; the response becomes an error when it is to be sent */
  invalid: HeaderLine | undefined;

  get headers(): readonly HeaderLine[] {
    return this.#headers;
  }

  /**
   * SEND_RESPONSE_HEADER. `blockStatus` is dwHttpStatusCode, which takes the place of a status that cannot be read.
   * Without a header text the status text is taken as the header text.
   */
  submit(statusText: string, headerText: string, blockStatus: number): Submission {
    if (headerText === '') return this.#submitStatusOnly(statusText, blockStatus);
    /* Lines behind the status line are headers like those of the block. */
    const lineEnd = statusText.indexOf('\n');
    const extra = lineEnd < 0 ? '' : statusText.slice(lineEnd + 1);
    const text = extra === '' ? headerText : `${extra.replace(/\r?\n?$/, '')}\r\n${headerText}`;
    const parsed = parseBlock(text, statusText === '');
    if ('kind' in parsed) return this.#refuse(parsed);
    const given = statusText === '' ? undefined : parseStatus(statusText);
    return this.#accept(parsed, parsed.status ?? given, text, blockStatus);
  }

  /** The header block at the beginning of written bytes (see `looksLikeBlock`). */
  submitWritten(text: string): Submission {
    const parsed = parseBlock(text, true);
    if ('kind' in parsed) return this.#refuse(parsed);
    const keep = this.status !== 0 && parsed.status === undefined;
    return this.#accept(parsed, keep ? 'keep' : parsed.status, text, 0);
  }

  /** SEND_URL_REDIRECT_RESP: 302 with this Location, whatever was given before. */
  redirect(location: string): void {
    this.status = 302;
    this.reason = undefined;
    this.given = true;
    this.#add('Location', location);
  }

  /** Output without any headers: HTML with the status given so far. */
  assumeHtml(): void {
    if (this.status === 0) this.status = 200;
    this.given = true;
    if (!this.#places.has('content-type')) this.#add('Content-Type', 'text/html');
  }

  #submitStatusOnly(text: string, blockStatus: number): Submission {
    if (text === '') {
      /* Neither: success until the body says more. */
      return { accepted: true, statusCode: blockStatus === 0 ? 200 : undefined, body: '', problems: [] };
    }
    const lineEnd = text.indexOf('\n');
    const first = lineEnd < 0 ? text : text.slice(0, lineEnd);
    if (first.includes(':') || (lineEnd >= 0 && lineEnd < text.length - 1)) {
      const parsed = parseBlock(`${text}\r\n\r\n`, true);
      if ('kind' in parsed) return this.#refuse(parsed);
      return this.#accept({ ...parsed, bodyStart: text.length }, parsed.status, text, blockStatus);
    }
    const accepted = this.#setStatus(parseStatus(text), blockStatus);
    this.given = true;
    return { ...accepted, accepted: true, body: '' };
  }

  #accept(
    parsed: ParsedBlock,
    status: StatusText | 'keep' | undefined,
    text: string,
    blockStatus: number,
  ): Submission {
    const { statusCode, problems } =
      status === 'keep'
        ? { statusCode: this.status, problems: [] }
        : this.#setStatus(status ?? { code: 200, reason: undefined, text: '' }, blockStatus);
    this.given = true;
    this.hasBlock = true;
    const found = [...problems];
    for (const [name, value] of parsed.headers) {
      const problem = this.#add(name, value);
      if (problem) found.push(problem);
    }
    return { accepted: true, statusCode, body: text.slice(parsed.bodyStart), problems: found };
  }

  #refuse(problem: BlockProblem): Submission {
    this.status = 500;
    this.reason = undefined;
    return { accepted: false, statusCode: 500, body: '', problems: [problem] };
  }

  /**
   * 100 to 599 are statuses; 600 to 999 go out as they are and are noted; what is below or above goes out as 500,
   * and the block keeps the number, as its 32 bits can. A text without a number leaves what the block says, or 200.
   */
  #setStatus(status: StatusText, blockStatus: number): { statusCode: number; problems: BlockProblem[] } {
    const { code } = status;
    if (code === 0) {
      const instead = blockStatus >= 200 && blockStatus <= 599 ? blockStatus : 200;
      this.status = instead;
      this.reason = undefined;
      return { statusCode: instead, problems: [{ kind: 'invalid status', text: status.text }] };
    }
    const sendable = code >= 200 && code <= 999;
    this.status = sendable ? code : 500;
    this.reason = sendable ? status.reason : undefined;
    const odd = code < 100 || code > 599;
    return {
      statusCode: code >>> 0,
      problems: odd ? [{ kind: 'invalid status', text: status.text }] : [],
    };
  }

  #add(name: string, value: string): BlockProblem | undefined {
    const key = name.toLowerCase();
    if (!TOKEN.test(name) || hasControl(value)) {
      this.invalid ??= [name, value];
      return undefined;
    }
    if (SERVERS_OWN.has(key)) return { kind: 'dropped', name, value };
    if (key === 'content-length' && !/^\d{1,15}$/.test(value)) {
      this.lengthDropped = true;
      return { kind: 'dropped', name, value };
    }
    if (key === 'content-type' && value === '') return undefined;
    if (key === 'content-type') value = mediaType(value);
    if (key === 'last-modified') {
      const date = lastModified(value);
      if (date === undefined) return { kind: 'invalid value', name, value };
      value = date;
    }
    const place = SEPARATE.has(key) ? undefined : this.#places.get(key);
    const before = place === undefined ? undefined : this.#headers[place];
    if (before === undefined) {
      this.#places.set(key, this.#headers.length);
      this.#headers.push([name, key === 'vary' ? varyNames(value) : value]);
    } else if (key === 'vary') before[1] = varyNames(`${before[1]},${value}`);
    else if (LAST_WINS.has(key)) before[1] = value;
    else before[1] += `, ${value}`;
    return undefined;
  }
}
