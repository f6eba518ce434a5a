import type { ByteSource } from './byte-source.js';
import { DIRECTORY, offsetOf, type PeHeaders } from './pe-headers.js';

/** Properties of a PE file, one row each: where they stand, and what a person calls them. */
const FEATURES = {
  largeAddressAware: { words: 'large address aware' },
  relocations: { words: 'relocations' },
  aslr: { words: 'ASLR' },
  highEntropyAslr: { words: 'high-entropy ASLR' },
  dep: { words: 'DEP' },
  safeSeh: { words: 'SafeSEH' },
  noSeh: { words: 'no structured exceptions' },
  controlFlowGuard: { words: 'CFG' },
  forcedIntegrity: { words: 'forced integrity' },
} as const;

export type PeFeature = keyof typeof FEATURES;

/** Which properties a file has; those that say nothing for its kind are absent. */
export type PeFeatures = Readonly<Partial<Record<PeFeature, boolean>>>;

/** In words, the properties that a file has, and those that it lacks. */
export function describeFeatures(features: PeFeatures): { has: string[]; lacks: string[] } {
  const words = (wanted: boolean): string[] =>
    (Object.keys(FEATURES) as PeFeature[])
      .filter((name) => features[name] === wanted)
      .map((name) => FEATURES[name].words);
  return { has: words(true), lacks: words(false) };
}

/** IMAGE_FILE_HEADER.Characteristics */
const FILE = { relocationsStripped: 1, largeAddressAware: 0x20 } as const;

/** IMAGE_OPTIONAL_HEADER.DllCharacteristics */
const DLL = {
  highEntropy: 0x20,
  dynamicBase: 0x40,
  forceIntegrity: 0x80,
  nxCompatible: 0x100,
  noSeh: 0x400,
  guardCf: 0x4000,
} as const;

/** Reads the properties of a PE file. Raises Unreadable where the load configuration cannot be read. */
export function readFeatures(source: ByteSource, headers: PeHeaders): PeFeatures {
  const file = source.u16(headers.start + 22);
  const dll = source.u16(headers.optional + 70);
  const has = (flag: number): boolean => (dll & flag) !== 0;
  const relocations =
    (file & FILE.relocationsStripped) === 0 && headers.directory(DIRECTORY.relocations).address !== 0;
  return {
    // Without 64 bits it means that addresses above 2 GiB are no surprise; with them it goes without saying.
    ...(!headers.is64 && { largeAddressAware: (file & FILE.largeAddressAware) !== 0 }),
    relocations,
    aslr: has(DLL.dynamicBase),
    ...(headers.is64 && { highEntropyAslr: has(DLL.highEntropy) }),
    dep: has(DLL.nxCompatible),
    ...(!headers.is64 && !has(DLL.noSeh) && { safeSeh: hasHandlerTable(source, headers) }),
    ...(has(DLL.noSeh) && { noSeh: true }),
    controlFlowGuard: has(DLL.guardCf),
    ...(has(DLL.forceIntegrity) && { forcedIntegrity: true }),
  };
}

/** IMAGE_LOAD_CONFIG_DIRECTORY32.SEHandlerTable: where it is, exceptions go to listed handlers only. */
function hasHandlerTable(source: ByteSource, headers: PeHeaders): boolean {
  const { address } = headers.directory(DIRECTORY.loadConfig);
  if (address === 0) return false;
  const at = offsetOf(headers, address);
  return source.u32(at) >= 72 && source.u32(at + 64) !== 0;
}
