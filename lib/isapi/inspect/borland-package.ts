/** What the resource PACKAGEINFO says, which the linkers of Delphi and C++Builder write. */
export interface PackageInformation {
  readonly producer: 'Delphi' | 'C++Builder' | 'Delphi or C++Builder';
  /** the units that it is made of, such as "ISAPIApp", as they stand */
  readonly units: readonly string[];
  /** the packages that it needs */
  readonly requires: readonly string[];
}

/** Names that are read, of units and of packages each. */
const MOST_NAMES = 4096;

/** The producer in the flags (SysUtils.pas, pfProducerMask). */
const PRODUCER_MASK = 0x0c000000;
const PRODUCERS: Readonly<Record<number, PackageInformation['producer']>> = {
  0x08000000: 'C++Builder',
  0x0c000000: 'Delphi',
};

/**
 * Reads a resource PACKAGEINFO (SysUtils.pas, TPackageInfoHeader): flags, the packages required with a byte each before
 * the name, the units contained with two. What is cut off or makes no sense ends a list.
 */
export function readPackageInformation(bytes: Buffer): PackageInformation | undefined {
  if (bytes.length < 8) return undefined;
  const producer = PRODUCERS[(bytes.readUInt32LE(0) & PRODUCER_MASK) >>> 0] ?? 'Delphi or C++Builder';
  let at = 4;
  const list = (skipped: number): string[] => {
    if (at + 4 > bytes.length) return [];
    const count = bytes.readUInt32LE(at);
    at += 4;
    const names: string[] = [];
    for (let i = 0; i < Math.min(count, MOST_NAMES); i++) {
      const start = at + skipped;
      const end = bytes.indexOf(0, start);
      const name = end < 0 ? '' : bytes.toString('latin1', start, end);
      if (!/^[\w.&-]+$/u.test(name)) break;
      names.push(name);
      at = end + 1;
    }
    return names;
  };
  const requires = list(1);
  return { producer, requires, units: list(2) };
}
