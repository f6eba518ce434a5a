/** What a connection is doing. */
export type ConnectionState = 'reading' | 'working' | 'writing' | 'idle' | 'closing';

/** How many connections there are, by what they do. */
export interface ConnectionCounts {
  readonly total: number;
  /** requests that have begun and not ended; a connection of HTTP/2 may have several */
  readonly requests: number;
  /** a request, its handshake included, is still arriving */
  readonly reading: number;
  /** a request is being worked on, and nothing was sent yet */
  readonly working: number;
  /** a response is being sent */
  readonly writing: number;
  /** the next request is waited for */
  readonly idle: number;
  readonly closing: number;
  /** connections that wait until one of the others ends, and how many are served at a time (`total`) at most */
  readonly waiting: number;
  readonly most: number;
}

/** What the server as a whole is doing, whatever configuration is at work. */
export interface ServerState {
  /** when it began to serve, in milliseconds since 1970 */
  readonly started: number;
  /** when the configuration at work took its place */
  readonly configured: number;
  /** which configuration is at work, counted from 1 */
  readonly generation: number;
  /** earlier configurations whose requests have not ended */
  readonly ending: number;
  readonly stopping: boolean;
  readonly urls: readonly string[];
  readonly connections: ConnectionCounts;
}

/** Counts connections by their states. */
export function countConnections(
  connections: Iterable<{ readonly state: ConnectionState; busy(): number }>,
): Omit<ConnectionCounts, 'waiting' | 'most'> {
  const counts = { total: 0, requests: 0, reading: 0, working: 0, writing: 0, idle: 0, closing: 0 };
  for (const connection of connections) {
    counts.total++;
    counts.requests += connection.busy();
    counts[connection.state]++;
  }
  return counts;
}
