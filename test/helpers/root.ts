import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function isRoot(folder: string): boolean {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'isapi-host';
  } catch {
    return false;
  }
}

function findRoot(): string {
  // A build that was written to a folder outside the checkout is run from within the checkout.
  for (const start of [import.meta.dirname, process.cwd()]) {
    for (let folder = start; ; folder = dirname(folder)) {
      if (isRoot(folder)) return folder;
      if (dirname(folder) === folder) break;
    }
  }
  throw new Error('the tests need the checkout: no package.json named "isapi-host" above this file');
}

/** The absolute path of the checkout: fixtures and sources are read relative to it, compiled tests live below `dist/`. */
export const root: string = findRoot();
