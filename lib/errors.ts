/**
 * Every error that isapi-host raises on purpose has a code from this table. A caller matches the code; the
 * message is for people and ends in what to do.
 */
export const ERROR_CODES = {
  CONFIG_INVALID: 'the configuration has errors; the problems list them with their places',
  POOLS_INVALID: 'the pools file has errors; the problems list them with their places',
  CHANNEL_FRAME: 'a frame on the channel between server and worker is malformed',
  CHANNEL_CLOSED: 'the other end of a channel went away',
  RUNTIME_MISSING: 'no runtime on this machine can load that kind of library',
  RUNTIME_SETUP: 'a runtime could not be installed',
  WORKER_START: 'a worker process did not start',
  WORKER_LOST: 'a worker process ended while a request was running in it',
  POOL_BUSY: 'the queue of an application pool is full',
  POOL_STOPPED: 'an application pool failed too often in a row and is stopped',
  POOL_TIMEOUT: 'an extension did not answer within the time allowed',
  LIBRARY_FORMAT: 'a file is neither a PE nor an ELF library that can be read',
  USAGE: 'the command line is wrong',
  LISTEN: 'an address cannot be listened on',
  RELOAD_BUSY: 'requests of too many earlier configurations have not ended yet',
  CONTROL: 'the control socket cannot be used, or does not take what was sent to it',
  CONTROL_STOPPED: 'an action was ended because the server or its configuration stops',
  ACTION: 'an action that was asked for on the control socket cannot be carried out',
  JOURNAL: 'the call journal cannot be read or changed',
  TRACE: 'a trace that is kept cannot be read',
  RUNNING: 'the server that a PID file names is running, or is not',
  TLS_KEY: 'a private key cannot be used, because its pass phrase is missing or wrong',
  LOG_OPEN: 'a log cannot be opened',
  RIGHTS: 'the rights of root cannot be given up',
  BODY_TOO_LARGE: 'a request body is larger than LimitRequestBody',
  BODY_INCOMPLETE: 'a request body ended, or broke off, before its end',
  BODY_MALFORMED: 'the chunks of a request body are malformed',
  BODY_TIMEOUT: 'a request body did not go on arriving within Timeout',
  RESPONSE_INVALID: 'a response has a status or a header that cannot be sent',
} as const;

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** An error with a stable code. `cause` holds the underlying error, where there is one. */
export class HostError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HostError';
    this.code = code;
  }
}

/** The text of anything thrown: an Error's message, or the value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
