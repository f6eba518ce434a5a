import { build } from './build.mjs';
import { installPackages } from './packages.mjs';
import { compileSamples } from './samples.mjs';
import { checkTools } from './tools.mjs';
import { prepareWine } from './wine.mjs';

/**
 * Everything that a fresh clone needs before it can serve or be tested; does only what is missing. Resolves to what
 * failed: nothing can go on without `packages`, and little without `build`.
 */
export async function prepare(report, { install = false } = {}) {
  if (!(await installPackages(report))) return ['packages'];
  const failed = [];
  if (!(await build(report))) failed.push('build');
  await checkTools(report, { install });
  if (!(await compileSamples(report))) failed.push('samples');
  if (!failed.includes('build')) await prepareWine(report);
  return failed;
}
