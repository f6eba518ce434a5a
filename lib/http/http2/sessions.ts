import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Settings } from '../../config/settings.js';
import { messageOf } from '../../errors.js';
import type { Intake } from '../intake.js';
import type { ServerLog } from '../log.js';
import { originOf } from '../origin.js';
import { CORE } from '../settings.js';
import { SessionConnection } from './session-connection.js';
import { HTTP2 } from './settings.js';
import { StreamMessage } from './stream-message.js';
import { StreamResponse } from './stream-response.js';

/** Bytes that all headers of a request may have together where LimitRequestFields sets no limit. */
const MAX_HEADERS = 1024 * 1024;

/** Headers beyond LimitRequestFields that the session still reads, so that the request gets a response that says so. */
const MORE_HEADERS = 50;

/** Streams that a client may reset at once, and for each second after it, before its session is ended. */
const RESETS = { streamResetBurst: 200, streamResetRate: 33 };

export interface SessionsOptions {
  readonly intake: Intake;
  /** hands a request on as Node's HTTP/2 server gives it */
  readonly route: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
  /** where sessions that fail are noted */
  readonly log: () => ServerLog;
}

/** The sessions of HTTP/2. */
export class Http2Sessions {
  readonly #options: SessionsOptions;
  /** one for each kind of session that the hosts want */
  readonly #servers = new Map<string, Http2Server>();
  readonly #connections = new WeakMap<object, SessionConnection>();
  /** the connection whose session is being made */
  #arriving: Socket | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * Begins a session on a connection.
   * @param settings of the host whose name the handshake has, or of the first of the address
   */
  begin(socket: Socket, settings: Settings): void {
    const { modernTlsOnly } = settings.get(HTTP2);
    const { tls } = originOf(socket);
    this.#arriving = socket;
    this.#serverFor(settings).emit('connection', socket);
    this.#arriving = undefined;
    if (tls === undefined || !modernTlsOnly) return;
    const { protocol = '', cipher } = tls;
    if (protocol === 'TLSv1.3' || (protocol === 'TLSv1.2' && MODERN.test(cipher))) return;
    this.#options.log().write('http2Insecure', { protocol, cipher }, { client: clientOf(socket) });
    const session = this.#sessions.get(socket);
    session?.goaway(constants.NGHTTP2_INADEQUATE_SECURITY);
    session?.destroy();
  }

  /** Takes up a request that comes back from the router. */
  accept(request: Http2ServerRequest): void {
    const { stream } = request;
    const session = stream.session;
    const connection = session && this.#connections.get(session);
    if (connection === undefined) {
      stream.destroy();
      return;
    }
    // A stream fails by itself when its client or its session does; whoever works on it is told by its end.
    stream.on('error', ignore);
    const message = new StreamMessage(stream, request.rawHeaders);
    this.#options.intake.accept(message, new StreamResponse(stream), message.target, connection);
  }

  readonly #sessions = new WeakMap<Socket, ServerHttp2Session>();

  #serverFor(settings: Settings): Http2Server {
    const key = JSON.stringify([settings.get(HTTP2), limitsOf(settings)]);
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = this.#create(settings);
      this.#servers.set(key, server);
    }
    return server;
  }

  #create(settings: Settings): Http2Server {
    const { maxStreams, windowSize, maxHeaderBlock, maxStreamErrors } = settings.get(HTTP2);
    const { fields, bytes } = limitsOf(settings);
    const { route, intake, log } = this.#options;
    const server = createServer({
      maxHeaderListPairs: fields + MORE_HEADERS,
      maxSessionInvalidFrames: maxStreamErrors,
      ...(maxHeaderBlock > 0 && { maxSendHeaderBlockLength: maxHeaderBlock }),
      ...RESETS,
      settings: {
        maxConcurrentStreams: maxStreams,
        initialWindowSize: windowSize,
        maxHeaderListSize: bytes,
        enablePush: false,
      },
    });
    server.on('session', (session: ServerHttp2Session) => {
      const socket = this.#arriving;
      if (socket === undefined) return;
      const connection = new SessionConnection(session, socket, settings.get(CORE).keepAliveTimeout);
      this.#connections.set(session, connection);
      this.#sessions.set(socket, session);
      const opening = intake.opening(connection);
      session.once('close', () => opening.ended());
    });
    server.on('sessionError', (error: Error) =>
      log().write('http2SessionFailed', { reason: messageOf(error) }),
    );
    server.on('request', route).on('checkContinue', route);
    return server;
  }
}

/** Ciphers of TLS 1.2 that RFC 9113 does not forbid: those with a key exchange of their own and authenticated data. */
const MODERN = /^(?:EC)?DHE-.*(?:GCM|CCM|CHACHA20)/;

/** How many headers a request may have, and how many bytes they may be. */
function limitsOf(settings: Settings): { readonly fields: number; readonly bytes: number } {
  const core = settings.get(CORE);
  const fields = core.limitRequestFields || 10_000;
  const bytes = core.limitRequestFields * core.limitRequestFieldSize || MAX_HEADERS;
  return { fields, bytes: bytes + (core.limitRequestLine || MAX_HEADERS) };
}

function clientOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

function ignore(): void {
  // Deliberately nothing.
}
