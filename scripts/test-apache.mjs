// npm run test:apache: runs the cases of test/apache through Debian's apache2 and through isapi-host and compares what
// they answer. Arguments are beginnings of the names of cases. The last line is `N passed, N failed`.
import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { root } from './steps/command.mjs';
import { prepare } from './steps/prepare.mjs';
import { createReport } from './steps/report.mjs';

if (!existsSync('/usr/sbin/apache2')) {
  process.stdout.write('skipped: there is no apache2 (on Debian as root: apt-get install -y apache2)\n');
  process.exit(0);
}
const broken = await prepare(createReport());
if (broken.includes('packages') || broken.includes('build')) process.exit(1);

const file = join(root, 'dist', 'test', 'apache', 'compare.js');
const child = spawn(process.execPath, ['--enable-source-maps', file, ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, TAP: '1', TAP_TIMEOUT: '900' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let passed = 0;
let failed = 0;
/** the lines of the case that is running: shown when it fails */
let lines = [];
createInterface({ input: child.stdout }).on('line', (line) => {
  lines.push(line);
  const point = /^(not )?ok \d+ - (.*?)(?: # time=.*)?$/.exec(line);
  if (point === null) return;
  if (point[1] === undefined) passed++;
  else {
    failed++;
    process.stdout.write(`FAILED: ${point[2]}\n${lines.join('\n')}\n`);
  }
  lines = [];
});
child.on('close', (status) => {
  if (status !== 0 && failed === 0) failed++;
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
