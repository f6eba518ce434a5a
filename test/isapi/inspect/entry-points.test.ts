import t from 'tap';

import { findEntryPoint, findEntryPoints } from '../../../lib/isapi/inspect/entry-points.js';

void t.test('an entry point is found under its own name and under decorated ones', (t) => {
  const found = (...exports: string[]): string | undefined => findEntryPoint(exports, 'HttpExtensionProc');
  t.equal(found('HttpExtensionProc'), 'HttpExtensionProc');
  t.equal(found('HttpExtensionProc@4'), 'HttpExtensionProc@4');
  t.equal(found('_HttpExtensionProc@4'), '_HttpExtensionProc@4');
  t.equal(
    found('_HttpExtensionProc@4', 'HttpExtensionProc'),
    'HttpExtensionProc',
    'the plain name comes first',
  );
  t.equal(found('_HttpExtensionProc'), undefined, 'a cdecl function');
  t.equal(found('httpextensionproc'), undefined);
  t.equal(found('HttpExtensionProc@'), undefined);
  t.equal(found('MyHttpExtensionProc@4'), undefined);
  t.equal(found('HttpExtensionProc@4x'), undefined);
  t.equal(found(), undefined);
  t.end();
});

void t.test('the entry points of an extension, TerminateExtension being optional', (t) => {
  t.strictSame(findEntryPoints(['Other', 'GetExtensionVersion@4', 'HttpExtensionProc']), {
    getExtensionVersion: 'GetExtensionVersion@4',
    httpExtensionProc: 'HttpExtensionProc',
  });
  t.strictSame(findEntryPoints(['GetExtensionVersion', 'HttpExtensionProc', '_TerminateExtension@4']), {
    getExtensionVersion: 'GetExtensionVersion',
    httpExtensionProc: 'HttpExtensionProc',
    terminateExtension: '_TerminateExtension@4',
  });
  t.end();
});

void t.test('a missing entry point is named, with the likely reason', (t) => {
  const problem = (...exports: string[]): string | undefined => findEntryPoints(exports).problem;
  t.equal(
    problem(),
    'missing GetExtensionVersion(): the library exports nothing; ' +
      'export it with a .def file, __declspec(dllexport) or default visibility',
  );
  t.equal(
    problem('GetExtensionVersion'),
    'missing HttpExtensionProc(): the library does not export it, so it is not an ISAPI extension',
  );
  t.equal(
    problem('GetFilterVersion@4', 'HttpFilterProc@12'),
    'missing GetExtensionVersion(): the library is an ISAPI filter, not an extension',
  );
  t.equal(
    problem('GetExtensionVersion', 'HTTPExtensionProc'),
    'missing HttpExtensionProc(): it is exported as HTTPExtensionProc; upper and lower case have to be right',
  );
  const visual = '?HttpExtensionProc@@YGKPAU_EXTENSION_CONTROL_BLOCK@@@Z';
  t.equal(
    problem('GetExtensionVersion', visual),
    `missing HttpExtensionProc(): it is exported as the C++ function ${visual}; declare it extern "C"`,
  );
  t.equal(
    problem('GetExtensionVersion', '_Z17HttpExtensionProcP24_EXTENSION_CONTROL_BLOCK'),
    'missing HttpExtensionProc(): it is exported as the C++ function ' +
      '_Z17HttpExtensionProcP24_EXTENSION_CONTROL_BLOCK; declare it extern "C"',
  );
  t.end();
});

void t.test('a library that is a filter and an extension is an extension', (t) => {
  t.equal(
    findEntryPoints(['GetFilterVersion', 'HttpFilterProc', 'GetExtensionVersion', 'HttpExtensionProc'])
      .problem,
    undefined,
  );
  t.end();
});
