import { displayText } from '../../http/byte-string.js';
import type { Module, Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { handshakeProfile, TLS } from '../../http/tls/settings.js';
import { checkTls } from '../../http/tls/tls-table.js';
import { certificateVariables, standardVariables } from '../../http/tls/variables.js';
import { SSL_DIRECTIVES } from './directives.js';
import { SSL, SSL_OPTIONS, sslOptions } from './request-settings.js';
import { fakeUser, setUser } from './user.js';

export { sslProviders } from './providers.js';

/** What the page for a request without TLS on a port with TLS says, as in Apache. */
const PLAIN_NOTES =
  "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />\n" +
  ' Instead use the HTTPS scheme to access this URL, please.<br />\n';

const NAMELESS_NOTES =
  'Reason: The client software did not provide a hostname using Server Name Indication (SNI), ' +
  'which is required to access this server.<br />\n';

/** Remembers for StrictRequire that access was refused. */
const FORBIDDEN = 'ssl-access-forbidden';

/** mod_ssl: certificates, handshakes (`http/tls`), and what requests learn of them. */
export function createSslModule(): Module {
  let server: ServerContext | undefined;
  return {
    name: 'ssl',
    directives: SSL_DIRECTIVES,
    check: checkTls,
    hooks: {
      start(context) {
        server = context;
      },
      received: (request) => (request.redirected === undefined ? checkNames(request, server) : 'declined'),
      access,
      authorize: (request, authenticated) => (authenticated && isForbidden(request) ? 403 : 'declined'),
      authenticate: (request) => (isForbidden(request) ? 403 : fakeUser(request)),
      fixups(request) {
        setVariables(request);
        return 'declined';
      },
    },
  };
}

/** Whether the host of a request may be reached over the handshake that its connection had. */
function checkNames(request: HttpRequest, server: ServerContext | undefined): Outcome {
  const { tls, host } = request;
  if (request.origin.isPlainOnTls) {
    request.log('tlsMissing', { port: request.localPort });
    request.notes.set('error-notes', PLAIN_NOTES);
    request.output.closeAfter();
    return 400;
  }
  if (tls === undefined || server === undefined) return 'declined';
  const { main } = server.configuration;
  const { sniPolicy } = main.settings.get(TLS);
  if (tls.serverName !== undefined) {
    if (request.named.name === undefined) {
      request.log('tlsHostMissing', { name: displayText(tls.serverName) });
      return 400;
    }
  } else if (isStrict(request)) {
    request.log('tlsNameMissing');
    request.notes.set('error-notes', NAMELESS_NOTES);
    return 403;
  }
  if (host === tls.host || sniPolicy === 'insecure' || isCompatible(request, sniPolicy)) return 'declined';
  const shaken = tls.serverName ?? '(default host as no SNI was provided)';
  const asked = displayText(request.named.name ?? '');
  request.log('tlsHostMismatch', { shaken: displayText(shaken), asked, policy: sniPolicy });
  return 421;
}

function isStrict({ tls, host, named }: HttpRequest): boolean {
  if (named.isShared !== true) return false;
  return host.settings.get(TLS).strictSni || tls?.host.settings.get(TLS).strictSni === true;
}

function isCompatible({ tls, host }: HttpRequest, policy: 'secure' | 'authonly' | 'strict'): boolean {
  if (tls === undefined) return true;
  if (policy === 'strict') {
    // After a reload the same host is another object.
    return JSON.stringify(tls.host.place) === JSON.stringify(host.place);
  }
  return handshakeProfile(tls.host.settings, policy) === handshakeProfile(host.settings, policy);
}

/** Whether SSLRequireSSL has refused the request, and StrictRequire does not let a user make up for it. */
function isForbidden({ settings, notes }: HttpRequest): boolean {
  return notes.has(FORBIDDEN) && (sslOptions(settings.get(SSL)) & SSL_OPTIONS.StrictRequire) !== 0;
}

function access(request: HttpRequest): Outcome {
  const { isRequired } = request.settings.get(SSL);
  if (request.tls === undefined) {
    if (!isRequired) return 'declined';
    request.log('tlsRequired', { file: displayText(request.filename) });
    request.notes.set(FORBIDDEN, '1');
    return 403;
  }
  setUser(request);
  return 'declined';
}

function setVariables({ tls, settings, env }: HttpRequest): void {
  if (tls === undefined) return;
  env.set('HTTPS', 'on');
  if (tls.serverName !== undefined) env.set('SSL_TLS_SNI', tls.serverName);
  const options = sslOptions(settings.get(SSL));
  const legacyNames = (options & SSL_OPTIONS.LegacyDNStringFormat) !== 0;
  if ((options & SSL_OPTIONS.StdEnvVars) !== 0) {
    for (const [name, value] of standardVariables(tls, { legacyNames })) env.set(name, value);
  }
  if ((options & SSL_OPTIONS.ExportCertData) !== 0) {
    for (const [name, value] of certificateVariables(tls)) env.set(name, value);
  }
}
