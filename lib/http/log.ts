import { hostname } from 'node:os';
import type { Configuration, VirtualHost } from '../config/configuration.js';
import {
  formatMessage,
  MESSAGES,
  type Log,
  type LogContext,
  type LogParams,
  type MessageName,
} from '../messages.js';
import { preciseNow } from './clock.js';
import { ErrorDestination, type ErrorLogFormat, type OnceFormats } from './logging/error-destination.js';
import { mainRequest, type ErrorRecord } from './logging/error-record.js';
import type { LogReports } from './logging/log-sink.js';
import { isFile, isSyslog, openLog, OpenLogs } from './logging/log-target.js';
import { inLogsFolder } from './logs-folder.js';
import type { HttpRequest } from './request.js';
import { CORE, levelNumber, type LogLevels } from './settings.js';

/** Position of each message's level in LOG_LEVELS. */
const LEVEL_OF = Object.fromEntries(
  Object.entries(MESSAGES).map(([name, message]) => [name, levelNumber(message.level)]),
) as Record<MessageName, number>;

/** Up to here LogLevel has no say: Apache's error log always has what it says of its start and stop. */
const ALWAYS = levelNumber('notice');

const NOTHING_ONCE: OnceFormats = { connection: [], request: [] };

/** The error log of a host: a target as openLog takes it, and the form of its lines. */
export interface ErrorLogOptions {
  readonly target: string;
  readonly format: ErrorLogFormat;
  readonly once?: OnceFormats;
}

/** The error logs: that of the main server, and those that virtual hosts have of their own. */
export class ServerLog implements Log {
  readonly #levels: LogLevels;
  readonly #folder: string;
  readonly #name: string;
  readonly #logs = new OpenLogs();
  readonly #main: ErrorDestination;
  readonly #hosts = new Map<VirtualHost, ErrorDestination>();

  /**
   * Opens the error log of the main server.
   * @param levels what is wanted of messages that are about no request
   * @param folder where programs run
   * @param name the name of the main server
   * @throws HostError LOG_OPEN
   */
  constructor(options: ErrorLogOptions, levels: LogLevels, folder = '.', name = hostname()) {
    this.#levels = levels;
    this.#folder = folder;
    this.#name = name;
    this.#main = this.#open(options);
  }

  /** Opens the error log of a virtual host. Throws LOG_OPEN. */
  addHost(host: VirtualHost, options: ErrorLogOptions): void {
    this.#hosts.set(host, this.#open(options));
  }

  #open({ target, format, once }: ErrorLogOptions): ErrorDestination {
    const sink = this.#logs.get(target, () => openLog(target, this.#folder, reportsOn(target)));
    return new ErrorDestination(sink, format, { isSyslog: isSyslog(target), once: once ?? NOTHING_ONCE });
  }

  write(name: MessageName, params?: LogParams, context: LogContext = {}): void {
    if (!wants(name, this.#levels, this.#main)) return;
    this.#main.write({
      ...recordOf(name, params, context),
      request: undefined,
      connection: undefined,
      hostName: this.#name,
    });
  }

  /** Writes a message about a request to the log of its host, if the request's settings want it. */
  about(request: HttpRequest, name: MessageName, params?: LogParams, context?: LogContext): void {
    const main = mainRequest(request);
    main.logListener?.(name, params);
    const destination = this.#hosts.get(request.host) ?? this.#main;
    if (!wants(name, request.settings.get(CORE).logLevels, destination)) return;
    const record: ErrorRecord = {
      ...recordOf(name, params, {
        client: `${request.remoteAddress}:${request.remotePort}`,
        request: main.id,
        ...context,
      }),
      request,
      connection: request,
      hostName: request.named.identity.name,
    };
    const { mark } = request;
    if (mark?.logged === false) {
      mark.logged = true;
      destination.tellConnection(record);
    }
    if (!main.logged) {
      main.logged = true;
      destination.tellRequest({ ...record, request: main });
    }
    destination.write(record);
  }

  /** Opens the logs anew, after their files were renamed. Throws LOG_OPEN. */
  reopen(): Promise<void> {
    return this.#logs.reopen();
  }

  /** Writes out what waits and closes the logs. */
  close(): Promise<void> {
    return this.#logs.close();
  }
}

/** Whether a message is to be logged with these levels. */
function wants(name: MessageName, levels: LogLevels, destination: ErrorDestination): boolean {
  const level = LEVEL_OF[name];
  if (level === ALWAYS && !destination.isSyslog) return true;
  return level <= (levels.modules.get(MESSAGES[name].module) ?? levels.base ?? ALWAYS - 1);
}

function recordOf(
  name: MessageName,
  params: LogParams | undefined,
  context: LogContext,
): Pick<ErrorRecord, 'time' | 'message' | 'context'> {
  const { level, module, number } = MESSAGES[name];
  const text = formatMessage(name, params);
  return {
    time: preciseNow(),
    message: { level, severity: LEVEL_OF[name], module, number, name, params, text },
    context,
  };
}

/** An error log cannot tell of its own failures: standard error gets them. */
function reportsOn(target: string): LogReports {
  const say = (text: string): void => {
    process.stderr.write(`isapi-host: error log ${target}: ${text}\n`);
  };
  return {
    trouble: (reason) => say(`lines are lost: ${reason}`),
    mended: (lost) => say(`it can be written to again; ${lost} line${lost === 1 ? ' was' : 's were'} lost`),
    ended: (reason, delay) => say(`its program ended ${reason}; it is started again in ${delay / 1000} s`),
    said: say,
  };
}

/**
 * Opens the error logs that a configuration asks for. Throws LOG_OPEN.
 * @param fallback the log without ErrorLog: `logs/error_log` below ServerRoot by default, or standard error when there
 *   is no such folder
 */
export function openErrorLog(
  { main, hosts, serverRoot }: Configuration,
  fallback = defaultErrorLog(serverRoot),
): ServerLog {
  const { logLevels, serverName } = main.settings.get(CORE);
  const log = new ServerLog(errorLogOf(main, fallback), logLevels, serverRoot, serverName);
  for (const host of hosts) if (host !== main) log.addHost(host, errorLogOf(host, fallback));
  return log;
}

/** Where the error log of the main server goes, as openErrorLog opens it. */
export function errorLogTarget({ main, serverRoot }: Configuration): string {
  return errorLogOf(main, defaultErrorLog(serverRoot)).target;
}

/** Where the error logs of all hosts go, each once. */
export function errorLogTargets({ main, hosts, serverRoot }: Configuration): string[] {
  const fallback = defaultErrorLog(serverRoot);
  return [...new Set([main, ...hosts].map((host) => errorLogOf(host, fallback).target))];
}

/** The files of all error logs. */
export function errorLogFiles(configuration: Configuration): string[] {
  return errorLogTargets(configuration).filter(isFile);
}

function errorLogOf({ settings }: VirtualHost, fallback: string): ErrorLogOptions {
  const { errorLog, errorLogFormat, errorLogConnection, errorLogRequest } = settings.get(CORE);
  return {
    target: errorLog ?? fallback,
    format: errorLogFormat,
    once: { connection: errorLogConnection, request: errorLogRequest },
  };
}

function defaultErrorLog(serverRoot: string): string {
  return inLogsFolder(serverRoot, 'error_log') ?? 'stderr';
}
