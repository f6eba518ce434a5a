import type { Argument, DirectiveContext } from '../../config/directive.js';
import { CORE, levelNumber, mergeLogLevels } from '../../http/settings.js';
import { LOG_LEVELS, type LogLevel } from '../../messages.js';

/** Applies `LogLevel [module:]level ...`: a level without a module is for all that are not named. */
export function applyLogLevel(context: DirectiveContext, args: readonly Argument[]): void {
  let base: number | undefined;
  const modules = new Map<string, number>();
  for (const argument of args) {
    const colon = argument.text.indexOf(':');
    const name = argument.text.slice(0, Math.max(colon, 0));
    const level = levelOf(argument.text.slice(colon + 1));
    if (level === undefined) {
      context.error(
        `LogLevel must be one of ${LOG_LEVELS.join(', ')}, with a module: before it if need be`,
        argument,
      );
      return;
    }
    if (colon < 0) base = level;
    else modules.set(plainName(name), level);
  }
  const before = context.settings.made(CORE).logLevels;
  const made = { base, modules };
  context.settings.set(CORE, 'logLevels', before === undefined ? made : mergeLogLevels(before, made));
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
  return name.replace(/^mod_(.+)\.c$/, '$1').replace(/_module$/, '');
}
