import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import {
  formatMessage,
  LOG_LEVELS,
  MESSAGES,
  type Log,
  type LogContext,
  type LogLevel,
  type LogParams,
  type MessageName,
} from '../messages.js';
import { preciseNow } from './clock.js';
import { LogFile } from './log-file.js';
import { CORE, levelNumber, type LogLevels } from './settings.js';
import type { Configuration } from '../config/configuration.js';

/** Position of each message's level in LOG_LEVELS. */
const LEVEL_OF = Object.fromEntries(
  Object.entries(MESSAGES).map(([name, message]) => [name, levelNumber(message.level)]),
) as Record<MessageName, number>;

/** Up to here LogLevel has no say: Apache's error log always has what it says of its start and stop. */
const ALWAYS = levelNumber('notice');

/** pino wants numbers that grow with severity. */
const PINO_LEVELS = Object.fromEntries(
  LOG_LEVELS.map((level, index) => [level, (LOG_LEVELS.length - index) * 10]),
) as Record<LogLevel, number>;

/** A record as pino writes it: the stable fields of `ErrorLogFormat json`. */
interface LogRecord extends LogContext {
  readonly level: LogLevel;
  readonly time: string;
  readonly module: string;
  readonly number: string;
  readonly msg: string;
}

/** The error log. */
export class ServerLog implements Log {
  readonly #levels: LogLevels;
  readonly #file: LogFile;
  readonly #logger: pino.Logger<LogLevel>;

  /**
   * Opens the error log.
   * @param path an absolute path, or `stderr`
   * @throws HostError LOG_OPEN
   */
  constructor(path: string, format: 'default' | 'json', levels: LogLevels) {
    this.#levels = levels;
    const file = new LogFile(path, (reason) => {
      process.stderr.write(`isapi-host: cannot write the error log ${path}: ${reason}\n`);
    });
    this.#file = file;
    this.#logger = pino<LogLevel>(
      {
        level: 'trace8',
        customLevels: PINO_LEVELS,
        useOnlyCustomLevels: true,
        base: null,
        messageKey: 'msg',
        timestamp: () => `,"time":"${timeText()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      format === 'json'
        ? { write: (line: string) => file.write(line) }
        : { write: (line: string) => file.write(formatRecord(JSON.parse(line) as LogRecord)) },
    );
  }

  write(name: MessageName, params?: LogParams, context?: LogContext): void {
    if (this.wants(name, this.#levels)) this.append(name, params, context);
  }

  /** Whether a message is to be logged with these levels. */
  wants(name: MessageName, levels: LogLevels): boolean {
    const level = LEVEL_OF[name];
    if (level === ALWAYS) return true;
    return level <= (levels.modules.get(MESSAGES[name].module) ?? levels.base ?? ALWAYS - 1);
  }

  /** Writes a message whatever its level. */
  append(name: MessageName, params?: LogParams, context?: LogContext): void {
    const message = MESSAGES[name];
    const fields = { module: message.module, number: message.number, name, ...(params && { params }) };
    this.#logger[message.level](
      { ...fields, ...context, pid: context?.pid ?? process.pid },
      formatMessage(name, params),
    );
  }

  /** Writes out what waits and closes the log. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Opens the error log that a configuration asks for. Throws LOG_OPEN. */
export function openErrorLog(configuration: Configuration): ServerLog {
  const core = configuration.main.settings.get(CORE);
  return new ServerLog(
    core.errorLog ?? defaultErrorLog(configuration.serverRoot),
    core.errorLogFormat,
    core.logLevels,
  );
}

/** Without ErrorLog: `logs/error_log` below ServerRoot, or standard error when there is no such folder. */
function defaultErrorLog(serverRoot: string): string {
  return existsSync(join(serverRoot, 'logs')) ? join(serverRoot, 'logs', 'error_log') : 'stderr';
}

/** Now, in ISO 8601 with microseconds. */
function timeText(): string {
  const now = preciseNow();
  const micros = Math.floor((now % 1) * 1000);
  return `${new Date(now).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A record as a line in Apache's default ErrorLogFormat; the time is local. */
export function formatRecord(record: LogRecord): string {
  let line = `[${apacheTime(record.time)}] [${record.module}:${record.level}] [pid ${record.pid ?? process.pid}]`;
  if (record.client !== undefined) line += ` [client ${escapeControls(record.client)}]`;
  if (record.pool !== undefined) line += ` [pool ${escapeControls(record.pool)}]`;
  if (record.request !== undefined) line += ` [request ${record.request}]`;
  return `${line} ${record.number}: ${escapeControls(record.msg)}\n`;
}

function apacheTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${two(date.getDate())}`;
  return `${day} ${clock}.${iso.slice(20, 26)} ${date.getFullYear()}`;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\v': '\\v',
};

/** Control characters are shown as escapes, so that what a client sends cannot make lines of its own. */
function escapeControls(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => NAMED_ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
