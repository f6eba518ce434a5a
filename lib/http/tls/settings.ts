import type { Argument } from '../../config/directive.js';
import type { Place } from '../../config/place.js';
import { Slot, type Settings } from '../../config/settings.js';

/** The versions of TLS that there are, oldest first. SSLv3 and older are in no OpenSSL that Node is built with. */
export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** What SSLProtocol begins with: `all`, which OpenSSL's own configuration and its ciphers may narrow. */
export const ALL_VERSIONS: ReadonlySet<TlsVersion> = new Set(TLS_VERSIONS);

/** What is asked of a client about its certificate. */
export type VerifyClient = 'none' | 'optional' | 'require' | 'optional_no_ca';

/** How different the TLS settings of the host of the handshake and of that of the Host header may be. */
export type SniPolicy = 'secure' | 'strict' | 'insecure' | 'authonly';

/** Where the pass phrase of an encrypted key comes from: a person, or a program with two arguments (`exec:`) or with its
 * own command line (`|`). */
export interface PassPhraseDialog {
  readonly kind: 'builtin' | 'exec' | 'pipe';
  readonly command: string;
}

/** What mod_ssl's directives say of a server or a virtual host. Arguments are kept with their places. */
export interface TlsSettings {
  /** SSLEngine; undefined leaves it to the protocol of Listen */
  readonly engine: boolean | undefined;
  readonly enginePlace: Place | undefined;
  /** paths */
  readonly certificateFiles: readonly Argument[];
  readonly keyFiles: readonly Argument[];
  readonly chainFile: Argument | undefined;
  readonly caFile: Argument | undefined;
  readonly caPath: Argument | undefined;
  readonly crlFile: Argument | undefined;
  readonly crlPath: Argument | undefined;
  /** whether every certificate of a client's chain is looked up in the lists of revoked ones */
  readonly crlCheck: boolean;
  readonly verifyClient: VerifyClient;
  readonly verifyPlace: Place | undefined;
  /** certificates above the client's own */
  readonly verifyDepth: number;
  readonly versions: ReadonlySet<TlsVersion>;
  readonly ciphers: Argument | undefined;
  readonly tls13Ciphers: Argument | undefined;
  readonly honorCipherOrder: boolean;
  readonly tickets: boolean;
  readonly ticketKeyFile: Argument | undefined;
  /** seconds */
  readonly sessionTimeout: number;
  readonly strictSni: boolean;
  /** settings of the whole server */
  readonly sniPolicy: SniPolicy;
  readonly passPhraseDialog: PassPhraseDialog;
  /** sessions that are remembered for clients without tickets, 0 for none */
  readonly sessionCache: number;
}

/** Files of a virtual host take the place of the main server's with the same position, as in Apache. */
function mergeFiles(outer: readonly Argument[], inner: readonly Argument[]): readonly Argument[] {
  return [...inner, ...outer.slice(inner.length)];
}

export const TLS = new Slot<TlsSettings>(
  'ssl',
  {
    engine: undefined,
    enginePlace: undefined,
    certificateFiles: [],
    keyFiles: [],
    chainFile: undefined,
    caFile: undefined,
    caPath: undefined,
    crlFile: undefined,
    crlPath: undefined,
    crlCheck: false,
    verifyClient: 'none',
    verifyPlace: undefined,
    verifyDepth: 1,
    versions: ALL_VERSIONS,
    ciphers: undefined,
    tls13Ciphers: undefined,
    honorCipherOrder: false,
    tickets: true,
    ticketKeyFile: undefined,
    sessionTimeout: 300,
    strictSni: false,
    sniPolicy: 'secure',
    passPhraseDialog: { kind: 'builtin', command: '' },
    sessionCache: 0,
  },
  { certificateFiles: mergeFiles, keyFiles: mergeFiles },
);

const textOf = (argument: Argument | undefined): string => argument?.text ?? '';
const textsOf = (list: readonly Argument[]): string[] => list.map(textOf);

/**
 * What a handshake depends on, as text: two hosts with the same text can serve each other's connections. The policy
 * `authonly` compares only what concerns clients' certificates.
 */
export function handshakeProfile(settings: Settings, policy: 'secure' | 'authonly'): string {
  const tls = settings.get(TLS);
  const authentication = [
    tls.verifyDepth,
    tls.verifyClient,
    ...[tls.caFile, tls.caPath, tls.crlFile, tls.crlPath].map(textOf),
    tls.crlCheck,
  ];
  if (policy === 'authonly') return JSON.stringify(authentication);
  const keys = [
    TLS_VERSIONS.filter((version) => tls.versions.has(version)),
    ...[tls.ciphers, tls.tls13Ciphers].map(textOf),
    textsOf(tls.certificateFiles),
    textsOf(tls.keyFiles),
  ];
  return JSON.stringify([...authentication, ...keys]);
}
