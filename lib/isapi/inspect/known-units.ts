/** What a unit of Delphi or C++Builder loads when it is used, without an import that would show it. */
interface KnownUnit {
  /** in lower case, without the scope that newer versions have in front ("Data.DBXFirebird") */
  readonly units: readonly string[];
  /** units whose presence makes it unnecessary */
  readonly unless?: readonly string[];
  readonly what: string;
}

const KNOWN: readonly KnownUnit[] = [
  {
    units: ['dbtables', 'bde'],
    what: 'the Borland Database Engine (idapi32.dll) with its registry keys',
  },
  {
    units: ['adodb', 'adoint'],
    what: 'ADO (msado15.dll) and an OLE DB provider for its database',
  },
  {
    units: ['sqlexpr', 'dbxpress'],
    what: 'a dbExpress driver (dbexp*.dll) and the client library of its database',
  },
  {
    units: ['ibdatabase', 'ibquery'],
    what: 'the client library of InterBase or Firebird (gds32.dll)',
  },
  {
    units: ['dbclient', 'provider'],
    unless: ['midaslib'],
    what: 'MIDAS.DLL',
  },
  {
    units: ['ora', 'oracleuniprovider', 'oci', 'oracall'],
    what: 'the client library of Oracle (oci.dll)',
  },
  {
    units: ['idssl', 'idsslopenssl', 'idsslopensslheaders'],
    what: 'OpenSSL (ssleay32.dll, libeay32.dll)',
  },
  {
    units: ['msxml', 'msxmldom'],
    what: 'MSXML (msxml*.dll)',
  },
];

/** What the units of a file load when they are used: the unit and the library, in words. */
export function loadedByUnits(units: readonly string[]): { unit: string; what: string }[] {
  const there = new Map(units.map((unit) => [unit.toLowerCase().replace(/^.*\./u, ''), unit]));
  return KNOWN.flatMap(({ units: wanted, unless = [], what }) => {
    const found = wanted.find((unit) => there.has(unit));
    if (found === undefined || unless.some((unit) => there.has(unit))) return [];
    return [{ unit: there.get(found) ?? found, what }];
  });
}
