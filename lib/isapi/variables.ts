import type { RequestFacts } from './facts.js';
import type { PathNotation } from './paths.js';

/**
 * The server variables that GetServerVariable knows, one row each: the CGI variables as Apache gives them (absent
 * where Apache has none) and IIS's own names ("" where IIS has an empty value).
 */
interface Variable {
  /** the value, or undefined when the request has none */
  readonly value: (facts: RequestFacts) => string | undefined;
  /** a path, given in the extension's notation */
  readonly path?: true;
}

const orAbsent = (value: string): string | undefined => (value === '' ? undefined : value);
const fixed = (value: string): Variable => ({ value: () => value });

/** One of IIS's variables about TLS, which requests without it have as well. */
const certificate = (name: string, otherwise = ''): Variable => ({
  value: ({ certificates }) => {
    if (certificates === '') return otherwise;
    const list = certificates.split('\x01');
    const at = list.findIndex((text, index) => index % 2 === 0 && text === name);
    return at < 0 ? otherwise : list[at + 1];
  },
});

const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`);

const url = (f: RequestFacts): string => f.scriptName;
const wholePath = (f: RequestFacts): string => (f.urlPath === '' ? f.scriptName + f.pathInfo : f.urlPath);
const secure = (f: RequestFacts): boolean => f.scheme === 'https';

/** Names in upper case. */
const VARIABLES: Readonly<Record<string, Variable>> = {
  APP_POOL_ID: { value: (f) => f.pool },
  APPL_MD_PATH: fixed('/LM/W3SVC/1/ROOT'),
  APPL_PHYSICAL_PATH: { value: (f) => withSlash(f.contextDocumentRoot), path: true },
  AUTH_PASSWORD: { value: (f) => f.password },
  AUTH_TYPE: { value: (f) => orAbsent(f.authType) },
  AUTH_USER: { value: (f) => f.user },
  CACHE_URL: { value: (f) => `${f.scheme}://${f.serverName}:${f.serverPort}${wholePath(f)}` },
  CERT_COOKIE: certificate('CERT_COOKIE'),
  CERT_FLAGS: certificate('CERT_FLAGS', '0'),
  CERT_ISSUER: certificate('CERT_ISSUER'),
  CERT_KEYSIZE: certificate('CERT_KEYSIZE'),
  CERT_SECRETKEYSIZE: certificate('CERT_SECRETKEYSIZE'),
  CERT_SERIALNUMBER: certificate('CERT_SERIALNUMBER'),
  CERT_SERVER_ISSUER: certificate('CERT_SERVER_ISSUER'),
  CERT_SERVER_SUBJECT: certificate('CERT_SERVER_SUBJECT'),
  CERT_SUBJECT: certificate('CERT_SUBJECT'),
  CONTENT_LENGTH: { value: (f) => orAbsent(f.contentLength) },
  CONTENT_TYPE: { value: (f) => orAbsent(f.contentType) },
  CONTEXT_DOCUMENT_ROOT: { value: (f) => f.contextDocumentRoot, path: true },
  CONTEXT_PREFIX: { value: (f) => f.contextPrefix },
  DOCUMENT_ROOT: { value: (f) => f.documentRoot, path: true },
  GATEWAY_INTERFACE: fixed('CGI/1.1'),
  HTTP_METHOD: { value: (f) => f.method },
  HTTP_URL: { value: (f) => f.target },
  HTTP_VERSION: { value: (f) => f.protocol },
  HTTPS: { value: (f) => (secure(f) ? 'on' : 'off') },
  HTTPS_KEYSIZE: certificate('HTTPS_KEYSIZE'),
  HTTPS_SECRETKEYSIZE: certificate('HTTPS_SECRETKEYSIZE'),
  HTTPS_SERVER_ISSUER: certificate('HTTPS_SERVER_ISSUER'),
  HTTPS_SERVER_SUBJECT: certificate('HTTPS_SERVER_SUBJECT'),
  INSTANCE_ID: fixed('1'),
  INSTANCE_META_PATH: fixed('/LM/W3SVC/1'),
  LOCAL_ADDR: { value: (f) => f.localAddress },
  LOGON_USER: { value: (f) => f.user },
  PATH: { value: () => process.env['PATH'] ?? '' },
  PATH_INFO: { value: (f) => orAbsent(f.pathInfo) },
  PATH_TRANSLATED: { value: (f) => orAbsent(f.pathTranslated), path: true },
  QUERY_STRING: { value: (f) => f.query },
  REMOTE_ADDR: { value: (f) => f.remoteAddress },
  REMOTE_HOST: { value: (f) => (f.remoteHost === '' ? f.remoteAddress : f.remoteHost) },
  REMOTE_PORT: { value: (f) => f.remotePort },
  REMOTE_USER: { value: (f) => orAbsent(f.user) },
  REQUEST_METHOD: { value: (f) => f.method },
  REQUEST_SCHEME: { value: (f) => f.scheme },
  REQUEST_URI: { value: (f) => (f.requestUri === '' ? f.target : f.requestUri) },
  SCRIPT_FILENAME: { value: (f) => f.scriptFilename, path: true },
  SCRIPT_NAME: { value: url },
  SCRIPT_TRANSLATED: { value: (f) => f.scriptFilename, path: true },
  SERVER_ADDR: { value: (f) => f.localAddress },
  SERVER_ADMIN: { value: (f) => f.serverAdmin },
  SERVER_NAME: { value: (f) => f.serverName },
  SERVER_PORT: { value: (f) => f.serverPort },
  SERVER_PORT_SECURE: { value: (f) => (secure(f) ? '1' : '0') },
  SERVER_PROTOCOL: { value: (f) => f.protocol },
  SERVER_SIGNATURE: { value: (f) => f.serverSignature },
  SERVER_SOFTWARE: { value: (f) => f.serverSoftware },
  SSI_EXEC_DISABLED: fixed('1'),
  UNENCODED_URL: { value: (f) => f.target },
  UNMAPPED_REMOTE_USER: { value: (f) => f.user },
  URL: { value: url },
  URL_PATH_INFO: { value: wholePath },
};

/** The names of all variables that do not depend on the request's headers, for documents and samples. */
export const VARIABLE_NAMES: readonly string[] = ['ALL_HTTP', 'ALL_RAW', ...Object.keys(VARIABLES)];

/** Whether a name is one of a variable that requests may have: it is nothing unusual that one does not have it. */
export function isKnownVariable(name: string): boolean {
  if (name === 'ALL_HTTP' || name === 'ALL_RAW') return true;
  const upper = name.toUpperCase();
  if (upper.startsWith('UNICODE_')) {
    const plain = upper.slice('UNICODE_'.length);
    return Object.hasOwn(VARIABLES, plain) || plain === 'ALL_HTTP' || plain === 'ALL_RAW';
  }
  return Object.hasOwn(VARIABLES, upper) || /^(?:HTTP|HEADER)_./.test(upper);
}

/** Headers that become no HTTP_ variable: they have a variable of their own, or carry secrets, or mislead clients. */
const HIDDEN = new Set(['content-type', 'content-length', 'authorization', 'proxy-authorization', 'proxy']);

/** Those of them that CGIPassAuth shows. */
const CREDENTIALS = new Set(['authorization', 'proxy-authorization']);

/** A value as bytes without the terminating NUL, and how many bytes that NUL has. */
export interface VariableValue {
  readonly bytes: Buffer;
  readonly terminator: 1 | 2;
}

/** The server variables of one request, worked out when they are asked for. */
export class ServerVariables {
  readonly #facts: RequestFacts;
  readonly #notation: PathNotation;
  #headers: ReadonlyMap<string, { readonly name: string; readonly value: string }> | undefined;

  constructor(facts: RequestFacts, notation: PathNotation) {
    this.#facts = facts;
    this.#notation = notation;
  }

  /**
   * The value of a variable for GetServerVariable, or undefined when there is none. Names are looked up without
   * regard to letter case, but for ALL_HTTP and ALL_RAW. `UNICODE_X` is X in UTF-16.
   */
  get(name: string): VariableValue | undefined {
    const upper = name.toUpperCase();
    if (upper.startsWith('UNICODE_')) {
      const plain = upper.slice('UNICODE_'.length);
      if (plain.startsWith('HTTP_') || plain.startsWith('HEADER_')) return undefined;
      const text = this.text(plain);
      return text === undefined
        ? undefined
        : { bytes: Buffer.from(decodeText(text), 'utf16le'), terminator: 2 };
    }
    const text = this.text(name);
    return text === undefined ? undefined : { bytes: Buffer.from(text, 'latin1'), terminator: 1 };
  }

  /** The value as a byte string, or undefined when there is none. */
  text(name: string): string | undefined {
    if (name === 'ALL_HTTP') return this.#allHttp();
    if (name === 'ALL_RAW') return this.#allRaw();
    const upper = name.toUpperCase();
    const row = Object.hasOwn(VARIABLES, upper) ? VARIABLES[upper] : undefined;
    if (row) {
      const value = row.value(this.#facts);
      return row.path && value !== undefined && value !== '' ? this.#notation(value) : value;
    }
    if (upper.startsWith('HTTP_')) {
      const header = this.#merged().get(upper.slice('HTTP_'.length).toLowerCase().replaceAll('_', '-'));
      if (header && this.#variableName(header.name) === upper) return header.value;
    }
    if (upper.startsWith('HEADER_')) {
      const key = name.slice('HEADER_'.length).toLowerCase();
      if (key !== 'proxy') return this.#merged().get(key)?.value;
    }
    return this.#environment(upper);
  }

  #environment(upper: string): string | undefined {
    const list = this.#facts.environment;
    for (let i = 0; i < list.length; i += 2) if (list[i]?.toUpperCase() === upper) return list[i + 1];
    return undefined;
  }

  /** Headers by name in lower case, those of one name joined by a comma, under the first's own spelling. */
  #merged(): ReadonlyMap<string, { readonly name: string; readonly value: string }> {
    if (this.#headers) return this.#headers;
    const merged = new Map<string, { name: string; value: string }>();
    const list = this.#facts.headers;
    for (let i = 0; i + 1 < list.length; i += 2) {
      const name = list[i] ?? '';
      const value = list[i + 1] ?? '';
      const key = name.toLowerCase();
      const before = merged.get(key);
      if (before) before.value += `, ${value}`;
      else merged.set(key, { name, value });
    }
    this.#headers = merged;
    return merged;
  }

  #allHttp(): string {
    let text = '';
    for (const { name, value } of this.#merged().values()) {
      const variable = this.#variableName(name);
      if (variable !== undefined) text += `${variable}:${value}\r\n`;
    }
    return text;
  }

  /** HTTP_X_KIT for X-Kit; undefined for a header that has none: hidden, or with other characters than letters, digits, dashes. */
  #variableName(header: string): string | undefined {
    if (!/^[A-Za-z0-9-]+$/.test(header)) return undefined;
    const name = header.toLowerCase();
    const isShown = this.#facts.passAuth === '1' && CREDENTIALS.has(name);
    if (HIDDEN.has(name) && !isShown) return undefined;
    return `HTTP_${header.toUpperCase().replaceAll('-', '_')}`;
  }

  #allRaw(): string {
    let text = '';
    for (const [key, { name, value }] of this.#merged()) {
      if (key !== 'proxy') text += `${name}: ${value}\r\n`;
    }
    return text;
  }
}

/** A byte string as text: UTF-8 where it is valid, else one character per byte. */
function decodeText(bytes: string): string {
  const buffer = Buffer.from(bytes, 'latin1');
  const text = buffer.toString('utf8');
  return text.includes('\ufffd') ? bytes : text;
}
