// npm start: prepares what is missing and serves conf/httpd.conf. Arguments go to `isapi-host serve`, but for
// --install, which adds missing compilers and Wine (on Debian, as root).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './steps/command.mjs';
import { nodeProblem } from './steps/node-version.mjs';
import { prepare } from './steps/prepare.mjs';
import { createReport } from './steps/report.mjs';
import { sampleDefines } from './steps/samples.mjs';

const problem = nodeProblem();
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

const args = process.argv.slice(2).filter((arg) => arg !== '--install');
const install = process.argv.includes('--install');
const failed = await prepare(createReport(), { install });
if (failed.includes('packages') || failed.includes('build')) process.exit(1);

mkdirSync(join(root, 'logs'), { recursive: true });
const ownFile = args.some((arg) => /^(-f|--file)/.test(arg));
const main = join(root, 'dist', 'lib', 'cli', 'main.js');
process.argv = [
  process.execPath,
  main,
  'serve',
  ...(ownFile ? [] : ['-d', root, '-f', join(root, 'conf', 'httpd.conf')]),
  ...sampleDefines().flatMap((name) => ['-D', name]),
  ...args,
];
endWithNpm();
await import(pathToFileURL(main).href);

/**
 * A signal that is sent to npm ends npm and the shell between them and does not get here: the server ends then too,
 * instead of being left behind. (Ctrl-C gets to all of them.)
 */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
  // A second signal would end it at once.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => clearInterval(timer));
}
