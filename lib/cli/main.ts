#!/usr/bin/env node
import './young-objects.js';
import { daemonStreams } from './daemon.js';
import { runProgram } from './program.js';

const daemon = daemonStreams();
const status = await runProgram(
  process.argv.slice(2),
  daemon ?? {
    out: (line) => process.stdout.write(`${line}\n`),
    error: (line) => process.stderr.write(`${line}\n`),
  },
);
await daemon?.flush();
// Nothing that is still open may keep the process: what had to be finished was.
process.exit(status);
