import { formatProblem } from '../config/problems.js';
import type { Problem } from '../config/place.js';
import { LOG_LEVELS } from '../messages.js';
import { HostError } from '../errors.js';
import type { Streams } from './command.js';

/** The position in LOG_LEVELS of a level that `-e` names. Throws HostError USAGE. */
export function errorLevel(name: string): number {
  const level = (LOG_LEVELS as readonly string[]).indexOf(name.toLowerCase());
  if (level < 0) throw new HostError('USAGE', `-e takes one of ${LOG_LEVELS.join(', ')}`);
  return level;
}

/** Shows problems that are severe enough; says how many errors there are. */
export function showProblems(problems: readonly Problem[], level: number, streams: Streams): number {
  for (const problem of problems) {
    const own = LOG_LEVELS.indexOf(problem.severity === 'error' ? 'error' : 'warn');
    if (own <= level) streams.error(formatProblem(problem));
  }
  return problems.filter(({ severity }) => severity === 'error').length;
}

/** `1 error`, `2 errors`. */
export function countErrors(count: number): string {
  return `${count} error${count === 1 ? '' : 's'}`;
}
