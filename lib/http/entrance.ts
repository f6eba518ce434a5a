import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { VirtualHost } from '../config/configuration.js';
import type { Settings } from '../config/settings.js';
import type { LogParams, MessageName } from '../messages.js';
import { plainAddress } from './connection.js';
import type { Generation } from './generation.js';
import type { Http2Sessions } from './http2/sessions.js';
import { HTTP2, PROTOCOLS } from './http2/settings.js';
import { lookAhead, type Decision } from './look-ahead.js';
import { setOrigin } from './origin.js';
import { readProxyHeader, type ProxiedClient } from './proxy-protocol.js';
import { usesProxyProtocol, wantsProxyProtocol } from './remote-ip-settings.js';
import { REQUEST_TIMES } from './request-times.js';
import { CORE, type ListenAddress } from './settings.js';
import { readGreeting } from './tls/client-hello.js';
import { TlsConnection } from './tls/tls-connection.js';

/** How a client of HTTP/2 begins when nothing was agreed on before (RFC 9113, 3.4). */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** The first byte of a request of HTTP, where TLS was expected. */
const LETTER = /^[A-Za-z]/;

/** A connection that has not come to HTTP yet. */
interface Arrival {
  readonly socket: Socket;
  readonly generation: Generation;
  readonly base: VirtualHost;
  readonly listen: ListenAddress;
  /** hands it, or what stands for it, to the parser of HTTP/1.1 */
  readonly serve: (socket: Socket) => void;
  client: ProxiedClient | undefined;
  /** ends the handshake when it takes too long */
  timer: NodeJS.Timeout | undefined;
}

/**
 * What a connection goes through before its first request: the PROXY protocol, the choice between TLS and none, the
 * handshake, the choice between HTTP/1.1 and HTTP/2. One that needs nothing of this goes past at once.
 */
export class Entrance {
  readonly #sessions: Http2Sessions;
  /** by both addresses of the connection, while its handshake is under way */
  readonly #shaking = new Map<string, Arrival>();
  /** connections that have not come to HTTP yet */
  readonly #early = new Set<Socket>();
  #closed = false;

  constructor(sessions: Http2Sessions) {
    this.#sessions = sessions;
  }

  /** Takes a generation's TLS into use. */
  use(generation: Generation): void {
    generation.tls.listen({
      secured: (socket, host) => this.#secured(socket, host),
      failed: (socket, reason) => {
        // One that is gone already does not know its addresses any more.
        const client = socket.remoteAddress === undefined ? {} : { client: clientOf(socket) };
        generation.log.write('tlsHandshakeFailed', { reason }, client);
      },
    });
  }

  /** Closes the connections that have not come to HTTP yet, and those that come from now on. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#early) socket.destroy();
  }

  /** Takes up a connection. */
  enter(
    socket: Socket,
    listen: ListenAddress,
    generation: Generation,
    serve: (socket: Socket) => void,
  ): void {
    if (this.#closed) {
      socket.destroy();
      return;
    }
    const { hosts } = generation.pipeline;
    const localAddress = plainAddress(socket.localAddress);
    const { base } = hosts.at(localAddress, socket.localPort ?? 0);
    const arrival: Arrival = { socket, generation, base, listen, serve, client: undefined, timer: undefined };
    if (!usesProxyProtocol(generation.configuration)) {
      this.#greet(arrival);
      return;
    }
    const remoteAddress = plainAddress(socket.remoteAddress);
    const place = { localAddress, localPort: socket.localPort ?? 0, remoteAddress };
    if (wantsProxyProtocol(generation.configuration, hosts, place)) this.#readProxyHeader(arrival);
    else this.#greet(arrival);
  }

  /** Looks at the first bytes of a connection, which is closed with the server until it has come to HTTP. */
  #lookAhead({ socket, base }: Arrival, decide: (bytes: Buffer) => Decision | undefined): void {
    if (!this.#early.has(socket)) {
      this.#early.add(socket);
      socket.once('close', () => this.#early.delete(socket));
    }
    lookAhead(socket, base.settings.get(CORE).timeout, decide);
  }

  /** Hands a connection on to HTTP/1.1. */
  #serve({ socket, serve }: Arrival, stream: Socket): void {
    this.#early.delete(socket);
    serve(stream);
  }

  /** Hands a connection on to HTTP/2. */
  #begin({ socket }: Arrival, stream: Socket, settings: Settings): void {
    this.#early.delete(socket);
    this.#sessions.begin(stream, settings);
  }

  #readProxyHeader(arrival: Arrival): void {
    this.#lookAhead(arrival, (bytes) => {
      const header = readProxyHeader(bytes);
      if (header.kind === 'incomplete') return undefined;
      if (header.kind === 'invalid') {
        return { used: 0, go: () => this.#refuse(arrival, 'proxyHeaderInvalid', { reason: header.reason }) };
      }
      arrival.client = header.client;
      return {
        used: header.length,
        go: () => {
          setOrigin(arrival.socket, { client: header.client, bytesBefore: header.length });
          this.#greet(arrival);
        },
      };
    });
  }

  #greet(arrival: Arrival): void {
    const { base, generation, listen, socket } = arrival;
    if (generation.tls.isOn(base, listen)) {
      this.#expectHandshake(arrival);
      return;
    }
    const { direct } = base.settings.get(HTTP2);
    const { protocols } = base.settings.get(PROTOCOLS);
    if (!protocols.includes('h2c') || direct === false) this.#serve(arrival, socket);
    else this.#expectPreface(arrival);
  }

  #expectPreface(arrival: Arrival): void {
    const { socket, base } = arrival;
    this.#lookAhead(arrival, (bytes) => {
      const count = Math.min(bytes.length, HTTP2_PREFACE.length);
      if (!bytes.subarray(0, count).equals(HTTP2_PREFACE.subarray(0, count))) {
        return { used: 0, go: () => this.#serve(arrival, socket) };
      }
      if (count < HTTP2_PREFACE.length) return undefined;
      return { used: 0, go: () => this.#begin(arrival, socket, base.settings) };
    });
  }

  #expectHandshake(arrival: Arrival): void {
    const { socket, generation, base } = arrival;
    this.#limitHandshake(arrival);
    this.#lookAhead(arrival, (bytes) => {
      const greeting = readGreeting(bytes);
      if (greeting.kind === 'incomplete') return undefined;
      if (greeting.kind === 'other') return { used: 0, go: () => this.#plain(arrival, bytes) };
      const { pipeline, tls } = generation;
      const { serverName } = greeting;
      const local = plainAddress(socket.localAddress);
      const host = pipeline.hosts.hostFor(local, socket.localPort ?? 0, serverName);
      return {
        used: 0,
        go: () => {
          this.#remember(arrival);
          tls.begin(socket, host, base);
        },
      };
    });
  }

  /** Ends the connection when the handshake takes longer than RequestReadTimeout allows. */
  #limitHandshake(arrival: Arrival): void {
    const { socket, base } = arrival;
    const { initial } = base.settings.get(REQUEST_TIMES).handshake;
    if (initial === 0) return;
    arrival.timer = setTimeout(
      () => this.#refuse(arrival, 'requestReadTimeout', { stage: 'handshake' }),
      initial * 1000,
    );
    socket.once('close', () => clearTimeout(arrival.timer));
  }

  /** A request without TLS gets an answer that says what is wrong; other bytes do not. */
  #plain(arrival: Arrival, bytes: Buffer): void {
    const { socket, client } = arrival;
    clearTimeout(arrival.timer);
    if (!LETTER.test(bytes.toString('latin1', 0, 1))) {
      this.#refuse(arrival, 'tlsHandshakeFailed', { reason: 'it does not begin with TLS' });
      return;
    }
    setOrigin(socket, { isPlainOnTls: true, client });
    this.#serve(arrival, socket);
  }

  /** Has the socket that TLS puts over this one find where it comes from. */
  #remember(arrival: Arrival): void {
    const { socket } = arrival;
    const name = nameOf(socket);
    this.#shaking.set(name, arrival);
    socket.once('close', () => {
      if (this.#shaking.get(name) === arrival) this.#shaking.delete(name);
    });
  }

  #secured(socket: TLSSocket, host: VirtualHost): void {
    const name = nameOf(socket);
    const arrival = this.#shaking.get(name);
    this.#shaking.delete(name);
    if (arrival === undefined) {
      socket.destroy();
      return;
    }
    clearTimeout(arrival.timer);
    const { servername } = socket as TLSSocket & { servername?: string | false };
    const tls = new TlsConnection(socket, host, servername || undefined);
    const { refusal } = tls;
    if (refusal !== undefined) {
      this.#refuse({ ...arrival, socket }, 'tlsClientRefused', { reason: refusal });
      return;
    }
    setOrigin(socket, { tls, client: arrival.client, bytesBefore: socket.bytesRead });
    if (socket.alpnProtocol === 'h2') this.#begin(arrival, socket, host.settings);
    else this.#serve(arrival, socket);
  }

  #refuse({ socket, generation }: Arrival, message: MessageName, params: LogParams): void {
    generation.log.write(message, params, { client: clientOf(socket) });
    socket.destroy();
  }
}

function clientOf({ remoteAddress, remotePort = 0 }: Socket): string {
  return `${plainAddress(remoteAddress)}:${remotePort}`;
}

function nameOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0} ${localAddress ?? ''} ${localPort ?? 0}`;
}
