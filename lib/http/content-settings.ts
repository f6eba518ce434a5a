import type { TextExpression } from '../config/expression/index.js';
import { Slot } from '../config/settings.js';
import { mergeOptions, type OptionsSetting } from './settings.js';

/** What ErrorDocument says for a status. Texts are byte strings. */
export interface ErrorDocumentSetting {
  /** the page itself, a local URL to answer with, or an address to redirect to */
  readonly kind: 'text' | 'path' | 'url';
  readonly text: TextExpression;
}

/** What a file's ETag is made of, as bits. `digest` takes the place of the others, `none` means no ETag. */
export const ETAG_BITS = { none: 1, mtime: 2, inode: 4, size: 8, digest: 16 } as const;

/** What the core's directives say of responses and of the URLs that lead to them. */
export interface ContentSettings {
  /** by status; undefined as a value restores the built-in page */
  readonly errorDocuments: ReadonlyMap<number, ErrorDocumentSetting | undefined>;
  /** AddDefaultCharset: "" for none */
  readonly defaultCharset: string;
  readonly encodedSlashes: 'off' | 'on' | 'nodecode';
  readonly mergeSlashes: boolean;
  /** a FileETag directive in terms of ETAG_BITS; combined like Options */
  readonly etag: OptionsSetting;
  readonly contentDigest: boolean;
  readonly serverSignature: 'off' | 'on' | 'email';
  readonly serverAdmin: string | undefined;
  readonly serverTokens: ServerTokens;
  readonly traceEnable: 'on' | 'off' | 'extended';
  /** limits of the Range header: 0 for none, Infinity for any number */
  readonly maxRanges: number;
  readonly maxRangeOverlaps: number;
  readonly maxRangeReversals: number;
  /** ForceType: "" for none */
  readonly forceType: string;
  /** SetHandler: in lower case, `none` included, or an expression that gives it */
  readonly handler: string | TextExpression | undefined;
  readonly redirectLimit: number;
  readonly subrequestLimit: number;
  /** extensions see Authorization and Proxy-Authorization among the headers */
  readonly cgiPassAuth: boolean;
  /** CGIVar REQUEST_URI: the URL as the client sent it, or as it is after internal redirects */
  readonly requestUri: 'original-uri' | 'current-uri';
}

export type ServerTokens = 'productonly' | 'major' | 'minor' | 'minimal' | 'os' | 'full';

export const CONTENT = new Slot<ContentSettings>(
  'core.content',
  {
    errorDocuments: new Map(),
    defaultCharset: '',
    encodedSlashes: 'off',
    mergeSlashes: true,
    etag: { set: undefined, add: 0, remove: 0 },
    contentDigest: false,
    serverSignature: 'off',
    serverAdmin: undefined,
    serverTokens: 'full',
    traceEnable: 'on',
    maxRanges: 200,
    maxRangeOverlaps: 20,
    maxRangeReversals: 20,
    forceType: '',
    handler: undefined,
    redirectLimit: 10,
    subrequestLimit: 10,
    cgiPassAuth: false,
    requestUri: 'original-uri',
  },
  {
    errorDocuments: (outer, inner) => new Map([...outer, ...inner]),
    etag: mergeOptions,
  },
);

const PRODUCT = 'isapi-host';

/**
 * What the Server header and SERVER_SOFTWARE say: as much of the product, its version and the system as ServerTokens
 * allows. Full says what OS does: modules have no versions of their own.
 */
export function serverSoftware(version: string, tokens: ServerTokens): string {
  const [major = '', minor = ''] = version.split('.');
  const all: Readonly<Record<ServerTokens, string>> = {
    productonly: PRODUCT,
    major: `${PRODUCT}/${major}`,
    minor: `${PRODUCT}/${major}.${minor}`,
    minimal: `${PRODUCT}/${version}`,
    os: `${PRODUCT}/${version} (${SYSTEM})`,
    full: `${PRODUCT}/${version} (${SYSTEM})`,
  };
  return all[tokens];
}

/** As Apache names the two kinds of system that it is built for. */
const SYSTEM = process.platform === 'win32' ? 'Win64' : 'Unix';
