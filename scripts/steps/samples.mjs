import { copyFileSync, existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasProgram, lastLines, root, runCommand } from './command.mjs';

const TARGETS = [
  { name: 'elf', title: 'ELF', compilers: ['gcc', 'cc'], here: process.platform === 'linux' },
  { name: 'win64', title: 'Windows x64', compilers: ['x86_64-w64-mingw32-gcc'], here: true },
  { name: 'win32', title: 'Windows x86', compilers: ['i686-w64-mingw32-gcc'], here: true },
];
const FOLDER = join(root, 'isapi-samples', 'www', 'isapi');

/** Compiles the samples for every target whose compiler is there. */
export async function compileSamples(report) {
  const step = report.begin('samples');
  const targets = TARGETS.filter((target) => target.here && hasProgram(...target.compilers));
  if (targets.length === 0 || !hasProgram('make')) {
    step.skip('not compiled: they need make and a C compiler; your own extensions are served all the same');
    return true;
  }
  const titles = targets.map((target) => target.title).join(', ');
  step.progress(`compiling for ${titles}`);
  const result = await runCommand('make', [
    '-C',
    'isapi-samples',
    '--silent',
    ...targets.map((target) => target.name),
  ]);
  if (result.status !== 0) {
    step.fail('make failed', [lastLines(result.output)]);
    return false;
  }
  for (const target of targets) copyCounter(target.name);
  step.done(titles);
  return true;
}

/**
 * A copy of the counter sample per target is named by ISAPICacheFile in conf/httpd.conf: side by side with the first
 * it shows what caching does.
 */
function copyCounter(target) {
  const [from, to] = [join(FOLDER, `counter-${target}.dll`), cachedCounter(target)];
  if (!existsSync(from) || (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs)) return;
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}

function cachedCounter(target) {
  return join(FOLDER, `counter-${target}-cached.dll`);
}

/** Names for `-D` that tell conf/httpd.conf which cached counters there are. */
export function sampleDefines() {
  return TARGETS.filter((target) => existsSync(cachedCounter(target.name))).map(
    (target) => `CACHED_COUNTER_${target.name.toUpperCase()}`,
  );
}
