import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { compileErrorFormat } from '../../http/logging/error-log-format.js';
import { isProgram, isSyslog } from '../../http/logging/log-target.js';
import { parseSyslog } from '../../http/logging/system-log.js';
import { CORE } from '../../http/settings.js';
import { applyLogLevel } from './log-level.js';

const SERVER = ['server', 'virtual host'] as const;

/** Directives of Apache's core that are about the error log. */
export const LOG_DIRECTIVES: readonly Directive[] = [
  {
    name: 'ErrorLog',
    syntax: 'file|"|program"|syslog[:facility[:tag]]|stderr',
    default: 'logs/error_log, or stderr when there is no folder logs (-k start makes it)',
    contexts: SERVER,
    args: [1, 1],
    help: "The file, the program or the system's log that messages are written to.",
    apply: applyErrorLog,
  },
  {
    name: 'ErrorLogFormat',
    syntax: 'default|json|[connection|request] format',
    default: 'default',
    contexts: SERVER,
    args: [1, 2],
    help: "The form of the error log's lines: Apache's, one JSON object for each, or a format with items such as %M; and lines that are written once for a connection or a request.",
    apply: applyErrorLogFormat,
  },
  {
    name: 'LogLevel',
    syntax: '[module:]level ...',
    default: 'warn',
    contexts: ['server', 'virtual host', 'directory'],
    args: [1, Infinity],
    help: 'How severe a message has to be to get into the error log, for all modules or for one.',
    apply: (context, ...args) => applyLogLevel(context, args),
  },
];

function applyErrorLog(context: DirectiveContext, target?: Argument): void {
  const text = target?.text ?? '';
  if (isProgram(text)) {
    if (/^\|\|?\$?\s*$/.test(text)) context.error('ErrorLog: there is no program behind the bar', target);
    else context.server.set(CORE, 'errorLog', text);
    return;
  }
  if (isSyslog(text)) {
    const syslog = parseSyslog(text);
    if (typeof syslog === 'string') context.error(`ErrorLog: ${syslog}`, target);
    else context.server.set(CORE, 'errorLog', text);
    return;
  }
  if (text === 'stderr') {
    context.server.set(CORE, 'errorLog', text);
    return;
  }
  const path = context.resolvePath(text);
  const folder = dirname(path);
  if (isFolder(folder)) {
    context.server.set(CORE, 'errorLog', path);
    return;
  }
  const which = context.section === 'VirtualHost' ? 'error log of this vhost' : 'main error log';
  context.error(`Cannot access directory '${folder}/' for ${which}; create it, or name another file`, target);
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

function applyErrorLogFormat(context: DirectiveContext, first?: Argument, second?: Argument): void {
  if (first === undefined) return;
  const word = first.text.toLowerCase();
  if (second === undefined) {
    const format = word === 'json' || word === 'default' ? word : compileErrorFormat(first.text, 'message');
    // What is wrong with a format is a text as well, and never one of these two words.
    if (typeof format !== 'string' || format === 'json' || format === 'default') {
      context.server.set(CORE, 'errorLogFormat', format);
    } else {
      context.error(format, first);
    }
    return;
  }
  const key =
    word === 'connection' ? 'errorLogConnection' : word === 'request' ? 'errorLogRequest' : undefined;
  if (key === undefined) {
    context.error('ErrorLogFormat type must be one of request, connection', first);
    return;
  }
  const before = context.server.made(CORE)[key] ?? [];
  // An empty format makes a virtual host have none of the main server's.
  const line = second.text === '' ? undefined : compileErrorFormat(second.text, 'once');
  if (typeof line === 'string') context.error(line, second);
  else context.server.set(CORE, key, line === undefined ? before : [...before, line]);
}
