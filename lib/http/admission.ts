import type { VirtualHost } from '../config/configuration.js';
import { METHOD_NAMES } from '../config/methods.js';
import type { Settings } from '../config/settings.js';
import type { LogParams, MessageName } from '../messages.js';
import { parseAuthority } from './authority.js';
import { displayText } from './byte-string.js';
import { CONTENT } from './content-settings.js';
import type { HostSet } from './host-set.js';
import { HOST } from './host-settings.js';
import type { RequestMessage } from './message.js';
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
  readonly host: VirtualHost;
  /** the name that the client gives, in lower case, and its port */
  readonly name: string | undefined;
  readonly port: number | undefined;
  /** the headers, with the Host of a whole URL in the place of another */
  readonly rawHeaders: readonly string[];
  readonly contentLength: number | undefined;
  readonly expectsContinue: boolean;
  /** the connection is not to be used again, because others could have read the request's end elsewhere */
  readonly isLast: boolean;
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

/** What a request comes with, besides its headers. */
export interface Arrival {
  /** as it came, where the parser was shown another */
  readonly method: string;
  /** the request target as it came */
  readonly target: string;
  readonly scheme: 'http' | 'https';
  /** the hosts of the address and port that it came to */
  readonly hosts: HostSet;
}

/**
 * Reads the head of a request, chooses its host and checks what concerns the server itself: the limits, the Host, the
 * encoding of the body, the target. What Node's parser refuses does not get here. Limits and strictness are those of
 * the first host of the address, as in Apache: no name is known before.
 */
export function admit(message: RequestMessage, { method, target, scheme, hosts }: Arrival): Head {
  const { settings } = hosts.base;
  const rules = settings.get(HOST);
  const strict = rules.conformance === 'strict';
  const fields = readFields(message.rawHeaders, strict);
  const shown = strict ? target : relaxed(target);
  const parsedAtBase = parseTarget(shown, settings.get(CONTENT));
  const authority = 'authority' in parsedAtBase ? parsedAtBase.authority : undefined;
  // A URL of the other scheme does not say which of these hosts it is for.
  const inUrl =
    authority !== undefined && target.toLowerCase().startsWith(`${scheme}:`) ? authority : undefined;
  const named = fields.hosts > 1 ? undefined : parseAuthority(inUrl ?? fields.host, strict);
  const name = named?.name === '' ? undefined : named?.name;
  const host = hosts.isNamed ? chooseHost(hosts, name, target) : hosts.base;
  const parsed = host === hosts.base ? parsedAtBase : parseTarget(shown, host.settings.get(CONTENT));
  const { path, query, suspicious } = 'status' in parsed ? splitTarget(target) : parsed;
  return {
    host,
    name,
    port: named?.port,
    rawHeaders:
      inUrl !== undefined && strict && fields.hosts === 1
        ? withHost(message.rawHeaders, inUrl)
        : message.rawHeaders,
    contentLength:
      fields.encoding === undefined ? (fields.length ?? (message.isFramed ? undefined : 0)) : undefined,
    isLast: fields.encoding !== undefined && (fields.length !== undefined || message.httpVersionMinor === 0),
    expectsContinue: fields.expect !== undefined && message.httpVersionMinor === 1,
    path,
    query,
    suspicious,
    refused:
      checkVersion(message, target) ??
      checkMethod(method, settings, target) ??
      checkLimits(message, fields, target, settings.get(CORE)) ??
      checkHost(message, fields, named?.name, target) ??
      checkName(name, hosts) ??
      checkBody(message, fields) ??
      ('status' in parsed ? refuseTarget(target, parsed) : undefined),
  };
}

/** The host for a name, or without one for the path that a client may name it by; else the first. */
function chooseHost(hosts: HostSet, name: string | undefined, target: string): VirtualHost {
  return (name === undefined ? hosts.findByPath(splitTarget(target).path) : hosts.find(name)) ?? hosts.base;
}

/** StrictHostCheck: the name must be a host's. */
function checkName(name: string | undefined, hosts: HostSet): Refused | undefined {
  const { settings, place } = hosts.base;
  if (!settings.get(HOST).strictHostCheck || name === undefined || hosts.find(name) !== undefined)
    return undefined;
  const where =
    place === undefined
      ? 'in the global server configuration'
      : `in the matching virtual host (default vhost for current connection is ${place.file}:${place.line})`;
  return { status: 400, message: 'hostUnmatched', params: { name, hosts: where }, close: true };
}

/** Headers with another Host: whoever looks at it has to see what the request is for. */
function withHost(raw: readonly string[], host: string): readonly string[] {
  return raw.map((text, index) =>
    index % 2 === 1 && raw[index - 1]?.toLowerCase() === 'host' ? host : text,
  );
}

/** A target without what unsafe rules overlook: a fragment, and a user before the host. */
function relaxed(target: string): string {
  return target.replace(/#.*$/s, '').replace(/^(https?:\/\/)[^/?@]*@/i, '$1');
}

function checkVersion({ httpVersion }: RequestMessage, target: string): Refused | undefined {
  if (httpVersion !== '0.9') return undefined;
  const params = { reason: `HTTP/0.9, which is not available: ${displayText(target)}`, status: 400 };
  return { status: 400, message: 'requestMalformed', params, close: true };
}

function checkMethod(method: string, settings: Settings, target: string): Refused | undefined {
  if (settings.get(HOST).methods === 'lenient') return undefined;
  if (settings.get(METHOD_NAMES).known.has(method)) return undefined;
  const params = { method, line: `${method} ${displayText(target)}` };
  return { status: 501, message: 'methodUnregistered', params, close: true };
}

/** Path and query of a target that could not be decoded. */
function splitTarget(target: string): Pick<Head, 'path' | 'query' | 'suspicious'> {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: mark < 0 ? '' : target.slice(mark + 1), suspicious: false };
}

function readFields(raw: readonly string[], strict: boolean): Fields {
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
          // Unsafe rules take several for one with commas, as Apache joins headers.
          fields.host = strict || fields.hosts === 0 ? value : `${fields.host}, ${value}`;
          if (strict || fields.hosts === 0) fields.hosts++;
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
  message: RequestMessage,
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
  message: RequestMessage,
  fields: Fields,
  name: string | undefined,
  target: string,
): Refused | undefined {
  let reason: string;
  if (fields.hosts === 0 && message.httpVersionMinor > 0) reason = 'without a Host header';
  else if (fields.hosts > 1) reason = 'with several Host headers';
  else if (name === undefined) reason = 'with a malformed Host';
  else if (name === '' && message.httpVersionMinor > 0) reason = 'with an empty Host header';
  else return undefined;
  const line = `${message.method ?? ''} ${displayText(target)}`;
  return { status: 400, message: 'hostInvalid', params: { reason, line }, close: true };
}

function checkBody(message: RequestMessage, fields: Fields): Refused | undefined {
  if (fields.encoding !== undefined && fields.encoding.trim().toLowerCase() !== 'chunked') {
    const params = { value: fields.encoding };
    // Without chunked as the last one nobody can tell where the body ends (RFC 9112, 6.3).
    const status = /(?:^|,)[ \t]*chunked[ \t]*$/i.test(fields.encoding) ? 501 : 400;
    return { status, message: 'transferEncodingUnknown', params, close: true };
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
