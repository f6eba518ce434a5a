// Writes what is generated from the tables of the program: docs/directives.md, docs/commands.md, docs/pools.md,
// docs/messages.md, and the tables of README.md. Needs the build (npm run build). With --check it writes nothing, names what is out of date, and
// ends with status 1 if anything is.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandsDocument } from './docs/commands.mjs';
import { directivesDocument } from './docs/directives.mjs';
import { messagesDocument } from './docs/messages.mjs';
import { poolsDocument } from './docs/pools.mjs';
import { readmeDocument } from './docs/readme.mjs';
import { root } from './steps/command.mjs';

const DOCUMENTS = [
  { file: 'docs/directives.md', make: directivesDocument },
  { file: 'docs/commands.md', make: commandsDocument },
  { file: 'docs/pools.md', make: poolsDocument },
  { file: 'docs/messages.md', make: messagesDocument },
  { file: 'README.md', make: readmeDocument },
];

const onlyCheck = process.argv.includes('--check');
let stale = 0;
for (const { file, make } of DOCUMENTS) {
  const path = join(root, file);
  const before = read(path);
  const text = await make(before);
  if (text === before) continue;
  stale++;
  if (!onlyCheck) writeFileSync(path, text);
  process.stdout.write(`${file} ${onlyCheck ? 'is out of date: run npm run docs' : 'was written'}\n`);
}
process.exitCode = onlyCheck && stale > 0 ? 1 : 0;

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
