import type { Configuration } from '../../config/configuration.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import type { Place, Problem } from '../../config/place.js';
import { Slot } from '../../config/settings.js';
import { LogFile } from '../../http/log-file.js';
import type { Module, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { compileFormat, type LineFormat } from './format.js';

/** A CustomLog: where it goes, and its format or the nickname of one. */
interface AccessLog {
  readonly path: string;
  readonly format: LineFormat | string;
  readonly place: Place;
}

interface LogSettings {
  readonly formats: ReadonlyMap<string, LineFormat>;
  readonly logs: readonly AccessLog[];
}

const LOG = new Slot<LogSettings>('log', { formats: new Map(), logs: [] });

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'LogFormat',
    syntax: 'format nickname',
    contexts: ['server', 'virtual host'],
    args: [2, 2],
    help: 'A format for access logs, and the name that CustomLog calls it by.',
    apply(context, format, nickname) {
      const compiled = compile(context, 'LogFormat', format);
      if (compiled === undefined) return;
      if (nickname.text.includes('%')) {
        context.error('LogFormat: the nickname comes last and has no % in it', nickname);
        return;
      }
      const formats = new Map(context.server.get(LOG).formats).set(nickname.text, compiled);
      context.server.set(LOG, 'formats', formats);
    },
  },
  {
    name: 'CustomLog',
    syntax: 'file format|nickname',
    contexts: ['server', 'virtual host'],
    args: [2, 2],
    help: 'A file that each request is logged to, and the format of its lines.',
    apply: applyCustomLog,
  },
];

function compile(context: DirectiveContext, name: string, format?: Argument): LineFormat | undefined {
  const compiled = compileFormat(format?.text ?? '');
  if (typeof compiled !== 'string') return compiled;
  context.error(`${name}: ${compiled}`, format);
  return undefined;
}

function applyCustomLog(context: DirectiveContext, file?: Argument, format?: Argument): void {
  if (file === undefined || format === undefined) return;
  if (file.text.startsWith('|')) {
    context.error('CustomLog takes a file; programs are not available', file);
    return;
  }
  const compiled = format.text.includes('%') ? compile(context, 'CustomLog', format) : format.text;
  if (compiled === undefined) return;
  const log: AccessLog = { path: context.resolvePath(file.text), format: compiled, place: format.place };
  context.server.set(LOG, 'logs', [...context.server.get(LOG).logs, log]);
}

/** mod_log_config: access logs. */
export function createLogModule(): Module {
  const files = new Map<string, LogFile>();
  let writers: { file: LogFile; format: LineFormat }[] = [];
  return {
    name: 'log_config',
    directives: DIRECTIVES,
    check: unknownNicknames,
    hooks: {
      start(server) {
        const { formats, logs } = server.configuration.main.settings.get(LOG);
        writers = logs.map(({ path, format }) => ({
          file: openLog(files, path, server),
          format: typeof format === 'string' ? (formats.get(format) ?? (() => format)) : format,
        }));
      },
      log(request: HttpRequest) {
        for (const { file, format } of writers) file.write(`${format(request)}\n`);
      },
      async stop() {
        writers = [];
        for (const file of files.values()) await file.close();
        files.clear();
      },
    },
  };
}

/** A format may be named before it is defined, so that nicknames are looked up when everything was read. */
function unknownNicknames(configuration: Configuration): Problem[] {
  return configuration.hosts.flatMap(({ settings }) => {
    const { formats, logs } = settings.get(LOG);
    return logs
      .filter(({ format }) => typeof format === 'string' && !formats.has(format))
      .map(({ format, place }): Problem => {
        const known = [...formats.keys()].join(', ') || 'none';
        const message = `CustomLog: no LogFormat defines the nickname ${String(format)} (defined: ${known})`;
        return { severity: 'error', message, place };
      });
  });
}

/** One file for all logs that go to the same path, so that their lines do not mix. */
function openLog(files: Map<string, LogFile>, path: string, server: ServerContext): LogFile {
  let file = files.get(path);
  if (file === undefined) {
    file = new LogFile(path, (reason) => server.log.write('logNotWritten', { file: path, reason }));
    files.set(path, file);
  }
  return file;
}
