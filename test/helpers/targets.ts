import t, { type Test } from 'tap';

import { HostError } from '../../lib/errors.js';
import { findRuntime, type RuntimeName } from '../../lib/pool/runtimes/runtime.js';
import { skipWithout, TARGETS, type Target } from './compilers.js';

/** What runs the extensions of each target. */
const RUNTIMES: Readonly<Record<Target, RuntimeName>> = { elf: 'native', win64: 'wine64', win32: 'wine32' };

/** For a test's `skip` option: false where extensions of a target can be compiled and run, else what to install. */
export function skipUnlessRunnable(target: Target): string | false {
  const reason = skipWithout(target);
  if (reason !== false) return reason;
  try {
    findRuntime(RUNTIMES[target]);
    return false;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return `no runtime for ${target}: ${error.message}`;
  }
}

/** A test for each target, in order; those that cannot run are skipped and say what to install. */
export function forEachTarget(run: (t: Test, target: Target) => Promise<void>): void {
  for (const target of TARGETS) {
    t.test(target, { skip: skipUnlessRunnable(target) }, (t) => run(t, target));
  }
}

/** A path of this machine as extensions of a target name it. */
export function pathFor(target: Target, path: string): string {
  return target === 'elf' ? path : `Z:${path.replaceAll('/', '\\')}`;
}

/** The last errors by name, as extensions of a target see them. */
export function lastErrors(target: Target): Readonly<Record<LastError, number>> {
  return target === 'elf' ? ELF_ERRORS : WINDOWS_ERRORS;
}

type LastError = 'insufficientBuffer' | 'invalidIndex' | 'invalidParameter' | 'readFault' | 'writeFault';

/** ENOBUFS, EINVAL, EINVAL, EIO, EIO of Linux: what mod_isapi maps them to. */
const ELF_ERRORS = {
  insufficientBuffer: 105,
  invalidIndex: 22,
  invalidParameter: 22,
  readFault: 5,
  writeFault: 5,
} as const;

/** winerror.h */
const WINDOWS_ERRORS = {
  insufficientBuffer: 122,
  invalidIndex: 1413,
  invalidParameter: 87,
  readFault: 30,
  writeFault: 29,
} as const;
