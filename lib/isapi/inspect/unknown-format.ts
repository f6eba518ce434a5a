import type { ByteSource } from './byte-source.js';

/** What people copy to where an extension should be, by its first bytes (as latin1). */
const SIGNATURES: readonly (readonly [start: string, words: string])[] = [
  ['!<arch>\n', 'is a static or import library (.lib, .a), not a DLL'],
  ['PK\x03\x04', 'is a ZIP archive; unpack it first'],
  ['MSCF', 'is a cabinet file; unpack it first'],
  ['SZDD', 'is a compressed file of an installation disk; expand it first'],
  ['\xcf\xfa\xed\xfe', 'is a macOS library'],
  ['\xce\xfa\xed\xfe', 'is a macOS library'],
  ['\xca\xfe\xba\xbe', 'is a macOS library or a Java class'],
  ['#!', 'is a script, not a library'],
];

const SHOWN = 24;

/** In words, what a file is that is neither PE nor ELF. */
export function describeUnknown(source: ByteSource): string {
  const start = source.bytes(0, Math.min(source.size, 64));
  const latin1 = start.toString('latin1');
  const known = SIGNATURES.find(([signature]) => latin1.startsWith(signature));
  if (known !== undefined) return known[1];

  // A byte order mark and blank space say nothing; a sequence that was cut at the end is no reason for bytes.
  const text = new TextDecoder('utf-8').decode(start).replace(/\uFFFD+$/u, '');
  const line = text.trimStart().split(/[\r\n]/u, 1)[0] ?? '';
  const printable = line !== '' && !/[\p{Cc}\uFFFD]/u.test(line);
  if (!printable) {
    const bytes = [...start.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return `is not a library: it begins with the bytes ${bytes}`;
  }
  const characters = Array.from(line.trimEnd());
  const shown = characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('')}...` : characters.join('');
  return `is not a library: it begins with "${shown}"`;
}
