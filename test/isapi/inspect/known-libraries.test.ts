import t from 'tap';
import { knownLibrary } from '../../../lib/isapi/inspect/known-libraries.js';

t.test('libraries that extensions often lack are known by name, whatever its case', async (t) => {
  const cases: [name: string, what: RegExp][] = [
    ['MSVBVM60.DLL', /Visual Basic/],
    ['MFC42.DLL', /MFC of Visual C\+\+ 6\.0/],
    ['MSVCR71.dll', /run-time library of Visual C\+\+$/],
    ['MSVCR71D.dll', /for debugging/],
    ['vcruntime140_1.dll', /run-time library of Visual C\+\+$/],
    ['VCL50.bpl', /package of Delphi/],
    ['acme_tools.bpl', /package of components/],
    ['MIDAS.DLL', /MIDAS/],
    ['dbexpint.dll', /dbExpress/],
    ['GDS32.DLL', /InterBase or Firebird/],
    ['oci.dll', /Oracle/],
    ['sqlncli11.dll', /SQL Server/],
    ['libmysql.dll', /MySQL/],
    ['LIBEAY32.dll', /OpenSSL/],
    ['libssl-1_1.dll', /OpenSSL/],
    ['perl58.dll', /Perl/],
    ['httpext.dll', /IIS itself/],
    ['libgcc_s_dw2-1.dll', /MinGW/],
    ['libpq.so.5', /PostgreSQL/],
    ['libstdc++.so.6', /C\+\+ library of GCC/],
  ];
  for (const [name, what] of cases) {
    const known = knownLibrary(name);
    t.match(known?.what, what, name);
    t.ok((known?.source.length ?? 0) > 10, `${name}: where one gets it`);
  }
  for (const name of ['shop.dll', 'mymidas.dll', 'libshop.so.1'])
    t.equal(knownLibrary(name), undefined, name);
});
