import { Slot } from '../../config/settings.js';

/** What the core's Protocols directives say. */
export interface ProtocolSettings {
  /** in lower case, most wanted first; empty for HTTP/1.1 alone */
  readonly protocols: readonly string[];
  /** the order here counts, and not the client's */
  readonly honorOrder: boolean;
}

export const PROTOCOLS = new Slot<ProtocolSettings>('protocols', { protocols: [], honorOrder: true });

/** What mod_http2's directives say of a server or a virtual host. */
export interface Http2Settings {
  /** streams of a session at the same time */
  readonly maxStreams: number;
  /** bytes of a stream's body that a client may send ahead */
  readonly windowSize: number;
  /** HTTP/2 without TLS from the first byte; undefined: when Protocols has h2c */
  readonly direct: boolean | undefined;
  /** only ciphers that RFC 9113 has not forbidden */
  readonly modernTlsOnly: boolean;
  /** seconds that a stream may be without progress; undefined for Timeout */
  readonly streamTimeout: number | undefined;
  /** bytes of a response's header block, 0 for as many as the protocol allows */
  readonly maxHeaderBlock: number;
  /** frames that a client may send in error before its session is ended */
  readonly maxStreamErrors: number;
}

export const HTTP2 = new Slot<Http2Settings>('http2', {
  maxStreams: 100,
  windowSize: 65_535,
  direct: undefined,
  modernTlsOnly: true,
  streamTimeout: undefined,
  maxHeaderBlock: 0,
  maxStreamErrors: 8,
});
