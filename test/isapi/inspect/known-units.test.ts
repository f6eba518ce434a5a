import t from 'tap';
import { loadedByUnits } from '../../../lib/isapi/inspect/known-units.js';

t.test('units that load libraries without importing them are known, with and without a scope', async (t) => {
  t.same(loadedByUnits(['ShopMain', 'DBTables']), [
    { unit: 'DBTables', what: 'the Borland Database Engine (idapi32.dll) with its registry keys' },
  ]);
  t.same(
    loadedByUnits(['Data.Win.ADODB']).map(({ unit }) => unit),
    ['Data.Win.ADODB'],
  );
  t.same(loadedByUnits(['SysUtils', 'Classes']), []);
});

t.test('what is linked in need not be loaded', async (t) => {
  t.same(
    loadedByUnits(['DBClient']).map(({ what }) => what),
    ['MIDAS.DLL'],
  );
  t.same(loadedByUnits(['DBClient', 'MidasLib']), []);
});
