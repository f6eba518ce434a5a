import t from 'tap';

import { SUPPORT_FUNCTIONS, supportFunction } from '../../lib/isapi/support-functions.js';

t.test('codes and names are unique', async (t) => {
  const unique = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
  t.ok(unique(SUPPORT_FUNCTIONS.map(({ code }) => code)));
  t.ok(unique(SUPPORT_FUNCTIONS.map(({ name }) => name)));
});

t.test('rows are in the order of their codes, with names of the field and a purpose', async (t) => {
  const codes = SUPPORT_FUNCTIONS.map(({ code }) => code);
  t.same(
    codes,
    [...codes].sort((a, b) => a - b),
  );
  for (const { name, purpose } of SUPPORT_FUNCTIONS) {
    t.match(name, /^HSE_(?:REQ_[A-Z_]+|APPEND_LOG_PARAMETER)$/);
    t.match(purpose, /^[a-z].*[^.]$/, name);
  }
});

t.test('the functions of mod_isapi are supported', async (t) => {
  t.same(
    SUPPORT_FUNCTIONS.filter(({ supported }) => supported).map(({ code }) => code),
    [1, 2, 3, 4, 1001, 1003, 1005, 1006, 1008, 1010, 1012, 1016, 1018],
  );
});

t.test('a function is found by its code', async (t) => {
  t.equal(supportFunction(1003)?.name, 'HSE_APPEND_LOG_PARAMETER');
  t.equal(supportFunction(1037)?.name, 'HSE_REQ_VECTOR_SEND');
  for (const code of [0, 5, 1000, 1004, 9999, 0xffffffff]) t.equal(supportFunction(code), undefined);
});
