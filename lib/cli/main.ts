#!/usr/bin/env node
import { runProgram } from './program.js';

const status = await runProgram(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
});
// Nothing that is still open may keep the process: what had to be finished was.
process.exit(status);
