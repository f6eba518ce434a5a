import { connect, type Socket } from 'node:net';
import type { Json } from '../http/control/action.js';
import {
  decodeReply,
  encodeLine,
  LineReader,
  MAX_REPLY_LINE,
  type ControlRequest,
} from '../http/control/lines.js';
import { addressOf, controlSocketOf, socketPathProblem } from '../http/control/path.js';
import { ERROR_CODES, HostError, messageOf, type ErrorCode } from '../errors.js';
import type { Arguments, Option } from './command.js';
import { errorsOf, load, sourcesOf } from './configuration.js';
import { READING_OPTIONS } from './options.js';

/** The options of commands that talk to a running server: how its socket is found. */
export const CONTROL_OPTIONS: readonly Option[] = [
  ...READING_OPTIONS,
  {
    name: 'socket',
    value: 'PATH',
    help: "the server's control socket, in place of the one that the configuration names",
  },
];

/** How a call of an action ended: by itself, or because the server (or its configuration) stopped. */
export type CallEnd = 'done' | 'stopped';

/** What a caller hears. */
export interface CallEvents {
  item(item: Json): void;
  /** so many items were left out, because they were not taken fast enough */
  dropped?(count: number): void;
}

/**
 * The socket of the server that runs with the configuration of a command line.
 * @throws HostError USAGE, or CONTROL when the configuration does not tell
 */
export function findSocket(parsed: Arguments): string {
  const named = parsed.values.get('socket')?.[0];
  if (named !== undefined) return named;
  const sources = sourcesOf(parsed);
  const { configuration, problems } = load(sources);
  if (configuration === undefined) {
    const reason = `the configuration ${sources.file} has errors, so that it does not tell the control socket`;
    const advice = 'mend them, or name that of the running server with --socket PATH';
    throw new HostError('CONTROL', `${reason}; ${advice}\n${errorsOf(sources, problems)}`);
  }
  const path = controlSocketOf(configuration);
  if (path === undefined) {
    const advice = 'there is ControlSocket off, or neither PidFile nor a folder logs; add ControlSocket PATH';
    throw new HostError('CONTROL', `the configuration ${sources.file} has no control socket: ${advice}`);
  }
  const problem = socketPathProblem(path);
  if (problem !== undefined) throw new HostError('CONTROL', problem);
  return path;
}

/**
 * Has a running server carry out an action. When the server takes another configuration while an action streams, it is
 * called in that one as well, and items of both come, as long as the first goes on.
 * @throws HostError CONTROL when no server is there, and what the server answers with
 */
export async function callServer(
  path: string,
  request: ControlRequest,
  events: CallEvents,
  signal?: AbortSignal,
): Promise<CallEnd> {
  const later: Promise<CallEnd>[] = [];
  const end = await callOnce(path, request, events, signal, () => {
    const next = callServer(path, request, events, signal);
    // It is awaited when the first has ended.
    next.catch(() => undefined);
    later.push(next);
  });
  return later[0] ?? end;
}

async function callOnce(
  path: string,
  request: ControlRequest,
  events: CallEvents,
  signal: AbortSignal | undefined,
  superseded: () => void,
): Promise<CallEnd> {
  const socket = await open(path);
  const leave = (): void => {
    socket.destroy();
  };
  signal?.addEventListener('abort', leave);
  if (signal?.aborted === true) leave();
  socket.write(encodeLine(request));
  const lines = new LineReader(MAX_REPLY_LINE);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const line of lines.push(chunk)) {
        const reply = decodeReply(line);
        if ('item' in reply) events.item(reply.item);
        else if ('dropped' in reply) events.dropped?.(reply.dropped);
        else if ('superseded' in reply) superseded();
        else if ('end' in reply) return reply.end;
        else if ('error' in reply) throw answered(reply.error);
      }
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error instanceof HostError ? error : broken(path, error);
  } finally {
    signal?.removeEventListener('abort', leave);
    socket.destroy();
  }
  if (signal?.aborted === true) return 'done';
  throw broken(path, undefined);
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(addressOf(path));
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => reject(notReached(path, error)));
  });
}

function notReached(path: string, error: NodeJS.ErrnoException): HostError {
  const say = (text: string): HostError => new HostError('CONTROL', text, { cause: error });
  switch (error.code) {
    case 'ENOENT':
      return say(`no server runs with this configuration: there is no control socket ${path}`);
    case 'ECONNREFUSED':
      return say(
        `no server runs with this configuration: nothing listens on the control socket ${path}, which one has left behind`,
      );
    case 'EACCES':
    case 'EPERM':
      return say(
        `the control socket ${path} is for the user of the server alone: run this as that user, or as root`,
      );
    default:
      return say(`the control socket ${path} cannot be reached: ${messageOf(error)}`);
  }
}

/** Whether an error says that no server listens there. */
export function isNotRunning(error: unknown): boolean {
  if (!(error instanceof HostError) || error.code !== 'CONTROL') return false;
  const { cause } = error;
  return (
    cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED')
  );
}

function broken(path: string, cause: unknown): HostError {
  const reason = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new HostError(
    'CONTROL',
    `the server has closed the control socket ${path} without an answer${reason}`,
    {
      cause,
    },
  );
}

/** An error as the server raised it; a newer server may have codes that this program has not. */
function answered({ code, message }: { readonly code: string; readonly message: string }): HostError {
  return new HostError(Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'ACTION', message);
}
