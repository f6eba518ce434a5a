import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import type { VirtualHost } from '../config/configuration.js';
import type { LogParams, MessageName } from '../messages.js';
import { parseAuthority } from './authority.js';
import { displayText } from './byte-string.js';
import { CORE } from './settings.js';
import { parseTarget } from './url-path.js';

/** Why a request is refused before it gets to the modules. */
export interface Refused {
  readonly status: number;
  readonly message?: MessageName;
  readonly params?: LogParams;
  /** the connection cannot go on after it */
  readonly close: boolean;
}

/** What the head of a request says to the server itself. */
export interface Head {
  readonly serverName: string;
  readonly serverPort: number;
  readonly contentLength: number | undefined;
  readonly expectsContinue: boolean;
  /** as in Target; the undecoded path of a target that is refused, for pages and logs */
  readonly path: string;
  readonly query: string;
  readonly suspicious: boolean;
  readonly refused: Refused | undefined;
}

interface Fields {
  hosts: number;
  host: string;
  encoding: string | undefined;
  length: number | undefined;
  expect: string | undefined;
  largest: number;
}

const DEFAULT_PORT = 80;

/**
 * Reads the head of a request and checks what concerns the server itself: the limits, the Host, the encoding of the
 * body, the target. What Node's parser refuses does not get here.
 * @param target the request target as it came
 * @param localPort the port that the request came to
 */
export function admit(message: IncomingMessage, target: string, host: VirtualHost, localPort: number): Head {
  const core = host.settings.get(CORE);
  const fields = readFields(message.rawHeaders);
  const parsed = parseTarget(target);
  const named = parseAuthority(('authority' in parsed ? parsed.authority : undefined) ?? fields.host);
  const configured = { name: core.serverName ?? hostname(), port: core.serverNamePort };
  const { path, query, suspicious } = 'status' in parsed ? splitTarget(target) : parsed;
  const isNamed = named !== undefined && named.name !== '';
  return {
    serverName: isNamed ? named.name : configured.name,
    serverPort: isNamed ? (named.port ?? DEFAULT_PORT) : (configured.port ?? localPort),
    contentLength: fields.encoding === undefined ? (fields.length ?? 0) : undefined,
    expectsContinue: fields.expect !== undefined && message.httpVersionMinor === 1,
    path,
    query,
    suspicious,
    refused:
      checkLimits(message, fields, target, core) ??
      checkHost(message, fields, named !== undefined, target) ??
      checkBody(message, fields) ??
      ('status' in parsed ? refuseTarget(target, parsed) : undefined),
  };
}

/** Path and query of a target that could not be decoded. */
function splitTarget(target: string): Pick<Head, 'path' | 'query' | 'suspicious'> {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: mark < 0 ? '' : target.slice(mark + 1), suspicious: false };
}

function readFields(raw: readonly string[]): Fields {
  const fields: Fields = {
    hosts: 0,
    host: '',
    encoding: undefined,
    length: undefined,
    expect: undefined,
    largest: 0,
  };
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    const size = name.length + value.length + 2;
    if (size > fields.largest) fields.largest = size;
    // Only names of these lengths are of interest: no other is put into lower case.
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') {
          fields.hosts++;
          fields.host = value;
        }
        break;
      case 6:
        if (name.toLowerCase() === 'expect') fields.expect = value;
        break;
      case 14:
        if (name.toLowerCase() === 'content-length') fields.length = Number(value);
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') {
          fields.encoding = fields.encoding === undefined ? value : `${fields.encoding}, ${value}`;
        }
        break;
    }
  }
  return fields;
}

function checkLimits(
  message: IncomingMessage,
  fields: Fields,
  target: string,
  limits: { limitRequestLine: number; limitRequestFields: number; limitRequestFieldSize: number },
): Refused | undefined {
  // The method, two spaces and the version belong to the line.
  const line = (message.method ?? '').length + target.length + 10;
  const count = message.rawHeaders.length / 2;
  let reason: string;
  let status = 431;
  if (limits.limitRequestLine > 0 && line > limits.limitRequestLine) {
    status = 414;
    reason = `the request line is longer than LimitRequestLine ${limits.limitRequestLine} allows`;
  } else if (limits.limitRequestFieldSize > 0 && fields.largest > limits.limitRequestFieldSize) {
    reason = `a header is longer than LimitRequestFieldSize ${limits.limitRequestFieldSize} allows`;
  } else if (limits.limitRequestFields > 0 && count > limits.limitRequestFields) {
    reason = `there are more headers than LimitRequestFields ${limits.limitRequestFields} allows`;
  } else {
    return undefined;
  }
  return { status, message: 'headersExceeded', params: { reason }, close: true };
}

function checkHost(
  message: IncomingMessage,
  fields: Fields,
  valid: boolean,
  target: string,
): Refused | undefined {
  let reason: string;
  if (fields.hosts === 0 && message.httpVersionMinor > 0) reason = 'without a Host header';
  else if (fields.hosts > 1) reason = 'with several Host headers';
  else if (!valid) reason = 'with a malformed Host';
  else return undefined;
  const line = `${message.method ?? ''} ${displayText(target)}`;
  return { status: 400, message: 'hostInvalid', params: { reason, line }, close: true };
}

function checkBody(message: IncomingMessage, fields: Fields): Refused | undefined {
  if (message.method === 'TRACE') return { status: 405, close: true };
  if (fields.encoding !== undefined && fields.encoding.trim().toLowerCase() !== 'chunked') {
    const params = { value: fields.encoding };
    return { status: 501, message: 'transferEncodingUnknown', params, close: true };
  }
  const expect = fields.expect?.trim().toLowerCase();
  if (expect !== undefined && expect !== '100-continue' && message.httpVersionMinor > 0) {
    const params = { reason: `Expect: ${expect}`, status: 417 };
    return { status: 417, message: 'requestMalformed', params, close: true };
  }
  return undefined;
}

function refuseTarget(
  target: string,
  { status, reason, encodedSlash }: { status: number; reason: string; encodedSlash?: true },
): Refused {
  const line = displayText(target);
  return encodedSlash
    ? { status, message: 'slashEncoded', params: { path: line }, close: false }
    : { status, message: 'targetInvalid', params: { line, reason }, close: status === 400 };
}
