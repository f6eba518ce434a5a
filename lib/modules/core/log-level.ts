import type { Argument, DirectiveContext } from '../../config/directive.js';
import { isApacheModule } from '../../config/known-modules.js';
import { CORE, levelNumber, mergeLogLevels } from '../../http/settings.js';
import { LOG_LEVELS, MESSAGES, type LogLevel } from '../../messages.js';

/** Modules that messages are from: some are parts of the server and no modules for LoadModule. */
const SOURCES: ReadonlySet<string> = new Set(Object.values(MESSAGES).map(({ module }) => module));

/** Applies `LogLevel [module:]level ...`: a level without a module is for all, but for those named after it. */
export function applyLogLevel(context: DirectiveContext, args: readonly Argument[]): void {
  let base: number | undefined;
  const modules = new Map<string, number>();
  for (const argument of args) {
    const colon = argument.text.lastIndexOf(':');
    const name = argument.text.slice(0, Math.max(colon, 0));
    const word = argument.text.slice(colon + 1);
    if (colon >= 0 && word === '') {
      context.error(`Module specifier '${name}' must be followed by a log level keyword`, argument);
      return;
    }
    const level = levelOf(word);
    if (level === undefined) {
      const keywords =
        'Log level keyword must be one of emerg/alert/crit/error/warn/notice/info/debug/trace1/.../trace8';
      context.error(colon < 0 ? keywords : `${name}:${word}: ${keywords}`, argument);
      return;
    }
    if (colon < 0) {
      base = level;
      modules.clear();
    } else if (isKnown(context, name, argument)) {
      modules.set(plainName(name), level);
    } else {
      return;
    }
  }
  const before = context.settings.made(CORE).logLevels;
  const made = { base, modules };
  context.settings.set(CORE, 'logLevels', before === undefined ? made : mergeLogLevels(before, made));
}

/** Whether a module is there, or is one of Apache's that is not, which is told. */
function isKnown(context: DirectiveContext, name: string, at: Argument): boolean {
  const plain = plainName(name);
  if (context.hasModule(`${plain}_module`) || SOURCES.has(plain)) return true;
  if (isApacheModule(`${plain}_module`)) {
    context.warning(`isapi-host has no module ${name}, so that its level has no effect`, at);
    return true;
  }
  context.error(`Cannot find module ${name}`, at);
  return false;
}

function levelOf(text: string): number | undefined {
  const name = text.toLowerCase();
  return isLevel(name) ? levelNumber(name) : undefined;
}

function isLevel(name: string): name is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(name);
}

/** `isapi` from any way to write the module's name: `isapi_module`, `mod_isapi.c`. */
function plainName(name: string): string {
  return name
    .replace(/^mod_(.+)\.c$/, '$1')
    .replace(/^core\.c$/, 'core')
    .replace(/_module$/, '');
}
