import { existsSync } from 'node:fs';
import { hasProgram, lastLines, runCommand } from './command.mjs';

/** What a machine may lack, and the Debian packages that bring it. */
const TOOLS = [
  { name: 'make', packages: ['make'], found: () => hasProgram('make') },
  { name: 'gcc (ELF)', packages: ['gcc', 'libc6-dev'], found: () => hasProgram('gcc', 'cc') },
  {
    name: 'mingw-w64 gcc (Windows x64)',
    packages: ['gcc-mingw-w64-x86-64'],
    found: () => hasProgram('x86_64-w64-mingw32-gcc'),
  },
  {
    name: 'mingw-w64 gcc (Windows x86)',
    packages: ['gcc-mingw-w64-i686'],
    found: () => hasProgram('i686-w64-mingw32-gcc'),
  },
  {
    name: 'Wine',
    packages: ['wine', 'wine64'],
    found: () =>
      process.platform === 'win32' || hasProgram('wine', 'wine64') || existsSync('/usr/lib/wine/wine64'),
  },
];

const UPDATE = 'apt-get update';
const INSTALL = 'apt-get install -y --no-install-recommends';
const ADD_I386 = 'dpkg --add-architecture i386';
const REMOVE_I386 = 'dpkg --remove-architecture i386';

/** The tools of this machine that are missing. */
export function missingTools() {
  return TOOLS.filter((tool) => !tool.found());
}

/** The one command that adds a list of tools on Debian. */
export function installCommand(tools) {
  return `${UPDATE} && ${INSTALL} ${tools.flatMap((tool) => tool.packages).join(' ')}`;
}

/** Says which compilers and which Wine are missing and, with `install`, adds them. */
export async function checkTools(report, { install }) {
  const step = report.begin('compilers and Wine');
  const missing = missingTools();
  if (missing.length === 0) {
    step.done('found');
  } else if (!install) {
    step.skip(`missing: ${missing.map((tool) => tool.name).join(', ')}`, addHint(installCommand(missing)));
  } else if (!canInstall()) {
    step.skip('--install works on Debian as root only', addHint(installCommand(missing)));
  } else {
    step.progress(`installing ${missing.flatMap((tool) => tool.packages).join(' ')}`);
    const result = await runShell(installCommand(missing));
    if (result.status === 0) step.done('installed');
    else step.fail('apt-get failed', [lastLines(result.output)]);
  }
  if (install) await install32(report);
}

/** 32-bit Wine comes from Debian's i386 architecture; where that cannot be resolved, it is left as it was. */
async function install32(report) {
  if (!canInstall() || has32() || !existsSync('/usr/lib/wine/wine64')) return;
  const step = report.begin('32-bit Wine');
  step.progress('installing wine32:i386');
  const had = (await runShell('dpkg --print-foreign-architectures')).output.split('\n').includes('i386');
  const result = await runShell(`${ADD_I386} && ${UPDATE} && ${INSTALL} wine32:i386`);
  if (result.status === 0) {
    step.done('installed');
    return;
  }
  if (!had) await runShell(`${REMOVE_I386} && ${UPDATE}`);
  step.skip('apt-get cannot install it here: 32-bit Windows extensions will not run', [
    lastLines(result.output, 5),
  ]);
}

function has32() {
  return (
    existsSync('/usr/lib/wine/wine') || existsSync('/usr/lib/i386-linux-gnu/wine/i386-windows/ntdll.dll')
  );
}

function canInstall() {
  return existsSync('/etc/debian_version') && hasProgram('apt-get') && process.getuid?.() === 0;
}

function runShell(command) {
  return runCommand('sh', ['-c', command], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

/** How a missing thing is added: the command, and that npm start can run it. */
export function addHint(command) {
  const lines = [`to add: ${command}   (on Debian, as root)`];
  if (canInstall()) lines.push('or:     npm start -- --install');
  return lines;
}
