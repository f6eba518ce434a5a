import type { ContentMarks, Mark } from './content-marks.js';
import type { PeDetails } from './pe-details.js';

/** What made a file, as far as it tells. */
export interface Toolchain {
  /** such as "Delphi", undefined where nothing tells */
  readonly name?: string;
  /** such as "7", or "6.0 (1998)" */
  readonly version?: string;
  /** what it was recognized by, most telling first */
  readonly evidence: readonly string[];
  /** a program that has packed it, so that its imports and strings are not to be seen */
  readonly packer?: string;
}

/** What a PE file is recognized by. */
export interface PeEvidence {
  readonly details: PeDetails;
  readonly marks: ContentMarks;
  /** the libraries that it imports, in lower case */
  readonly imports: readonly string[];
}

interface ToolchainRow {
  readonly name: string;
  /** what speaks for it; none: it is not this one */
  evidence(found: PeEvidence): readonly string[];
  version?(found: PeEvidence): string | undefined;
}

/** Delphi's and C++Builder's run-time packages by the number in their names. */
const PACKAGES: Readonly<Record<string, string>> = {
  '30': '3',
  '40': '4',
  '50': '5',
  '60': '6',
  '70': '7',
  '80': '8',
  '90': '2005',
  '100': '2006 or 2007',
  '120': '2009',
  '140': '2010',
  '150': 'XE',
  '160': 'XE2',
  '170': 'XE3',
  '180': 'XE4',
  '190': 'XE5',
  '200': 'XE6',
  '210': 'XE7',
  '220': 'XE8',
  '230': '10 Seattle',
  '240': '10.1 Berlin',
  '250': '10.2 Tokyo',
  '260': '10.3 Rio',
  '270': '10.4 Sydney',
  '280': '11 Alexandria',
  '290': '12 Athens',
  '370': '13 Florence',
};

/** Delphi's products by the version of the compiler. */
const COMPILERS: Readonly<Record<string, string>> = {
  '23': 'XE2',
  '24': 'XE3',
  '25': 'XE4',
  '26': 'XE5',
  '27': 'XE6',
  '28': 'XE7',
  '29': 'XE8',
  '30': '10 Seattle',
  '31': '10.1 Berlin',
  '32': '10.2 Tokyo',
  '33': '10.3 Rio',
  '34': '10.4 Sydney',
  '35': '11 Alexandria',
  '36': '12 Athens',
  '37': '13 Florence',
};

/** Microsoft's products by the version of the linker: the first row that it begins with. */
const VISUAL_CPP: readonly (readonly [linker: RegExp, version: string])[] = [
  [/^2\./u, '2 (1994)'],
  [/^3\./u, '4.0 (1995)'],
  [/^4\./u, '4.2 (1996)'],
  [/^5\./u, '5.0 (1997)'],
  [/^6\./u, '6.0 (1998)'],
  [/^7\.0$/u, '7.0 (.NET 2002)'],
  [/^7\.10?$/u, '7.1 (.NET 2003)'],
  [/^8\./u, '8.0 (2005)'],
  [/^9\./u, '9.0 (2008)'],
  [/^10\./u, '10.0 (2010)'],
  [/^11\./u, '11.0 (2012)'],
  [/^12\./u, '12.0 (2013)'],
  [/^14\.0$/u, '14.0 (2015)'],
  [/^14\.1\d$/u, '14.1 (2017)'],
  [/^14\.2\d$/u, '14.2 (2019)'],
  [/^14\.[34]\d$/u, '14.3 (2022)'],
  [/^14\.5\d$/u, '14.5 (2026)'],
];

/** Run-time libraries of Visual C++. */
const VISUAL_CPP_RUNTIME =
  /^(?:msvcr(?:t|40|\d{2,3})d?|msvcp\d{2,3}d?|vcruntime\d+(?:_\d)?d?|ucrtbased?)\.dll$/u;

/** Before 2006 Delphi's linker wrote this moment, 1992-06-19 22:22:17, into every file. */
export const DELPHI_TIMESTAMP = 0x2a425e19;

function list(...items: readonly (string | false | undefined)[]): string[] {
  return items.filter((item): item is string => typeof item === 'string' && item !== '');
}

/** Marks that are there, as evidence. */
function seen(marks: ContentMarks, ...names: readonly Mark[]): string[] {
  return names.flatMap((name) =>
    marks[name] === undefined ? [] : [`the text "${marks[name].slice(0, 60).trim()}"`],
  );
}

function importing(imports: readonly string[], pattern: RegExp): string[] {
  return imports
    .filter((name) => pattern.test(name))
    .slice(0, 3)
    .map((name) => `imports ${name}`);
}

function sections({ sections: names }: PeDetails, ...wanted: readonly string[]): string | undefined {
  const found = wanted.filter((name) => names.includes(name));
  return found.length === 0 ? undefined : `section${found.length === 1 ? '' : 's'} ${found.join(', ')}`;
}

function hasSections({ sections: names }: PeDetails, ...wanted: readonly string[]): boolean {
  return wanted.every((name) => names.includes(name));
}

/** The product whose run-time packages are imported. */
function packageVersion(imports: readonly string[]): string | undefined {
  for (const name of imports) {
    const number = /^(?:rtl|vcl|vcldb|inet|bcbie|dbrtl|webdsnap|soaprtl)(\d{2,3})\.bpl$/u.exec(name)?.[1];
    const version = number === undefined ? undefined : PACKAGES[number];
    if (version !== undefined) return version;
  }
  return undefined;
}

function delphiVersion({ details, marks, imports }: PeEvidence): string | undefined {
  const compiler = /compiler version (\d+)\./u.exec(marks.delphiCompiler ?? '')?.[1];
  const named = compiler === undefined ? undefined : COMPILERS[compiler];
  if (named !== undefined) return named;
  const packages = packageVersion(imports);
  if (packages !== undefined) return packages;
  if (marks.embarcaderoLocales !== undefined) return 'XE to 12';
  if (marks.codeGearLocales !== undefined) return '2009 or 2010';
  // Sections have had other names since Delphi 2006.
  if (hasSections(details, '.itext')) return '2006 to 2010';
  if (hasSections(details, 'CODE', 'DATA')) {
    return details.timestamp === DELPHI_TIMESTAMP ? '4 to 2005' : '2 to 2005';
  }
  return undefined;
}

function delphiEvidence({ details, marks, imports }: PeEvidence): string[] {
  const strong = list(
    ...seen(marks, 'delphiCompiler'),
    details.package?.producer === 'Delphi' && 'package information of Delphi',
    ...importing(imports, /^(?:rtl|vcl|vcldb|inet|dbrtl|webdsnap|soaprtl)\d{2,3}\.bpl$/u),
    hasSections(details, 'CODE', 'DATA') && sections(details, 'CODE', 'DATA', 'BSS'),
    hasSections(details, '.itext') && sections(details, '.itext', '.didata'),
    details.timestamp === DELPHI_TIMESTAMP && 'the time stamp that it wrote into every file',
    ...seen(marks, 'delphiLocales', 'delphiRuntime'),
  );
  const weak = list(
    details.hasDelphiForms && 'resources DVCLAL, PACKAGEINFO',
    details.linkerVersion === '2.25' && 'linker 2.25',
    ...seen(marks, 'embarcaderoLocales', 'codeGearLocales', 'borlandLocales', 'control', 'object'),
  );
  // One of the weaker ones alone is seen in other files as well.
  return strong.length > 0 || weak.length > 1 ? [...strong, ...weak] : [];
}

/** The version of a tool in a text such as "FPC 3.2.2 [2021/05/19] for i386". */
function after(text: string | undefined, pattern: RegExp): string | undefined {
  return text === undefined ? undefined : pattern.exec(text)?.[1];
}

/** What makes extensions, in the order in which it is looked for: what is built with something else's linker first. */
const TOOLCHAINS: readonly ToolchainRow[] = [
  {
    name: 'Go',
    evidence: ({ marks }) => seen(marks, 'go', 'goInfo'),
  },
  {
    name: 'Rust',
    evidence: ({ marks }) => seen(marks, 'rust', 'rustPanic'),
  },
  {
    name: 'Free Pascal',
    evidence: ({ marks }) => (/^FPC \d+\.\d+/u.test(marks.freePascal ?? '') ? seen(marks, 'freePascal') : []),
    version: ({ marks }) => after(marks.freePascal, /^FPC (\d+\.\d+(?:\.\d+)?)/u),
  },
  {
    name: 'Visual Basic',
    evidence: ({ imports }) => importing(imports, /^(?:msvbvm[56]0|vb40032)\.dll$/u),
    version: ({ imports }) =>
      imports.includes('msvbvm60.dll') ? '6' : imports.includes('msvbvm50.dll') ? '5' : '4',
  },
  {
    name: 'C++Builder',
    evidence: ({ details, marks, imports }) =>
      list(
        ...seen(marks, 'cppBuilderOld', 'cppBuilderCodeGear', 'cppBuilderNew'),
        details.package?.producer === 'C++Builder' && 'package information of C++Builder',
        ...importing(imports, /^(?:bcbie\d+\.bpl|cc32\d+\w*\.dll|borlndmm\.dll)$/u),
      ),
    version: ({ imports }) => packageVersion(imports),
  },
  { name: 'Delphi', evidence: delphiEvidence, version: delphiVersion },
  {
    name: 'Open Watcom',
    evidence: ({ marks }) => seen(marks, 'openWatcom', 'watcom'),
  },
  {
    name: '.NET',
    evidence: ({ details, imports }) =>
      details.richTools.length > 0 || details.clrVersion === undefined
        ? []
        : list('a CLR header', ...importing(imports, /^mscoree\.dll$/u)),
    version: ({ details }) => details.clrVersion,
  },
  {
    name: 'Clang',
    evidence: ({ details, marks }) => {
      // Microsoft's linker of that version writes a Rich header; LLVM's takes on its number and writes none.
      const isIt = details.linkerVersion === '14.0' && details.richTools.length === 0;
      return isIt && !hasMingw(details, marks) ? ["linker 14.0 without Microsoft's Rich header"] : [];
    },
  },
  {
    name: 'Visual C++',
    evidence: ({ details, marks, imports }) => {
      const linker = VISUAL_CPP.some(([pattern]) => pattern.test(details.linkerVersion));
      const rich = details.richTools.length > 0;
      const builds = [...new Set(details.richTools.map(({ build }) => build))].filter((build) => build > 0);
      const other = list(
        ...importing(imports, VISUAL_CPP_RUNTIME).filter((text) => text !== 'imports msvcrt.dll' || rich),
        ...seen(marks, 'visualCppRuntime'),
      );
      if (!rich && (!linker || other.length === 0 || hasMingw(details, marks))) return [];
      return list(
        linker && `linker ${details.linkerVersion}`,
        rich && `Microsoft's Rich header${builds.length === 0 ? '' : `, build ${Math.max(...builds)}`}`,
        ...other,
        details.clrVersion !== undefined && 'a CLR header: it is C++/CLI',
      );
    },
    version: ({ details }) => VISUAL_CPP.find(([pattern]) => pattern.test(details.linkerVersion))?.[1],
  },
  {
    name: 'MinGW',
    evidence: ({ details, marks, imports }) =>
      !hasMingw(details, marks)
        ? []
        : list(
            ...seen(marks, 'gcc', 'mingw', 'mingwOld', 'libgcc', 'clang'),
            sections(details, '.CRT', '.eh_frame'),
            `linker ${details.linkerVersion}`,
            ...importing(imports, /^(?:libgcc_s.*|libstdc\+\+.*|libwinpthread-1)\.dll$/u),
          ),
    version: ({ marks }) => after(marks.gcc, /^GCC: \([^)]*\) (\S+)/u),
  },
];

function hasMingw(details: PeDetails, marks: ContentMarks): boolean {
  if (details.richTools.length > 0) return false;
  return [marks.mingw, marks.mingwOld, marks.libgcc, marks.gcc].some((mark) => mark !== undefined);
}

/** Packers by the names of the sections that they make. */
const PACKERS: readonly (readonly [section: RegExp, name: string])[] = [
  [/^UPX\d$/u, 'UPX'],
  [/^\.?aspack$/iu, 'ASPack'],
  [/^\.?petite$/iu, 'Petite'],
  [/^\.?MPRESS\d$/u, 'MPRESS'],
  [/^\.(?:vmp|themida|enigma)\d?$/iu, 'a protector'],
];

/** Recognizes what made a PE file. */
export function recognizePe(found: PeEvidence): Toolchain {
  const packer = PACKERS.find(([pattern]) => found.details.sections.some((name) => pattern.test(name)))?.[1];
  const packed = packer === undefined ? {} : { packer };
  for (const row of TOOLCHAINS) {
    const reasons = row.evidence(found);
    if (reasons.length === 0) continue;
    const known = row.version?.(found);
    return { name: row.name, ...(known !== undefined && { version: known }), evidence: reasons, ...packed };
  }
  return { evidence: [`linker ${found.details.linkerVersion}`], ...packed };
}
