// npm run bench: prepares what is missing and measures (see bench/main.ts). Arguments: --seconds N --rounds N.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './steps/command.mjs';
import { prepare } from './steps/prepare.mjs';
import { createReport } from './steps/report.mjs';

const failed = await prepare(createReport(), { install: false });
if (failed.includes('packages') || failed.includes('build')) process.exit(1);
if (spawnSync('wrk', ['-v']).error) {
  process.stderr.write('wrk is missing: install it (on Debian as root: apt-get install -y wrk)\n');
  process.exit(1);
}
const main = join(root, 'dist', 'bench', 'main.js');
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
