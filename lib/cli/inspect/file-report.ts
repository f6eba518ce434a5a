import { describeFeatures } from '../../isapi/inspect/pe-features.js';
import type { Description } from '../../isapi/inspect/description.js';
import type { ElfDetails } from '../../isapi/inspect/elf-details.js';
import type { LibraryRole } from '../../isapi/inspect/entry-point-table.js';
import type { PeDetails } from '../../isapi/inspect/pe-details.js';
import { DELPHI_TIMESTAMP } from '../../isapi/inspect/toolchains.js';
import type { SurveyedLibrary } from '../../pool/examine/import-survey.js';
import type { Examined } from '../../pool/examine/verdict.js';
import { count, isoMoment, labelled, momentText, textTable, WIDTH } from '../text-table.js';
import { languageNames } from './languages.js';

/** So many names of units, or of exports, are shown: all are in the result for programs. */
const MOST_NAMES = 12;
const LONGEST_NAME = 48;

const MACHINES: Readonly<Record<string, string>> = {
  x64: '64-bit x86',
  x86: '32-bit x86',
  arm64: 'ARM64',
  arm: 'ARM',
};

/** The lines about a file itself and about what it needs. */
export function fileReport({ description, modified, survey, runtime }: Examined): string[] {
  const { size, pe, elf, toolchain, role, facts } = description;
  const version = toolchain.version === undefined ? '' : ` ${toolchain.version}`;
  const maker = toolchain.name === undefined ? 'not known' : `${toolchain.name}${version}`;
  const evidence = toolchain.evidence.length === 0 ? '' : ` (${toolchain.evidence.join('; ')})`;
  const packer = toolchain.packer === undefined ? '' : `, packed with ${toolchain.packer}`;
  return [
    ...labelled('File', [`${size} bytes, changed ${momentText(modified)}`]),
    ...labelled('Format', [formatText(description)]),
    ...(pe || elf ? labelled('Made with', [`${maker}${packer}${evidence}`]) : []),
    ...(pe ? peLines(pe) : []),
    ...(elf ? elfLines(elf, facts.soname) : []),
    ...(pe || elf ? roleLines(role, pe) : []),
    ...importLines(survey.libraries, runtime === 'native' ? 'library' : 'DLL'),
  ];
}

function formatText({ facts, pe }: Description): string {
  const machine = facts.machine === undefined ? '' : ` for ${MACHINES[facts.machine] ?? facts.machine}`;
  const kind = facts.isLibrary ? (facts.kind === 'pe' ? 'DLL' : 'shared object') : 'file';
  if (facts.kind === 'unknown') return 'neither a PE nor an ELF file';
  if (pe === undefined) return `ELF ${kind}${machine}`;
  const times = [
    pe.timestamp === undefined || pe.timestamp === DELPHI_TIMESTAMP
      ? 'without a time of its build'
      : `built ${momentText(new Date(pe.timestamp * 1000))}`,
    ...(pe.resourceTimestamp === undefined
      ? []
      : [`resources of ${isoMoment(new Date(pe.resourceTimestamp * 1000))}`]),
  ];
  return `${pe.format} ${kind}${machine}, for ${pe.subsystem} ${pe.subsystemVersion}, ${times.join(', ')}`;
}

function peLines(pe: PeDetails): string[] {
  const { has, lacks } = describeFeatures(pe.features);
  const features = [
    ...(has.length > 0 ? [has.join(', ')] : []),
    ...(lacks.length > 0 ? [`no ${lacks.join(', no ')}`] : []),
  ];
  const languages = languageNames(pe.languages);
  const tls =
    pe.tlsCallbacks === 0 ? [] : [`${count(pe.tlsCallbacks, 'TLS callback')}, called before DllMain`];
  return [
    ...labelled('Sections', [pe.sections.join(' ')]),
    ...labelled('Features', [features.join('; '), ...tls]),
    ...labelled('Version', versionTexts(pe)),
    ...(languages.length > 0 ? labelled('Languages', [languages.join(', ')]) : []),
    ...labelled('Signature', [signatureText(pe)]),
    ...(pe.symbols === undefined ? [] : labelled('Symbols', [pe.symbols])),
    ...(pe.clrVersion === undefined ? [] : labelled('.NET', [`code for ${pe.clrVersion}`])),
    ...comLines(pe),
    ...(pe.assemblies.length === 0 ? [] : labelled('Assemblies', [pe.assemblies.join(', ')])),
    ...unitLines(pe),
  ];
}

function versionTexts({ version }: PeDetails): string[] {
  if (version === undefined) return ['no version resource'];
  const { texts } = version;
  const name = [texts['ProductName'], texts['ProductVersion'] ?? version.productVersion]
    .filter(Boolean)
    .join(' ');
  const known = [
    ...(name === ''
      ? []
      : [`${name}${texts['CompanyName'] === undefined ? '' : `, of ${texts['CompanyName']}`}`]),
    ...(texts['FileDescription'] === undefined ? [] : [texts['FileDescription']]),
    `file version ${texts['FileVersion'] ?? version.fileVersion ?? 'not given'}`,
    ...(texts['OriginalFilename'] === undefined ? [] : [`original name ${texts['OriginalFilename']}`]),
  ];
  return known;
}

function signatureText({ signature }: PeDetails): string {
  if (signature === undefined) return 'none';
  const { signer, issuer, validTo } = signature;
  if (signer === undefined) return 'there is one, by a signer who cannot be read';
  const by = issuer === undefined || issuer === signer ? '' : `, certified by ${issuer}`;
  return `by ${signer}${by}, certificate valid to ${validTo ?? 'an unknown time'}; it is not verified here`;
}

function comLines(pe: PeDetails): string[] {
  const names = pe.exportTable.functions.map(({ name }) => name);
  const registers = names.includes('DllRegisterServer');
  if (!registers && !pe.hasTypeLibrary) return [];
  const parts = [
    ...(registers ? ['it exports DllRegisterServer'] : []),
    ...(pe.hasTypeLibrary ? ['it has a type library'] : []),
  ];
  const advice = registers ? ': it may want to be registered in the prefix (wine regsvr32)' : '';
  return labelled('COM', [`${parts.join(' and ')}${advice}`]);
}

function unitLines({ package: information }: PeDetails): string[] {
  if (information === undefined || information.units.length === 0) return [];
  return labelled('Units', [shortened(information.units)]);
}

function elfLines(elf: ElfDetails, soname: string | undefined): string[] {
  const symbols = elf.hasDebugging ? 'for debuggers' : elf.hasSymbols ? 'names only' : 'stripped';
  const warnings = [
    ...(elf.wantsExecutableStack ? ['wants an executable stack'] : []),
    ...(elf.hasTextRelocations ? ['has text relocations'] : []),
  ];
  const versions = elf.wantedVersions.map(
    ({ library, versions: wanted }) => `${library}: ${[...wanted].sort(byVersion).join(', ')}`,
  );
  return [
    ...labelled('Symbols', [
      [symbols, ...(elf.buildId === undefined ? [] : [`build id ${elf.buildId}`])].join(', '),
    ]),
    ...(soname === undefined ? [] : labelled('Name', [`${soname} (DT_SONAME)`])),
    ...(warnings.length === 0 ? [] : labelled('Features', [warnings.join(', ')])),
    ...(versions.length === 0 ? [] : labelled('Versions', versions)),
  ];
}

/** By the numbers in them: GLIBC_2.4 before GLIBC_2.34. */
function byVersion(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true });
}

const KINDS: Readonly<Record<LibraryRole['kind'], string>> = {
  extension: 'an ISAPI extension',
  filter: 'an ISAPI filter, no extension',
  'extension and filter': 'an ISAPI extension, and a filter as well',
  neither: 'neither an ISAPI extension nor a filter',
};

function roleLines(role: LibraryRole, pe: PeDetails | undefined): string[] {
  const there = role.entryPoints
    .filter(({ exportedAs }) => exportedAs !== undefined)
    .map(({ name, exportedAs }) => (exportedAs === name ? name : `${name} as ${String(exportedAs)}`));
  const isFilter = role.kind === 'filter';
  const absent = role.entryPoints
    .filter(({ of, exportedAs }) => exportedAs === undefined && (of === 'filter') === isFilter)
    .map(({ name, isRequired }) => (isRequired ? name : `${name}, which is optional`));
  const texts = [
    KINDS[role.kind],
    ...(there.length > 0 ? [`there: ${there.join(', ')}`] : []),
    ...(absent.length > 0 ? [`missing: ${absent.join('; ')}`] : []),
  ];
  const all = pe?.exportTable.functions ?? [];
  const others = all.filter(({ name }) => !role.entryPoints.some(({ exportedAs }) => exportedAs === name));
  const names = others.map(({ name, ordinal, forward }) =>
    forward === undefined ? `${cut(name)} @${ordinal}` : `${cut(name)} @${ordinal} (${cut(forward)})`,
  );
  const unnamed = pe?.exportTable.unnamed ?? 0;
  const also = [
    ...(names.length > 0 ? [shortened(names)] : []),
    ...(unnamed > 0 ? [`${count(unnamed, 'function')} by number alone, which no server calls`] : []),
  ];
  return [
    ...labelled('Exports', texts),
    ...(also.length === 0 ? [] : labelled('', [`also: ${also.join('; ')}`])),
  ];
}

/** C++ makes names that are longer than a line. */
function cut(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name;
}

function shortened(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return rest > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${rest} more` : names.join(', ');
}

function importLines(libraries: readonly SurveyedLibrary[], kind: string): string[] {
  if (libraries.length === 0) return [];
  const missing = libraries.filter(({ place }) => place === 'missing').length;
  const sum =
    kind === 'DLL' ? count(libraries.length, 'DLL') : count(libraries.length, 'library', 'libraries');
  const rows = libraries.map((row) => [
    row.library,
    ...(kind === 'DLL' ? [count(row.functions, 'function')] : []),
    placeText(row),
  ]);
  return [
    ...labelled('Needs', [`${sum}${missing === 0 ? ', all there' : `, ${missing} missing`}`]),
    ...textTable(rows, { indent: 16, width: WIDTH }),
  ];
}

/** A path in the Wine prefix as Windows names it: it is shorter, and the prefix is always the same. */
function windowsPath(path: string): string {
  const inside = /\/drive_c\/(.*)$/u.exec(path)?.[1];
  return inside === undefined ? path : `C:\\${inside.replaceAll('/', '\\')}`;
}

function placeText({ place, delayed, path, problem, absent, stubs, known }: SurveyedLibrary): string {
  const words: Readonly<Record<SurveyedLibrary['place'], string>> = {
    beside: `beside it: ${windowsPath(path ?? '')}`,
    system: windowsPath(path ?? ''),
    virtual: 'a name that Windows resolves itself',
    missing: `missing${known === undefined ? '' : `: ${known.what}`}`,
    unknown: 'not known: there is no Windows system here',
  };
  return [
    `${words[place]}${delayed ? ', at its first call' : ''}`,
    ...(problem === undefined ? [] : [problem]),
    ...(absent.length === 0 ? [] : [`without ${shortened(absent)}`]),
    ...(stubs.length === 0 ? [] : [`only the name of ${shortened(stubs)}`]),
  ].join('; ');
}
