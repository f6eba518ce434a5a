import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './command.mjs';

/** Undefined when this Node is new enough, else what to say. */
export function nodeProblem(version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = engines.node.replace(/^>=/, '');
  if (isAtLeast(version, wanted)) return undefined;
  return (
    `isapi-host needs Node ${wanted} or later, and this is Node ${version} (${process.execPath}). ` +
    'Install a newer Node, or put it before this one in PATH.'
  );
}

function isAtLeast(version, wanted) {
  const have = version.split('.').map(Number);
  const want = wanted.split('.').map(Number);
  for (let index = 0; index < 3; index++) {
    const difference = (have[index] ?? 0) - (want[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
