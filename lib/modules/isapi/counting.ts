import type { Note } from '../../channel/notes.js';
import type { HttpRequest } from '../../http/request.js';
import type { ExchangeFailure } from '../../pool/exchange.js';
import type { ExtensionCounters, ExtensionErrors } from '../../pool/extension-statistics.js';
import type { RequestDescription } from '../../pool/snapshots.js';

/** What a request is, for the status page. */
export function describeRequest(request: HttpRequest): RequestDescription {
  const { id, method, query, remoteAddress: client } = request;
  return { id, method, path: request.path, query, host: request.named.name ?? request.serverName, client };
}

/** Counts what a worker says of an extension. */
export function noteInCounters(note: Note, counters: ExtensionCounters): void {
  if (note.kind === 'unsupported' || note.kind === 'async read refused') counters.unsupported++;
  else if (note.kind === 'loaded') {
    counters.version = note.version;
    counters.description = note.description;
  }
}

/** What a failure counts as. */
export function errorKind(failure: ExchangeFailure): keyof ExtensionErrors {
  if (failure.kind === 'not loaded') return 'notLoaded';
  if (failure.kind === 'lost') return failure.suspected === true ? 'crashed' : 'lost';
  return failure.kind;
}
