import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { compilerOf, type Target } from '../helpers/compilers.js';
import { root } from '../helpers/root.js';

/**
 * Compiles constant expressions of C as assertions, with the ISAPI header of the target (httpext.h of the compiler on
 * Windows, isapi.h on ELF), and returns those that do not hold. Nothing is run, so no Wine is needed.
 */
export function failingAssertions(target: Target, expressions: readonly string[]): string[] {
  const source = [
    '#include <stddef.h>',
    '#include "isapi.h"',
    ...expressions.map((expression) => `_Static_assert(${expression}, "fails: ${expression}");`),
  ].join('\n');
  const { command } = compilerOf(target);
  const args = ['-std=gnu11', '-fsyntax-only', `-I${join(root, 'isapi-samples')}`, '-x', 'c', '-'];
  const result = spawnSync(command, args, { encoding: 'utf8', input: source });
  if (result.status === 0) return [];
  const failing = [...result.stderr.matchAll(/"fails: (.*?)"\n/gu)].map((match) => match[1] ?? '');
  // Something else is wrong: an expression that is no constant, a name that is not declared.
  if (failing.length === 0 || / error: (?!static assertion failed)/u.test(result.stderr))
    throw new Error(result.stderr);
  return [...new Set(failing)];
}
