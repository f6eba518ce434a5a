/** A library that extensions often need and machines often lack. */
export interface KnownLibrary {
  readonly what: string;
  /** where one gets it: what to do, to stand behind a colon */
  readonly source: string;
}

interface KnownRow extends KnownLibrary {
  /** matched against the whole name in lower case */
  readonly pattern: RegExp;
}

const BESIDE = 'copy it from the old server to the folder of the extension';
/** For what the makers of an application may pass on. */
const COMES_ALONG = `it comes with the application; ${BESIDE}`;

function visualCpp(product: string, package_: string): string {
  return `install ${package_} of ${product} in the prefix, or ${BESIDE}`;
}

/** The first row that a name matches is its. */
const KNOWN: readonly KnownRow[] = [
  {
    pattern: /^msvbvm[56]0\.dll$/u,
    what: 'the run-time library of Visual Basic 5 and 6',
    source: `install Microsoft's vbrun60sp6.exe in the prefix, or ${BESIDE}`,
  },
  {
    pattern: /^mfc42u?d?\.dll$/u,
    what: 'MFC of Visual C++ 6.0',
    source: `${BESIDE} (it is in system32 of any Windows), or install VC6RedistSetup in the prefix`,
  },
  {
    pattern: /^mfc(?:7[01]|30|40)u?d?\.dll$/u,
    what: 'MFC of an early Visual C++',
    source: COMES_ALONG,
  },
  {
    pattern: /^(?:mfcm?|atl|vcomp)(?:80|90)u?d?\.dll$/u,
    what: 'MFC or ATL of Visual C++ 2005 or 2008',
    source: visualCpp('Visual C++ 2005 or 2008', 'the x86 or x64 redistributable package'),
  },
  {
    pattern: /^(?:mfcm?|atl|vcomp|vccorlib|vcamp)1\d0u?d?\.dll$/u,
    what: 'MFC or ATL of Visual C++ 2010 or later',
    source: visualCpp('that Visual C++', 'the redistributable package'),
  },
  {
    pattern: /^(?:msvcr|msvcp)\d+d\.dll$|^(?:ucrtbased|vcruntime\d+d?d)\.dll$/u,
    what: 'a run-time library of Visual C++ for debugging',
    source: 'have the extension built as Release, for it may not be passed on',
  },
  {
    pattern: /^(?:msvcr|msvcp)\d+\.dll$|^(?:msvcp\d+_\d|vcruntime\d+(?:_\d)?|concrt\d+|ucrtbase)\.dll$/u,
    what: 'the run-time library of Visual C++',
    source: visualCpp('that Visual C++', 'the redistributable package'),
  },
  {
    pattern: /^midas\.dll$/u,
    what: "Borland's MIDAS, the client data sets of DataSnap",
    source: COMES_ALONG,
  },
  {
    pattern:
      /^(?:rtl|vcl\w*|inet\w*|indy\w*|dbrtl|bde\w*|ado\w*|ibxpress|dsnap\w*|soaprtl|websnap|webdsnap|xmlrtl|tee\w*|qrpt\w*|bcbie|dbexpress|inetdb\w*|nmfast|dclx?\w*|cds|visualclx)\d{2,3}\.bpl$/u,
    what: 'a run-time package of Delphi or C++Builder',
    source: `${BESIDE}, from system32 there or from Bin of that Delphi`,
  },
  {
    pattern: /\.bpl$/u,
    what: 'a package of components for Delphi or C++Builder',
    source: COMES_ALONG,
  },
  {
    pattern: /^(?:cc32\d+\w*|borlndmm|stlp\w*|cp32\w*)\.dll$/u,
    what: 'the run-time library of C++Builder or Delphi',
    source: COMES_ALONG,
  },
  {
    pattern: /^dbexp\w*\.dll$/u,
    what: 'a driver of dbExpress, which itself needs the client library of its database',
    source: `${BESIDE}, or from Bin of that Delphi`,
  },
  {
    pattern: /^(?:idapi32|idr20009|idsql32|idodbc32)\.dll$/u,
    what: 'the Borland Database Engine (BDE)',
    source: 'install the BDE in the prefix; its registry keys are needed as well as its files',
  },
  {
    pattern: /^(?:gds32|fbclient|ibclient64)\.dll$/u,
    what: 'the client library of InterBase or Firebird',
    source:
      'install the Firebird client of the same bitness; gds32.dll is its fbclient.dll under the old name',
  },
  {
    pattern: /^(?:oci|ociw32|oraclient\w*)\.dll$/u,
    what: 'the client library of Oracle',
    source: "unpack Oracle's Instant Client of the same bitness into the folder of the extension",
  },
  {
    pattern: /^(?:sqlncli\w*|sqlsrv32|ntwdblib|dbnmpntw|msodbcsql\w*)\.(?:dll|rll)$/u,
    what: 'a client library of Microsoft SQL Server',
    source: 'install the SQL Server client in the prefix; FreeTDS under unixODBC is the other way',
  },
  {
    pattern: /^(?:libmysql|libmariadb)\.dll$/u,
    what: 'the client library of MySQL or MariaDB',
    source: 'copy it from MySQL Connector/C of the same bitness to the folder of the extension',
  },
  {
    pattern: /^libpq\.dll$/u,
    what: 'the client library of PostgreSQL',
    source: 'copy it and the libraries beside it from a PostgreSQL of the same bitness',
  },
  {
    pattern: /^(?:sqlite3?)\.dll$/u,
    what: 'SQLite',
    source: "copy it from SQLite's own download of the same bitness to the folder of the extension",
  },
  {
    pattern: /^(?:libeay32|ssleay32|libssl\w*|libcrypto\w*)(?:-[\w.-]+)?\.dll$/u,
    what: 'OpenSSL',
    source: `${BESIDE}: it has to be the version that the extension was built with`,
  },
  {
    pattern: /^perl\d+\.dll$/u,
    what: 'Perl for Windows',
    source: 'install that Perl (ActivePerl, Strawberry Perl) in the prefix',
  },
  {
    pattern: /^php\d\w*\.dll$/u,
    what: 'PHP for Windows',
    source: 'unpack that PHP of the same bitness, and name the extension where it is',
  },
  {
    pattern: /^python\d+\.dll$/u,
    what: 'Python for Windows',
    source: 'install that Python in the prefix',
  },
  {
    pattern: /^tcl\d+\w*\.dll$/u,
    what: 'Tcl for Windows',
    source: 'install that Tcl in the prefix',
  },
  {
    pattern: /^vfp\d\w*\.dll$/u,
    what: 'the run-time library of Visual FoxPro',
    source: `${BESIDE}, from Common Files\\Microsoft Shared\\VFP there`,
  },
  {
    pattern: /^pb(?:vm|rtc|dwe)\d+\.dll$/u,
    what: 'the run-time library of PowerBuilder',
    source: COMES_ALONG,
  },
  {
    pattern: /^cla\w*\.dll$/u,
    what: 'the run-time library of Clarion',
    source: COMES_ALONG,
  },
  {
    pattern: /^mscoree\.dll$/u,
    what: 'the .NET Framework',
    source: 'have the extension built without managed code, for a worker process runs none',
  },
  {
    pattern: /^(?:libgcc_s_\w+-1|libstdc\+\+-6|libwinpthread-1)\.dll$/u,
    what: "a library of MinGW's compiler",
    source: 'copy it from the bin folder of that MinGW, or link with -static',
  },
  {
    pattern:
      /^(?:httpext|infoadmn|iisutil|iiscore|w3core|w3cache|isatq|iismap|iisrtl|w3tp|admwprox|asp)\.dll$/u,
    what: 'a part of IIS itself',
    source:
      'this server is in the place of IIS and has no such library: the extension cannot run without IIS',
  },
  {
    pattern: /^libstdc\+\+\.so\.\d+$/u,
    what: 'the C++ library of GCC',
    source: 'apt-get install libstdc++6',
  },
  {
    pattern: /^libgcc_s\.so\.1$/u,
    what: 'a library of GCC',
    source: 'apt-get install libgcc-s1',
  },
  {
    pattern: /^lib(?:fbclient|gds)\.so(?:\.\d+)*$/u,
    what: 'the client library of Firebird',
    source: 'apt-get install libfbclient2',
  },
  {
    pattern: /^libpq\.so\.\d+$/u,
    what: 'the client library of PostgreSQL',
    source: 'apt-get install libpq5',
  },
  {
    pattern: /^lib(?:mariadb|mysql)client\.so\.\d+$|^libmariadb\.so\.\d+$/u,
    what: 'the client library of MariaDB or MySQL',
    source: 'apt-get install libmariadb3',
  },
  {
    pattern: /^libclntsh\.so(?:\.[\d.]+)?$/u,
    what: 'the client library of Oracle',
    source:
      "unpack Oracle's Instant Client, and name its folder in LD_LIBRARY_PATH of the pool (env[LD_LIBRARY_PATH])",
  },
];

/** What is known of a library by its name; undefined for one that is not in the table. */
export function knownLibrary(name: string): KnownLibrary | undefined {
  const lower = name.toLowerCase();
  const found = KNOWN.find(({ pattern }) => pattern.test(lower));
  return found === undefined ? undefined : { what: found.what, source: found.source };
}
