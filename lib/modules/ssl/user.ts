import { displayText } from '../../http/byte-string.js';
import type { Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { legacyNameText } from '../../http/tls/names.js';
import { tlsVariable } from '../../http/tls/variables.js';
import { SSL, SSL_OPTIONS, sslOptions } from './request-settings.js';

/** The password that Apache gives to users that are known by their certificate. */
const FAKE_PASSWORD = 'password';

/** Sets the user from the client's certificate, for SSLUserName. */
export function setUser(request: HttpRequest): void {
  const settings = request.settings.get(SSL);
  const { userName } = settings;
  if (request.tls === undefined || userName === undefined) return;
  if ((sslOptions(settings) & SSL_OPTIONS.FakeBasicAuth) !== 0) return;
  const user = tlsVariable(request.tls, userName.text);
  if (user === undefined || user === '') {
    request.log('tlsUserMissing', { variable: userName.text });
    return;
  }
  request.user = user;
  request.authType = 'ClientCert';
}

/**
 * Gives a request with a client's certificate the credentials of `SSLOptions FakeBasicAuth`, and refuses one that
 * comes with such credentials by itself.
 */
export function fakeUser(request: HttpRequest): Outcome {
  if (request.parent !== undefined || request.redirected !== undefined) return 'declined';
  const [, encoded] = /^Basic +(\S+)/i.exec(request.header('authorization') ?? '') ?? [];
  const sent = Buffer.from(encoded ?? '', 'base64').toString('latin1');
  if (sent.startsWith('/') && sent.endsWith(`:${FAKE_PASSWORD}`)) {
    request.log('tlsUserForged', { user: displayText(sent.slice(0, sent.lastIndexOf(':'))) });
    return 403;
  }
  const certificate = request.tls?.clientCertificate;
  const options = sslOptions(request.settings.get(SSL));
  if (certificate === undefined || (options & SSL_OPTIONS.FakeBasicAuth) === 0) return 'declined';
  if (request.user !== undefined) return 'declined';
  const user = legacyNameText(certificate.subject);
  const credentials = Buffer.from(`${user}:${FAKE_PASSWORD}`, 'latin1').toString('base64');
  const isOther = (_: string, index: number, list: readonly string[]): boolean =>
    list[index - (index % 2)]?.toLowerCase() !== 'authorization';
  request.rawHeaders = [...request.rawHeaders.filter(isOther), 'Authorization', `Basic ${credentials}`];
  request.log('tlsUserFaked', { user: displayText(user) });
  return 'declined';
}
