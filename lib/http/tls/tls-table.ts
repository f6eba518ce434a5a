import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Configuration, VirtualHost } from '../../config/configuration.js';
import type { Place, Problem } from '../../config/place.js';
import { HostError, messageOf } from '../../errors.js';
import type { HostTable } from '../hosts.js';
import { PROTOCOLS } from '../http2/settings.js';
import { CORE, type ListenAddress } from '../settings.js';
import { readCredentials, type Credentials, type Reporter } from './credentials.js';
import { checkContext, tlsOptions, type UsableKey } from './host-context.js';
import { askPassPhrase } from './pass-phrase.js';
import { SessionCache } from './session-cache.js';
import { TLS } from './settings.js';

/** The port that has TLS without saying so, as in Apache. */
const HTTPS_PORT = 443;

/** What is done with connections after their handshake. */
export interface TlsEvents {
  secured(socket: TLSSocket, host: VirtualHost): void;
  /** the handshake failed; the socket is destroyed */
  failed(socket: TLSSocket, reason: string): void;
}

/** The certificates and the TLS of all hosts of a configuration. */
export class TlsTable {
  readonly #configuration: Configuration;
  readonly #servers = new Map<VirtualHost, Server>();
  #events: TlsEvents | undefined;

  /** Without anything until `load` was called. */
  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  /**
   * Reads certificates and keys, and asks for pass phrases.
   * @throws HostError TLS_KEY
   */
  async load(hosts: HostTable): Promise<void> {
    const configuration = this.#configuration;
    const phrases = new Map<string, Promise<string>>();
    const { sessionCache } = configuration.main.settings.get(TLS);
    const cache = sessionCache > 0 ? new SessionCache(sessionCache) : undefined;
    for (const host of hostsWithTls(configuration)) {
      const credentials = readCredentials(host.settings.get(TLS), new Refusing());
      const { name, port } = hosts.identity(host);
      const label = `${name}:${port || HTTPS_PORT}`;
      const keys = await this.#decrypt(label, credentials, phrases);
      this.#servers.set(host, this.#create(host, credentials, keys, cache));
    }
  }

  /** Tells what to do with connections; to be called before any comes. */
  listen(events: TlsEvents): void {
    this.#events = events;
  }

  /** Whether connections to an address of Listen have TLS, by the first host of that address. */
  isOn(host: VirtualHost, listen: ListenAddress): boolean {
    return this.#servers.has(host) && speaksTls(host, listen);
  }

  /**
   * Begins the handshake of a connection.
   * @param host that the client asked for; when it has no TLS of its own, that of `base` is used
   */
  begin(socket: NodeJS.ReadWriteStream, host: VirtualHost, base: VirtualHost): void {
    const server = this.#servers.get(host) ?? this.#servers.get(base);
    server?.emit('connection', socket);
  }

  async #decrypt(
    host: string,
    credentials: Credentials,
    phrases: Map<string, Promise<string>>,
  ): Promise<UsableKey[]> {
    const { passPhraseDialog } = this.#configuration.main.settings.get(TLS);
    return Promise.all(
      credentials.pairs.map(async ({ key, isEncrypted, algorithm, file }) => {
        if (!isEncrypted) return { pem: key };
        let phrase = phrases.get(file);
        if (phrase === undefined) {
          phrase = askPassPhrase(passPhraseDialog, { host, algorithm, file });
          phrases.set(file, phrase);
        }
        return { pem: key, passphrase: await phrase };
      }),
    );
  }

  #create(
    host: VirtualHost,
    credentials: Credentials,
    keys: readonly UsableKey[],
    cache: SessionCache | undefined,
  ): Server {
    let server: Server;
    const { protocols, honorOrder } = host.settings.get(PROTOCOLS);
    try {
      server = createServer({
        ...tlsOptions(host, credentials, keys),
        ALPNCallback: ({ protocols: offered }) => chooseProtocol(offered, protocols, honorOrder),
      });
    } catch (error) {
      const [pair] = credentials.pairs;
      const reason = `the key of ${pair?.file ?? 'a host'} cannot be used: ${messageOf(error)}`;
      throw new HostError('TLS_KEY', reason, { cause: error });
    }
    server.on('secureConnection', (socket: TLSSocket) => this.#events?.secured(socket, host));
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      // OpenSSL's own words for it, without where in OpenSSL it happened.
      const { reason = messageOf(error) } = error as Error & { reason?: string };
      this.#events?.failed(socket, reason);
      socket.destroy();
    });
    cache?.serve(server);
    return server;
  }
}

/** What is wrong with the certificates and keys of a configuration, and with other settings of TLS. */
export function checkTls(configuration: Configuration): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const add = (severity: Problem['severity'], message: string, place: Place): void => {
    const key = JSON.stringify([message, place]);
    // What the main server says is said for each of its hosts.
    if (!seen.has(key)) problems.push({ severity, message, place });
    seen.add(key);
  };
  const reporter: Reporter = {
    error: (message, place) => add('error', message, place),
    warning: (message, place) => add('warning', message, place),
  };
  for (const host of hostsWithTls(configuration)) checkHost(host, configuration, reporter);
  return problems;
}

function checkHost(host: VirtualHost, { main }: Configuration, reporter: Reporter): void {
  const tls = host.settings.get(TLS);
  const fallback = host.place ?? tls.enginePlace;
  if (tls.certificateFiles.length === 0) {
    if (fallback === undefined) return;
    const message = 'SSLEngine is on here, but no certificate is configured; add SSLCertificateFile';
    reporter.error(message, fallback);
    return;
  }
  const credentials = readCredentials(tls, reporter);
  for (const { isEncrypted, place, file } of credentials.pairs)
    checkDialog(main, isEncrypted, place, file, reporter);
  const place = tls.verifyPlace ?? fallback;
  if (tls.verifyClient !== 'none' && place !== undefined) {
    const { length } = credentials.authorities;
    if (length === 0 && tls.verifyClient !== 'optional_no_ca') {
      const message =
        'clients are asked for certificates, but none would be accepted; name those who issue them with SSLCACertificateFile';
      reporter.error(message, place);
    }
    if (credentials.revoked?.length === 0) {
      reporter.error(
        'SSLCARevocationCheck needs lists of revoked certificates; add SSLCARevocationFile',
        place,
      );
    }
  }
  if (credentials.pairs.length > 0) checkContext(host, credentials, reporter);
}

function checkDialog(
  main: VirtualHost,
  isEncrypted: boolean,
  place: Place,
  file: string,
  reporter: Reporter,
): void {
  if (!isEncrypted || main.settings.get(TLS).passPhraseDialog.kind !== 'builtin') return;
  const message =
    `the private key in ${file} is encrypted, and nobody can be asked for its pass phrase; ` +
    'name a program that prints it with SSLPassPhraseDialog exec:path, or decrypt the key';
  reporter.error(message, place);
}

/** The hosts that have TLS on some address. */
function hostsWithTls({ hosts, main }: Configuration): VirtualHost[] {
  const listens = main.settings.get(CORE).listen;
  return hosts.filter((host) => {
    const { engine } = host.settings.get(TLS);
    return engine ?? listens.some((listen) => reaches(host, listen, main, hosts) && speaksTls(host, listen));
  });
}

function speaksTls(host: VirtualHost, { port, protocol }: ListenAddress): boolean {
  const { engine, certificateFiles } = host.settings.get(TLS);
  if (engine !== undefined) return engine;
  return protocol === undefined ? port === HTTPS_PORT && certificateFiles.length > 0 : protocol === 'https';
}

/** Whether a host may be meant by connections to a port. */
function reaches(
  host: VirtualHost,
  { port }: ListenAddress,
  main: VirtualHost,
  hosts: readonly VirtualHost[],
): boolean {
  const hasPort = ({ addresses }: VirtualHost): boolean =>
    addresses.some((one) => (one.port ?? 0) === 0 || one.port === port);
  return host === main ? !hosts.some(hasPort) : hasPort(host);
}

/** The protocol that a client and its host agree on (ALPN); undefined ends the handshake. */
export function chooseProtocol(
  offered: readonly string[],
  wanted: readonly string[],
  honorOrder: boolean,
): string | undefined {
  const known = wanted.length === 0 ? ['http/1.1'] : wanted.filter((name) => name !== 'h2c');
  const [first, second] = honorOrder ? [known, offered] : [offered, known];
  const common = first.find((name) => second.includes(name));
  // HTTP/1.1 is always there, and its parser understands HTTP/1.0.
  return common ?? ['http/1.1', 'http/1.0'].find((name) => offered.includes(name));
}

/** Reports to nobody: what is wrong was told when the configuration was checked. */
class Refusing implements Reporter {
  error(message: string): void {
    throw new HostError('TLS_KEY', message);
  }

  warning(): void {
    // It was told.
  }
}
