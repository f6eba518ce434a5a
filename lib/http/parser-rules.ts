import type { Server } from 'node:http';
import type { VirtualHost } from '../config/configuration.js';
import type { Settings } from '../config/settings.js';
import type { Generation } from './generation.js';
import type { HostSet } from './host-set.js';
import { HOST } from './host-settings.js';
import { CORE } from './settings.js';

/** Bytes that all headers of a request may have together where LimitRequestFields sets no limit. */
const MAX_UNLIMITED_HEADERS = 1024 * 1024;

/**
 * Has the next connection of a server parsed by the rules of the hosts that it is for: Node reads them of the server
 * object when it takes a connection up, so this comes before its own listener.
 * @param settings those of the first host of the connection's address
 */
export function prepareParser(server: Server, settings: Settings): void {
  const { limitRequestFields, limitRequestFieldSize, limitRequestLine } = settings.get(CORE);
  const fields = limitRequestFields * limitRequestFieldSize || MAX_UNLIMITED_HEADERS;
  const rules = server as Server & { maxHeaderSize: number; insecureHTTPParser: boolean };
  // Beyond the directives' own limits, which give better answers.
  rules.maxHeaderSize = fields + (limitRequestLine || MAX_UNLIMITED_HEADERS);
  rules.insecureHTTPParser = settings.get(HOST).conformance === 'unsafe';
}

/**
 * KeepAliveTimeout in milliseconds after a request to a host: its own, else that of the first host of its address;
 * undefined for that of the main server, which Node's server keeps.
 */
export function keepAliveTime(
  { base }: HostSet,
  host: VirtualHost,
  { configuration }: Generation,
): number | undefined {
  const usual = configuration.main.settings.get(CORE).keepAliveTimeout;
  const seconds = host.own.made(CORE).keepAliveTimeout ?? base.settings.get(CORE).keepAliveTimeout;
  return seconds === usual ? undefined : seconds * 1000;
}
