import type { Configuration, VirtualHost } from '../../config/configuration.js';
import { expressionScope } from '../../http/expression-scope.js';
import { BufferedLog } from '../../http/logging/buffered-log.js';
import type { LogReports, LogSink } from '../../http/logging/log-sink.js';
import { isFile, openLog, OpenLogs } from '../../http/logging/log-target.js';
import type { ResponseHead, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import type { Log } from '../../messages.js';
import { LogEntry } from './entry.js';
import { compileFormat, type LogFormat } from './format.js';
import { LOG, type AccessLog, type LogCondition, type LogSettings, type NamedFormat } from './settings.js';

/** The Common Log Format: that of TransferLog, and of the nickname CLF, which is there from the start. */
const COMMON = compileFormat('%h %l %u %t "%r" %>s %b') as LogFormat;

interface Writer {
  readonly sink: LogSink;
  readonly format: LogFormat;
  readonly condition: LogCondition | undefined;
}

/**
 * The access logs of a configuration. A virtual host without logs of its own has those of the main server, and one with
 * some has the main server's global ones beside them.
 */
export class AccessLogs {
  /** some format shows the traffic of connections */
  readonly usesTraffic: boolean;
  readonly #logs = new OpenLogs();
  readonly #writers = new Map<VirtualHost, readonly Writer[]>();

  /** Opens the logs. Throws LOG_OPEN, and closes those that are open then. */
  constructor({ configuration, log }: ServerContext) {
    const { main, hosts, serverRoot } = configuration;
    const { buffered } = main.settings.get(LOG);
    const open = (target: string): LogSink =>
      this.#logs.get(target, () => {
        const sink = openLog(target, serverRoot, reportsOn(target, log));
        return buffered ? new BufferedLog(sink) : sink;
      });
    const common = main.settings.get(LOG);
    try {
      for (const host of hosts) {
        const settings = host.settings.get(LOG);
        const own = host.own.made(LOG).logs ?? [];
        const inherited =
          host === main ? [] : common.logs.filter((each) => own.length === 0 || each.isGlobal);
        this.#writers.set(host, [
          ...own.map((each) => writerOf(each, open(each.target), settings, settings)),
          ...inherited.map((each) => writerOf(each, open(each.target), common, settings)),
        ]);
      }
    } catch (error) {
      void this.#logs.close();
      throw error;
    }
    const writers = [...this.#writers.values()].flat();
    this.usesTraffic = writers.some(({ format }) => format.usesTraffic);
  }

  /** Writes the lines for a request that has ended. */
  write(request: HttpRequest): void {
    const writers = this.#writers.get(request.host);
    if (writers === undefined || writers.length === 0) return;
    const entry = new LogEntry(request);
    for (const { sink, format, condition } of writers) {
      if (condition === undefined || holds(condition, entry)) sink.write(`${format.line(entry)}\n`);
    }
  }

  /** Opens the logs anew. Throws LOG_OPEN. */
  reopen(): Promise<void> {
    return this.#logs.reopen();
  }

  close(): Promise<void> {
    return this.#logs.close();
  }
}

/** The files of all access logs. */
export function accessLogFiles({ hosts }: Configuration): string[] {
  const targets = hosts.flatMap(({ own }) => (own.made(LOG).logs ?? []).map(({ target }) => target));
  return [...new Set(targets)].filter(isFile);
}

/**
 * @param named whose nicknames the log's format may be
 * @param host the settings of the host that the log is used for: its default format is that of TransferLog
 */
function writerOf(
  { format, condition }: AccessLog,
  sink: LogSink,
  named: Readonly<LogSettings>,
  host: Readonly<LogSettings>,
): Writer {
  const found =
    format === undefined ? host.defaultFormat && resolve(host.defaultFormat, host) : resolve(format, named);
  return { sink, format: found ?? COMMON, condition };
}

/** What a format is: another that it is the nickname of, or itself. */
function resolve({ text, format }: NamedFormat, { formats }: Readonly<LogSettings>): LogFormat {
  return formats.get(text) ?? (text === 'CLF' ? COMMON : format);
}

/** Conditions are about the request as it came, before internal redirects, as in Apache. */
function holds(condition: LogCondition, entry: LogEntry): boolean {
  const request = entry.original;
  if ('variable' in condition) return request.env.has(condition.variable) === condition.isSet;
  return condition.condition.holds(expressionScope(request, sentHead(request, entry.state(true).status)));
}

/** The head of the response as it was sent, for conditions. */
function sentHead({ output, isError }: HttpRequest, status: number): ResponseHead {
  const sent = output.sentHeaders ?? [];
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < sent.length; index += 2) {
    headers.push([sent[index] ?? '', sent[index + 1] ?? '']);
  }
  return { status, reason: undefined, headers, isError };
}

function reportsOn(file: string, log: Log): LogReports {
  return {
    trouble: (reason) => log.write('logNotWritten', { file, reason }),
    mended: (count) => log.write('logWrittenAgain', { file, count }),
    ended: (reason, delay) => log.write('logProgramEnded', { file, reason, seconds: delay / 1000 }),
    said: (line) => log.write('logProgramSaid', { file, line }),
  };
}
