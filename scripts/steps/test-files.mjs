import { spawn } from 'node:child_process';
import { root } from './command.mjs';
import { TapResults } from './tap-results.mjs';

/** Milliseconds that a test file has to end by itself after tap's own timeout for it. */
const GRACE = 15_000;

/**
 * Runs compiled test files, some at a time, and reads their TAP. Each is a program of its own. (tap's own runner would
 * put options for Node into the environment of every process that a test starts, and Node for Windows cannot read them.)
 * Resolves to what `TapResults` counted; `onFile` is called as each file ends.
 */
export async function runTestFiles(files, { jobs, timeout, onFile }) {
  const results = new TapResults(onFile);
  const waiting = [...files];
  const running = new Set();
  const interrupt = (signal) => {
    for (const child of running) killGroup(child);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      for (const line of asSubtest(file, await runFile(file, timeout, running))) results.line(line);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  results.end();
  return results;
}

function runFile(file, timeout, running) {
  return new Promise((resolve) => {
    // A group of its own, so that what a test started can be ended with it.
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      cwd: root,
      env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(timeout) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    running.add(child);
    let output = '';
    let errors = '';
    let late = false;
    let grace;
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      errors = (errors + chunk).slice(-8000);
    });
    const timer = setTimeout(
      () => {
        late = true;
        killGroup(child);
      },
      timeout * 1000 + GRACE,
    );
    const finish = (status, signal) => {
      clearTimeout(timer);
      clearTimeout(grace);
      if (!running.delete(child)) return;
      killGroup(child);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ status, signal, late, output, errors });
    };
    child.on('error', (error) => finish(undefined, error.message));
    // What a test leaves behind may hold its pipes open: do not wait for it.
    child.on('exit', (status, signal) => {
      grace = setTimeout(finish, 500, status, signal);
    });
    child.on('close', finish);
  });
}

function killGroup(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // none of it is left
  }
}

/** The lines of a file as the subtest of that name, with the test point that says how it ended. */
function asSubtest(file, { status, signal, late, output, errors }) {
  const lines = output.split('\n');
  const skipAll = lines
    .map((line) => /^1\.\.0 # ?(?:SKIP )?(.*)$/i.exec(line))
    .find((match) => match !== null);
  const indented = lines.map((line) => `    ${line}`);
  if (status === 0 && skipAll !== undefined) return [...indented, `ok 1 - ${file} # SKIP ${skipAll[1]}`];
  const complete = lines.some((line) => /^1\.\.\d+/.test(line));
  if (status === 0 && complete) return [...indented, `ok 1 - ${file}`];
  let reason = `it ended with ${signal ?? `exit status ${status}`}`;
  if (late) reason = 'it was ended because it took too long';
  else if (status === 0) reason = 'it ended before its tests did';
  const details = [reason, ...errors.split('\n').filter((line) => line.trim() !== '')];
  return [...indented, `not ok 1 - ${file}`, '  ---', ...details.map((line) => `  ${line}`), '  ...'];
}
