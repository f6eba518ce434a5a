import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { compile, makeImportLibrary } from './compilers.js';
import { root } from './root.js';
import { skipUnlessRunnable } from './targets.js';

const DEFINITION = 'LIBRARY KERNEL32.dll\nEXPORTS\n  NoSuchFunctionAtAll\n  BaseAttachCompleteThunk\n';

/** Builds `test/extensions/winelacks.c` for both bitnesses of Windows and runs a test with each. */
export async function forEachWindows(
  t: Test,
  run: (t: Test, file: string, target: 'win64' | 'win32') => Promise<void>,
): Promise<void> {
  for (const target of ['win64', 'win32'] as const) {
    await t.test(target, { skip: skipUnlessRunnable(target) }, async (t) => {
      const folder = t.testdir({});
      const definition = join(folder, 'kernel32.def');
      writeFileSync(definition, DEFINITION);
      const library = join(folder, 'libkernel32.a');
      makeImportLibrary(target, definition, library);
      const file = join(folder, 'winelacks.dll');
      const sources = [
        join(root, 'test', 'extensions', 'winelacks.c'),
        join(root, 'test', 'extensions', 'minimal.def'),
      ];
      compile(target, [...sources, library], file, [`-I${join(root, 'isapi-samples')}`]);
      await run(t, file, target);
    });
  }
}
