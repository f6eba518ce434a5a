import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, root, runNpm } from './command.mjs';

/** Installs the packages of the lock file when some are missing or have another version. */
export async function installPackages(report) {
  const step = report.begin('packages');
  const missing = missingPackages();
  if (missing.length === 0) {
    step.done('as in package-lock.json');
    return true;
  }
  step.progress(`installing with npm ci (${missing.length} missing or changed)`);
  const result = await runNpm(['ci', '--no-audit', '--no-fund']);
  if (result.status !== 0) {
    step.fail('npm ci failed', [
      lastLines(result.output),
      'Check that npm can reach its registry, then start again.',
    ]);
    return false;
  }
  step.done(`${missing.length} installed`);
  return true;
}

/** Compares the lock file with npm's own record of what it has installed. */
function missingPackages() {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  const installed = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted)
    .filter(
      ([path, entry]) => path !== '' && !entry.link && (!entry.optional || installed[path] !== undefined),
    )
    .filter(([path, entry]) => installed[path]?.version !== entry.version || !existsSync(join(root, path)))
    .map(([path]) => path);
}

function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}
