import { readFileSync } from 'node:fs';
import t from 'tap';

import { findEntryPoints } from '../../../lib/isapi/inspect/entry-points.js';
import { identifyBytes, inspectBytes } from '../../../lib/isapi/inspect/library.js';
import { skipWithout, TARGETS } from '../../helpers/compilers.js';
import { buildExtension } from '../../helpers/extensions.js';

/** A generator of numbers below 2^32 whose sequence is fixed by its seed (xorshift). */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** What numbers go wrong with. */
const VALUES = [0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff];

/** Whatever the bytes, facts come out that hold together. */
function check(bytes: Buffer): string | undefined {
  const facts = inspectBytes(bytes);
  const identity = identifyBytes(bytes);
  findEntryPoints(facts.exports);
  if (facts.abi !== identity.abi || facts.reason !== identity.reason) return 'the two disagree';
  if ((facts.abi === undefined) === (facts.reason === undefined)) return 'neither loadable nor a reason';
  if (facts.exports.length > 262_144) return 'too many exports';
  const functions = facts.imports.reduce((sum, imported) => sum + imported.functions.length, 0);
  if (functions > 3 * 65_536) return 'too many functions';
  return undefined;
}

for (const target of TARGETS) {
  void t.test(`${target}: a damaged library gives facts or a reason`, { skip: skipWithout(target) }, (t) => {
    const original = readFileSync(buildExtension('needsother', target, t.testdir()));
    const random = generator(0x1234567);
    const problems: string[] = [];
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(original);
      for (let changes = 1 + random(4); changes > 0; changes--) {
        // Half of them in the headers, where a change matters most.
        const offset = random(2) === 0 ? random(1024) : random(bytes.length - 4);
        bytes.writeUInt32LE(VALUES[random(VALUES.length)] ?? 0, offset);
      }
      const problem = check(bytes);
      if (problem !== undefined) problems.push(`round ${round}: ${problem}`);
      if (inspectBytes(bytes).reason !== undefined) refused++;
    }
    t.strictSame(problems, []);
    t.ok(refused > 100 && refused < 3000, `${refused} were refused: the changes matter, and not all alike`);
    t.end();
  });

  void t.test(
    `${target}: a library that was cut anywhere gives facts or a reason`,
    { skip: skipWithout(target) },
    (t) => {
      const original = readFileSync(buildExtension('needsother', target, t.testdir()));
      const problems: string[] = [];
      for (let length = 0; length < original.length; length += length < 1500 ? 1 : 997) {
        const problem = check(original.subarray(0, length));
        if (problem !== undefined) problems.push(`${length} bytes: ${problem}`);
      }
      t.strictSame(problems, []);
      t.end();
    },
  );
}

void t.test('random bytes behind the signatures give a reason', (t) => {
  const random = generator(0xdecade);
  const problems: string[] = [];
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.alloc(random(600) + 1);
    for (let i = 0; i < bytes.length; i++) bytes[i] = random(256);
    if (round % 3 === 0) bytes.write('MZ', 'latin1');
    if (round % 3 === 1) bytes.write('\x7fELF\x02\x01', 'latin1');
    if (round % 3 === 0 && bytes.length > 200) {
      bytes.writeUInt32LE(0x40, 0x3c);
      bytes.write('PE\0\0', 0x40, 'latin1');
    }
    const problem = check(bytes);
    if (problem !== undefined) problems.push(`round ${round}: ${problem}`);
  }
  t.strictSame(problems, []);
  t.end();
});
