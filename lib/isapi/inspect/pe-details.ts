import { attemptsInto, Unreadable, type ByteSource } from './byte-source.js';
import { readPackageInformation, type PackageInformation } from './borland-package.js';
import { readCodeView, readRich, type RichTool } from './microsoft-marks.js';
import { readExportTable, type ExportTable } from './pe-exports.js';
import { readFeatures, type PeFeatures } from './pe-features.js';
import { DIRECTORY, findPeHeader, offsetOf, readPeHeaders, type PeHeaders } from './pe-headers.js';
import { readResources, RESOURCE, type Resource, type ResourceTable } from './pe-resources.js';
import { readSignature, type Signature } from './signature.js';
import { readVersion, type VersionInformation } from './version-resource.js';

/** What a PE file tells of itself beyond its exports and imports. */
export interface PeDetails {
  readonly format: 'PE32' | 'PE32+';
  /** e_machine of the header, as a number */
  readonly machineNumber: number;
  readonly subsystem: string;
  /** the oldest Windows that it says it is for, as "5.2" */
  readonly subsystemVersion: string;
  readonly linkerVersion: string;
  /** seconds since 1970 as the linker wrote them; undefined for none, and for a hash in its place */
  readonly timestamp?: number;
  /** the time in the resource table as the linkers of Borland write it: seconds since 1970 of local time */
  readonly resourceTimestamp?: number;
  /** in hexadecimal, as the loader would have it */
  readonly imageBase: string;
  readonly sections: readonly string[];
  readonly features: PeFeatures;
  readonly exportTable: ExportTable;
  /** what tools Microsoft's linker says had a part in it */
  readonly richTools: readonly RichTool[];
  /** the file of debugging symbols that was made with it */
  readonly symbols?: string;
  /** the version of .NET that its code is for */
  readonly clrVersion?: string;
  readonly tlsCallbacks: number;
  /** Windows' identifiers of the languages of its resources */
  readonly languages: readonly number[];
  readonly version?: VersionInformation;
  readonly hasTypeLibrary: boolean;
  readonly package?: PackageInformation;
  readonly hasDelphiForms: boolean;
  /** the side-by-side assemblies that its manifest needs, such as "Microsoft.VC80.CRT 8.0.50727.762" */
  readonly assemblies: readonly string[];
  readonly signature?: Signature;
}

/** Subsystems (winnt.h). */
const SUBSYSTEMS: Readonly<Record<number, string>> = {
  1: 'native',
  2: 'Windows GUI',
  3: 'Windows console',
  5: 'OS/2',
  7: 'POSIX',
  9: 'Windows CE',
  10: 'EFI application',
  14: 'Xbox',
  16: 'Windows boot application',
};

/** American, any English, neutral. */
const ENGLISH: readonly number[] = [0x409, 9, 0];

const MOST_TLS_CALLBACKS = 64;
/** Larger manifests and version resources than this are not read. */
const MOST_RESOURCE_BYTES = 256 * 1024;

/** Reads the details of a PE file. What cannot be read is left out and named in `damage`. Raises Unreadable. */
export function readPeDetails(source: ByteSource, damage: string[]): PeDetails {
  const start = findPeHeader(source);
  if (start === undefined) throw new Unreadable('has no PE header');
  const headers = readPeHeaders(source, start);
  const { optional, is64 } = headers;
  const attempt = attemptsInto(damage);
  const noResources: ResourceTable = { stamp: 0, resources: [] };
  const resources = attempt('resource table', () => readResources(source, headers), noResources);
  const codeView = attempt('debug directory', () => readCodeView(source, headers), {});
  const version = attempt('version resource', () => versionOf(source, resources.resources), undefined);
  const signature = attempt('certificate table', () => readSignature(source, headers), undefined);
  const information = attempt('package information', () => packageOf(source, resources.resources), undefined);
  const clr = attempt('CLR header', () => clrVersion(source, headers), undefined);
  const stamp = source.u32(start + 8);
  const resourceTime = dosTime(resources.stamp);
  const known = codeView.isReproducible === true || stamp === 0;
  return {
    format: is64 ? 'PE32+' : 'PE32',
    machineNumber: headers.machineNumber,
    subsystem: SUBSYSTEMS[source.u16(optional + 68)] ?? `number ${source.u16(optional + 68)}`,
    subsystemVersion: `${source.u16(optional + 48)}.${source.u16(optional + 50)}`,
    linkerVersion: `${source.u8(optional + 2)}.${source.u8(optional + 3)}`,
    ...(!known && { timestamp: stamp }),
    ...(resourceTime !== undefined && { resourceTimestamp: resourceTime }),
    imageBase: imageBaseOf(source, headers).toString(16),
    sections: headers.sections.map(({ name }) => sectionName(source, headers, name)),
    features: attempt('load configuration', () => readFeatures(source, headers), {}),
    exportTable: attempt('export table', () => readExportTable(source, headers), {
      name: '',
      functions: [],
      unnamed: 0,
    }),
    richTools: readRich(source, start),
    ...(codeView.symbols !== undefined && { symbols: codeView.symbols }),
    ...(clr !== undefined && { clrVersion: clr }),
    tlsCallbacks: attempt('TLS directory', () => countTlsCallbacks(source, headers), 0),
    languages: [...new Set(resources.resources.map(({ language }) => language))].sort((a, b) => a - b),
    ...(version !== undefined && { version }),
    hasTypeLibrary: resources.resources.some(({ type }) => type === 'TYPELIB'),
    ...(information !== undefined && { package: information }),
    hasDelphiForms: resources.resources.some(
      ({ type, name }) => type === RESOURCE.data && (name === 'DVCLAL' || name === 'PACKAGEINFO'),
    ),
    assemblies: attempt('manifest', () => assembliesOf(source, resources.resources), []),
    ...(signature !== undefined && { signature }),
  };
}

/** A section's name; longer ones are in a table behind the symbols, and the header has "/" and their place in it. */
function sectionName(source: ByteSource, { start }: PeHeaders, name: string): string {
  const place = /^\/(\d+)$/u.exec(name)?.[1];
  if (place === undefined) return name;
  try {
    const strings = source.u32(start + 12) + source.u32(start + 16) * 18;
    return source.text(strings + Number(place)).slice(0, 64);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return name;
  }
}

function imageBaseOf(source: ByteSource, { optional, is64 }: PeHeaders): bigint {
  return is64 ? source.bytes(optional + 24, 8).readBigUInt64LE(0) : BigInt(source.u32(optional + 28));
}

/** The content of a resource; undefined for one that is larger than anything read here. */
function contentOf(source: ByteSource, resource: Resource | undefined): Buffer | undefined {
  if (resource === undefined || resource.size > MOST_RESOURCE_BYTES) return undefined;
  return source.bytes(resource.offset, resource.size);
}

function versionOf(source: ByteSource, resources: readonly Resource[]): VersionInformation | undefined {
  const versions = resources.filter(({ type }) => type === RESOURCE.version);
  const english = versions.find(({ language }) => ENGLISH.includes(language));
  const content = contentOf(source, english ?? versions[0]);
  return content === undefined ? undefined : readVersion(content);
}

function packageOf(source: ByteSource, resources: readonly Resource[]): PackageInformation | undefined {
  const content = contentOf(
    source,
    resources.find(({ type, name }) => type === RESOURCE.data && name === 'PACKAGEINFO'),
  );
  return content === undefined ? undefined : readPackageInformation(content);
}

/** The names and versions in <dependentAssembly> of the manifest that a DLL is loaded with. */
function assembliesOf(source: ByteSource, resources: readonly Resource[]): string[] {
  const content = contentOf(
    source,
    resources.find(({ type }) => type === RESOURCE.manifest),
  );
  if (content === undefined) return [];
  const text = content.toString('utf8');
  const found: string[] = [];
  // Searched without patterns that could look at the text again and again.
  for (let at = text.indexOf('<dependentAssembly'); at >= 0 && found.length < 16;) {
    const end = text.indexOf('</dependentAssembly', at);
    const part = text.slice(at, end < 0 ? at + 1024 : Math.min(end, at + 1024));
    const name = attributeOf(part, 'name');
    const version = attributeOf(part, 'version');
    if (name !== undefined) found.push(version === undefined ? name : `${name} ${version}`);
    at = text.indexOf('<dependentAssembly', at + 1);
  }
  return found;
}

function attributeOf(text: string, name: string): string | undefined {
  return new RegExp(`\\s${name}=["']([^"'<>]{1,200})["']`, 'u').exec(text)?.[1];
}

function clrVersion(source: ByteSource, headers: PeHeaders): string | undefined {
  const { address } = headers.directory(DIRECTORY.cli);
  if (address === 0) return undefined;
  const at = offsetOf(headers, address);
  const metadata = source.u32(at + 8);
  // IMAGE_COR20_HEADER's own version says little; that of the metadata is the name of the framework.
  const root = metadata === 0 ? undefined : offsetOf(headers, metadata);
  if (root !== undefined && source.u32(root) === 0x424a5342) return source.text(root + 16).slice(0, 64);
  return `${source.u16(at + 4)}.${source.u16(at + 6)}`;
}

function countTlsCallbacks(source: ByteSource, headers: PeHeaders): number {
  const { address } = headers.directory(DIRECTORY.tls);
  if (address === 0) return 0;
  const at = offsetOf(headers, address);
  const width = headers.is64 ? 8 : 4;
  const base = Number(imageBaseOf(source, headers));
  const pointer = (offset: number): number => (headers.is64 ? source.u64(offset) : source.u32(offset));
  const list = pointer(at + 3 * width);
  if (list === 0) return 0;
  let count = 0;
  while (count < MOST_TLS_CALLBACKS && pointer(offsetOf(headers, list - base + count * width)) !== 0) count++;
  return count;
}

/** A time as MS-DOS has it, in seconds since 1970; undefined for what is none. */
function dosTime(stamp: number): number | undefined {
  const year = 1980 + (stamp >>> 25);
  const [month, day] = [(stamp >>> 21) & 15, (stamp >>> 16) & 31];
  const [hour, minute, second] = [(stamp >>> 11) & 31, (stamp >>> 5) & 63, (stamp & 31) * 2];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
