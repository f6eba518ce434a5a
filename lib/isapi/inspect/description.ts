import { ByteSource, Unreadable } from './byte-source.js';
import { findMarks } from './content-marks.js';
import { readElfDetails, recognizeElf, type ElfDetails } from './elf-details.js';
import { roleOf, type LibraryRole } from './entry-point-table.js';
import type { LibraryFacts } from './facts.js';
import { inspectSource, withFile } from './library.js';
import { readPeDetails, type PeDetails } from './pe-details.js';
import { recognizePe, type Toolchain } from './toolchains.js';

/** Everything that a file says of itself. */
export interface Description {
  readonly facts: LibraryFacts;
  /** bytes */
  readonly size: number;
  /** there for PE files of any processor whose headers can be read */
  readonly pe?: PeDetails;
  /** there for ELF libraries that this server could load */
  readonly elf?: ElfDetails;
  readonly toolchain: Toolchain;
  readonly role: LibraryRole;
  /** what could not be read, in words */
  readonly damage: readonly string[];
}

/** A file that was described, or why it cannot be read at all: "does not exist". */
export type DescribedFile =
  { readonly description: Description; readonly modified: Date } | { readonly unreadable: string };

/** Reads a file and everything that it says of itself. Never throws for what is in it. */
export function describeFile(path: string): DescribedFile {
  return withFile<DescribedFile>(
    path,
    (source, status) => ({ description: describe(source), modified: status.mtime }),
    (reason) => ({ unreadable: reason }),
  );
}

/** The same for bytes in memory. */
export function describeBytes(bytes: Buffer): Description {
  return describe(ByteSource.of(bytes));
}

function describe(source: ByteSource): Description {
  const facts = inspectSource(source);
  const damage = [...facts.damage];
  const base = { facts, size: source.size, role: roleOf(facts.exports), damage };
  try {
    if (facts.kind === 'pe' && facts.machine !== undefined) {
      const details = readPeDetails(source, damage);
      const imports = facts.imports.map(({ library }) => library.toLowerCase());
      const toolchain = recognizePe({ details, marks: findMarks(source), imports });
      return { ...base, damage: unique(damage), pe: details, toolchain };
    }
    if (facts.kind === 'elf' && facts.abi !== undefined) {
      const details = readElfDetails(source, damage);
      const toolchain = recognizeElf(details, findMarks(source));
      return { ...base, damage: unique(damage), elf: details, toolchain };
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    damage.push(`the file ${error.message}`);
  }
  return { ...base, damage: unique(damage), toolchain: { evidence: [] } };
}

/** The export table is read twice, and says of itself what is wrong with it both times. */
function unique(damage: readonly string[]): string[] {
  return [...new Set(damage)];
}
