import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. (`import.meta.dirname` is not there in a Node that is too old, which is to be told so.) */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Runs a program without input in the checkout. Resolves to its status (undefined if it did not start or was killed)
 * and its output, both streams together; `onLine` sees each line of stdout as it comes.
 */
export function runCommand(command, args, { onLine, env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      if (onLine === undefined) return;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve({ status: undefined, output: `${command}: ${error.message}` }));
    child.on('close', (status) => {
      if (onLine !== undefined && rest !== '') onLine(rest);
      resolve({ status: status ?? undefined, output: output.trimEnd() });
    });
  });
}

/** Runs a JavaScript program of a package in node_modules: `binary('tap', 'dist/esm/run.mjs')`. */
export function runPackage(path, args, options) {
  return runCommand(process.execPath, [join(root, 'node_modules', path), ...args], options);
}

/** Runs npm: as a JavaScript file where it can be found, because `npm` itself is a script on Windows. */
export function runNpm(args, options) {
  const node = dirname(process.execPath);
  const file = [
    process.env.npm_execpath,
    join(node, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(node, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ].find((path) => path !== undefined && /npm-cli\.c?js$/.test(path) && existsSync(path));
  return file === undefined
    ? runCommand('npm', args, options)
    : runCommand(process.execPath, [file, ...args], options);
}

/** Whether PATH has one of these programs. */
export function hasProgram(...names) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  return (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.flatMap((name) => endings.map((ending) => join(folder, name + ending))))
    .some((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The last lines of an output, enough to see what went wrong. */
export function lastLines(output, count = 15) {
  return output.split('\n').slice(-count).join('\n');
}
