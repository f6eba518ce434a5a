import type { Duplex } from 'node:stream';
import type { TlsConnection } from './tls/tls-connection.js';

/** What is known of where a connection comes from, beyond its addresses. */
export interface Origin {
  /** its TLS; undefined when it has none */
  readonly tls: TlsConnection | undefined;
  /** the client that something in between has named with the PROXY protocol */
  readonly client: { readonly address: string; readonly port: number } | undefined;
  /** it came without TLS to a port that has it */
  readonly isPlainOnTls: boolean;
  /** bytes that were read before HTTP began */
  readonly bytesBefore: number;
}

const PLAIN: Origin = { tls: undefined, client: undefined, isPlainOnTls: false, bytesBefore: 0 };

const origins = new WeakMap<Duplex, Origin>();

/** Tells what is to be known of a connection that begins. */
export function setOrigin(stream: Duplex, origin: Partial<Origin>): void {
  origins.set(stream, { ...PLAIN, ...origin });
}

/** Where a connection comes from. */
export function originOf(stream: Duplex): Origin {
  return origins.get(stream) ?? PLAIN;
}
