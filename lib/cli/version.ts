import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../pool/runtimes/home.js';

/** The program's version, from its package.json. */
export const version: string = readVersion();

function readVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed
    ? String(parsed.version)
    : 'unknown';
}
