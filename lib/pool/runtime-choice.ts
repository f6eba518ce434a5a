import fs from 'node:fs';
import { identifyLibrary } from '../isapi/inspect/library.js';
import type { RuntimeName } from './runtimes/runtime.js';

/** Which runtime a library needs, or why none can load it. */
export type RuntimeChoice = { readonly runtime: RuntimeName } | { readonly reason: string };

interface Known {
  readonly mtimeMs: number;
  readonly size: number;
  readonly ino: number;
  readonly choice: RuntimeChoice;
}

/** Files whose headers are remembered. */
const MAX_KNOWN = 10_000;

/** Chooses runtimes by reading the headers of files, whatever their names end in; reads a file again when it changed. */
export class RuntimeChooser {
  readonly #known = new Map<string, Known>();

  /**
   * @param file a byte string
   * @param stats what the disk says of it just now, when somebody has asked. Throws what the file system throws.
   */
  choose(file: string, stats?: fs.Stats): RuntimeChoice {
    const { mtimeMs, size, ino } = stats ?? fs.statSync(Buffer.from(file, 'latin1'));
    const known = this.#known.get(file);
    if (known?.mtimeMs === mtimeMs && known.size === size && known.ino === ino) return known.choice;
    const choice = chooseFor(Buffer.from(file, 'latin1').toString('utf8'));
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(file, { mtimeMs, size, ino, choice });
    return choice;
  }
}

function chooseFor(file: string): RuntimeChoice {
  const identity = identifyLibrary(file);
  if (identity.reason !== undefined) return { reason: identity.reason };
  if (identity.kind === 'elf') return { runtime: 'native' };
  return { runtime: identity.machine === 'x86' ? 'wine32' : 'wine64' };
}
