/** The names under which a library exports what ISAPI calls; undefined where it does not. */
export interface EntryPoints {
  readonly getExtensionVersion?: string;
  readonly httpExtensionProc?: string;
  readonly terminateExtension?: string;
  /** what is wrong with them in words: "missing HttpExtensionProc(): ..."; undefined where the server can call them */
  readonly problem?: string;
}

/** The functions that every extension has to export. */
const REQUIRED = ['GetExtensionVersion', 'HttpExtensionProc'] as const;
const FILTER = ['GetFilterVersion', 'HttpFilterProc'] as const;

/**
 * The name under which a function is exported: its own, or the `Name@bytes` and `_Name@bytes` that compilers make of
 * stdcall functions on 32-bit x86; undefined where it is not exported. Names are compared as the loader does, exactly.
 */
export function findEntryPoint(exports: readonly string[], name: string): string | undefined {
  if (exports.includes(name)) return name;
  const decorated = new RegExp(`^_?${name}@\\d+$`);
  return exports.find((candidate) => decorated.test(candidate));
}

/** Finds the entry points of an ISAPI extension among a library's exports, and says what is missing and why. */
export function findEntryPoints(exports: readonly string[]): EntryPoints {
  const getExtensionVersion = findEntryPoint(exports, 'GetExtensionVersion');
  const httpExtensionProc = findEntryPoint(exports, 'HttpExtensionProc');
  const terminateExtension = findEntryPoint(exports, 'TerminateExtension');
  const missing = REQUIRED.find((name) => findEntryPoint(exports, name) === undefined);
  return {
    ...(getExtensionVersion === undefined ? {} : { getExtensionVersion }),
    ...(httpExtensionProc === undefined ? {} : { httpExtensionProc }),
    ...(terminateExtension === undefined ? {} : { terminateExtension }),
    ...(missing === undefined ? {} : { problem: `missing ${missing}(): ${explain(exports, missing)}` }),
  };
}

function explain(exports: readonly string[], name: string): string {
  if (exports.length === 0) {
    return 'the library exports nothing; export it with a .def file, __declspec(dllexport) or default visibility';
  }
  if (FILTER.every((filter) => findEntryPoint(exports, filter) !== undefined)) {
    return 'the library is an ISAPI filter, not an extension';
  }
  // `?Name@@...` is how Visual C++ and `_Z<length>Name...` how the others write a C++ function.
  const mangled = exports.find(
    (candidate) => candidate.startsWith(`?${name}@`) || candidate.startsWith(`_Z${name.length}${name}`),
  );
  if (mangled !== undefined) return `it is exported as the C++ function ${mangled}; declare it extern "C"`;
  const misspelt = exports.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (misspelt !== undefined) return `it is exported as ${misspelt}; upper and lower case have to be right`;
  return 'the library does not export it, so it is not an ISAPI extension';
}
