import type { Directive } from '../../config/directive.js';
import { ANYWHERE, GLOBAL, SERVER } from './rows.js';

/** A row for what this server cannot do, with what to do instead. */
function missing(name: string, syntax: string, help: string, advice: string, contexts = SERVER): Directive {
  return {
    name,
    syntax,
    contexts,
    args: [0, Infinity],
    help: `${help} Not available.`,
    apply: (context) => context.error(`${name} is not available: ${advice}`),
  };
}

/** A row for what can only be off. */
function alwaysOff(name: string, reason: string, help: string, contexts = SERVER): Directive {
  return {
    name,
    syntax: 'off',
    default: 'off',
    contexts,
    args: 'flag',
    help,
    apply(context, argument) {
      if (argument.text.toLowerCase() === 'on') context.error(`${name} cannot be on: ${reason}`, argument);
    },
  };
}

/** A row for what has nothing to do here, so that it may stand in a configuration. */
function needless(name: string, syntax: string, help: string, reason: string, contexts = SERVER): Directive {
  return {
    name,
    syntax,
    contexts,
    args: [1, Infinity],
    help: `${help} Without effect: ${reason}.`,
    apply: (context) => context.warning(`${name} has no effect: ${reason}`),
  };
}

const PROXY = 'it is about connections to other servers, and isapi-host has no mod_proxy; remove it';
const OCSP = "certificates of clients are not looked up at their issuers' servers; use SSLCARevocationFile";
const STAPLING = 'no answers of certificate issuers are fetched; clients ask the issuers themselves';

/** Names of directives about connections to other servers. */
const PROXY_NAMES = [
  ...['CACertificateFile', 'CACertificatePath', 'CARevocationCheck', 'CARevocationFile', 'CARevocationPath'],
  ...[
    'CheckPeerCN',
    'CheckPeerExpire',
    'CheckPeerName',
    'CipherSuite',
    'Engine',
    'MachineCertificateChainFile',
  ],
  ...['MachineCertificateFile', 'MachineCertificatePath', 'Protocol', 'Verify', 'VerifyDepth'],
];

const OCSP_NAMES = [
  ...['DefaultResponder', 'NoVerify', 'OverrideResponder', 'ProxyURL', 'ResponderCertificateFile'],
  ...['ResponderTimeout', 'ResponseMaxAge', 'ResponseTimeSkew', 'UseRequestNonce'],
];

const STAPLING_NAMES = [
  ...['Cache', 'ErrorCacheTimeout', 'FakeTryLater', 'ForceURL', 'ResponderTimeout', 'ResponseMaxAge'],
  ...['ResponseTimeSkew', 'ReturnResponderErrors', 'StandardCacheTimeout'],
];

/** Directives of mod_ssl that cannot be had, or have nothing to do. */
export const UNAVAILABLE_DIRECTIVES: readonly Directive[] = [
  alwaysOff(
    'SSLCompression',
    'OpenSSL in Node has no compression',
    'Compression of what is sent, which is unsafe.',
  ),
  alwaysOff(
    'SSLInsecureRenegotiation',
    'Node does not let clients negotiate anew without protection',
    'Renegotiation with clients that do not protect it.',
  ),
  alwaysOff('SSLFIPS', 'start Node with --enable-fips instead', "OpenSSL's mode for FIPS 140.", GLOBAL),
  alwaysOff('SSLUseStapling', STAPLING, "Sending the issuer's word on the server's certificate with it."),
  alwaysOff('SSLOCSPEnable', OCSP, "Asking issuers about clients' certificates."),
  needless(
    'SSLRandomSeed',
    'startup|connect source [bytes]',
    'Sources of random numbers.',
    'OpenSSL takes random numbers from the operating system',
    GLOBAL,
  ),
  needless(
    'SSLMutex',
    'type',
    'The lock of the session cache.',
    'there is one process, and nothing to lock',
    GLOBAL,
  ),
  needless(
    'SSLRenegBufferSize',
    'bytes',
    'The buffer for a second handshake.',
    'there is no second handshake within a connection',
    ANYWHERE,
  ),
  {
    name: 'SSLCryptoDevice',
    syntax: 'builtin',
    default: 'builtin',
    contexts: GLOBAL,
    args: [1, 1],
    help: 'The hardware that OpenSSL uses: none.',
    apply(context, argument) {
      if (argument.text.toLowerCase() === 'builtin') return;
      context.error("SSLCryptoDevice: Invalid argument; must be one of: 'builtin' (none)", argument);
    },
  },
  missing(
    'SSLCADNRequestFile',
    'file',
    'Names of issuers that clients are told.',
    'clients are told those of SSLCACertificateFile; remove it',
  ),
  missing(
    'SSLCADNRequestPath',
    'folder',
    'Names of issuers that clients are told.',
    'clients are told those of SSLCACertificateFile; remove it',
  ),
  missing(
    'SSLOpenSSLConfCmd',
    'command value',
    "Commands of OpenSSL's configuration.",
    'Node does not pass them on; use SSLProtocol, SSLCipherSuite and SSLHonorCipherOrder',
  ),
  missing('SSLPolicy', 'name', 'A set of settings.', 'say SSLProtocol and SSLCipherSuite yourself'),
  missing('SSLSRPVerifierFile', 'file', 'Passwords for SRP.', 'Node has no SRP; use SSLVerifyClient'),
  missing('SSLSRPUnknownUserSeed', 'text', 'A seed for SRP.', 'Node has no SRP; use SSLVerifyClient'),
  missing('SSLLog', 'file', 'An own log.', 'it is no longer part of httpd; use ErrorLog', ANYWHERE),
  missing(
    'SSLLogLevel',
    'level',
    "An own log's level.",
    'it is no longer part of httpd; use LogLevel ssl:info',
    ANYWHERE,
  ),
  ...PROXY_NAMES.map((name) =>
    missing(`SSLProxy${name}`, '...', 'Connections to other servers.', PROXY, ANYWHERE),
  ),
  ...OCSP_NAMES.map((name) =>
    missing(`SSLOCSP${name}`, '...', "Asking issuers about clients' certificates.", OCSP),
  ),
  ...STAPLING_NAMES.map((name) =>
    needless(`SSLStapling${name}`, '...', "Sending the issuer's word on the server's certificate.", STAPLING),
  ),
];
