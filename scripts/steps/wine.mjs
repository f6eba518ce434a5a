import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './command.mjs';
import { missingTools } from './tools.mjs';

const RUNTIMES = join(root, 'dist', 'lib', 'pool', 'runtimes');

function load(name) {
  return import(pathToFileURL(join(RUNTIMES, name)).href);
}

/** Prepares the runtimes for Windows extensions if Wine is there. Without them the server works, for ELF ones. */
export async function prepareWine(report) {
  const step = report.begin('Windows runtimes');
  if (missingTools().some((tool) => tool.name === 'Wine')) {
    step.skip('Wine is not installed, so Windows extensions will not run');
    return;
  }
  const { isReady, setupWine } = await load('setup.js');
  const { findHome } = await load('home.js');
  const { findRuntime } = await load('runtime.js');
  try {
    if (!isReady(findHome(), process.env)) await setupWine({ report: (line) => step.progress(line) });
  } catch (error) {
    step.fail('not prepared, so Windows extensions will not run', [error.message]);
    return;
  }
  const ready = [];
  const absent = [];
  for (const name of ['wine64', 'wine32']) {
    try {
      ready.push(findRuntime(name).describe());
    } catch (error) {
      absent.push(error.message);
    }
  }
  step.done(ready.join('; '), absent);
}

/** Ends what was started in the private Wine prefix, unless a server still uses it. */
export async function endWine() {
  const { stopWine } = await load('users.js');
  await stopWine();
}
