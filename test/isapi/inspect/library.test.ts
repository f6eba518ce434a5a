import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import {
  identifyBytes,
  identifyLibrary,
  inspectBytes,
  inspectLibrary,
} from '../../../lib/isapi/inspect/library.js';
import { compilerOf, skipWithout, TARGETS } from '../../helpers/compilers.js';
import { buildExtension } from '../../helpers/extensions.js';

const MACHINE = { elf: 'x64', win64: 'x64', win32: 'x86' } as const;

for (const target of TARGETS) {
  void t.test(
    `a library for ${target} is known by its header, whatever its name`,
    { skip: skipWithout(target) },
    (t) => {
      const path = buildExtension('minimal', target, t.testdir(), 'app.isa');
      const identity = {
        kind: target === 'elf' ? 'elf' : 'pe',
        machine: MACHINE[target],
        isLibrary: true,
        abi: target,
      };
      t.strictSame(identifyLibrary(path), identity);
      t.match(inspectLibrary(path), identity);
      t.strictSame(identifyBytes(readFileSync(path)), identity);
      t.strictSame(inspectBytes(readFileSync(path)), inspectLibrary(path));
      t.end();
    },
  );

  void t.test(`a library for ${target} that was cut is truncated`, { skip: skipWithout(target) }, (t) => {
    const bytes = readFileSync(buildExtension('minimal', target, t.testdir()));
    // From the middle of its header to the middle of its last section.
    for (const length of [20, 70, 300, bytes.length / 4]) {
      const identity = identifyBytes(bytes.subarray(0, length));
      t.match(identity.reason, /^is truncated: /, `${length} bytes`);
      t.equal(identity.abi, undefined);
    }
    t.end();
  });

  void t.test(`a program for ${target} is no library`, { skip: skipWithout(target) }, (t) => {
    const folder = t.testdir({ 'main.c': 'int main(void) { return 0; }\n' });
    const out = join(folder, 'program.dll');
    const result = spawnSync(compilerOf(target).command, ['-o', out, join(folder, 'main.c')], {
      encoding: 'utf8',
    });
    t.equal(result.status, 0, result.stderr);
    t.strictSame(identifyLibrary(out), {
      kind: target === 'elf' ? 'elf' : 'pe',
      machine: MACHINE[target],
      isLibrary: false,
      reason: target === 'elf' ? 'is a Linux program, not a library' : 'is a Windows program, not a DLL',
    });
    t.end();
  });

  void t.test(`an object file for ${target} is no library`, { skip: skipWithout(target) }, (t) => {
    const folder = t.testdir({ 'a.c': 'int a;\n' });
    const out = join(folder, 'a.o');
    spawnSync(compilerOf(target).command, ['-c', '-o', out, join(folder, 'a.c')]);
    const { reason, abi } = identifyLibrary(out);
    t.equal(abi, undefined);
    if (target === 'elf') t.equal(reason, 'is an object file, not a library; link it with -shared');
    else t.match(reason, /^is not a library: it begins with /);
    t.end();
  });
}

void t.test('what is no library is described by how it begins', (t) => {
  const cases: [content: string | number[], reason: string][] = [
    ['', 'is empty'],
    ['This is text, not a library.\n', 'is not a library: it begins with "This is text, not a libr..."'],
    ['short\nsecond line', 'is not a library: it begins with "short"'],
    ['\r\n  <html>', 'is not a library: it begins with "<html>"'],
    ['\uFEFFgrüße', 'is not a library: it begins with "grüße"'],
    [[0, 1, 2, 255], 'is not a library: it begins with the bytes 00 01 02 ff'],
    ['   ', 'is not a library: it begins with the bytes 20 20 20'],
    ['M', 'is not a library: it begins with "M"'],
    ['#!/bin/sh\n', 'is a script, not a library'],
    ['PK\x03\x04rest', 'is a ZIP archive; unpack it first'],
    ['!<arch>\n', 'is a static or import library (.lib, .a), not a DLL'],
    [[0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1], 'is a macOS library'],
    ['MZ', 'is truncated: the file ends within its header; copy it again'],
  ];
  for (const [content, reason] of cases) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
    t.strictSame(identifyBytes(bytes), { kind: 'unknown', machine: undefined, isLibrary: false, reason });
  }
  t.end();
});

/** An MZ header whose new header is at 0x40. */
function newExecutable(signature: string, flags = 0): Buffer {
  const bytes = Buffer.alloc(0x100);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(0x40, 0x3c);
  bytes.write(signature, 0x40, 'latin1');
  bytes.writeUInt16LE(flags, 0x40 + 12);
  return bytes;
}

void t.test('libraries of older systems are named', (t) => {
  const advice = '; it has to be built again for 32-bit or 64-bit Windows';
  t.equal(identifyBytes(newExecutable('NE', 0x8000)).reason, `is a 16-bit Windows library${advice}`);
  t.equal(identifyBytes(newExecutable('NE')).reason, `is a 16-bit Windows program${advice}`);
  t.equal(identifyBytes(newExecutable('LE')).reason, 'is an OS/2 module or a Windows 9x driver, not a DLL');
  t.equal(identifyBytes(newExecutable('??')).reason, 'is a DOS program, not a DLL');
  t.end();
});

/** Applies changes to the headers of a compiled DLL. */
function changedPe(
  folder: string,
  target: 'win64' | 'win32',
  change: (bytes: Buffer, header: number) => void,
): string {
  const path = buildExtension('minimal', target, folder);
  const bytes = readFileSync(path);
  change(bytes, bytes.readUInt32LE(0x3c));
  writeFileSync(path, bytes);
  return path;
}

void t.test('a DLL for another processor says which', { skip: skipWithout('win64') }, (t) => {
  const folder = t.testdir();
  const withMachine = (machine: number): unknown => {
    const path = changedPe(folder, 'win64', (bytes, header) => bytes.writeUInt16LE(machine, header + 4));
    const identity = identifyLibrary(path);
    return [identity.machine, identity.reason];
  };
  const advice = 'build it for x86, 32-bit or 64-bit';
  t.strictSame(withMachine(0xaa64), ['arm64', `is for ARM64 processors; ${advice}`]);
  t.strictSame(withMachine(0x1c4), ['arm', `is for ARM processors; ${advice}`]);
  t.strictSame(withMachine(0x200), ['other:512', `is for Itanium processors; ${advice}`]);
  t.strictSame(withMachine(0x1234), ['other:4660', `is for processors of type 0x1234; ${advice}`]);
  t.strictSame(withMachine(0x14c), ['x86', 'has a damaged PE header'], '32-bit, with a header for 64 bits');
  t.end();
});

void t.test('a .NET assembly is one when it exports nothing', { skip: skipWithout('win32') }, (t) => {
  const folder = t.testdir();
  const directories = 24 + 96;
  const withCli = (exports: boolean): string =>
    changedPe(folder, 'win32', (bytes, header) => {
      bytes.writeUInt32LE(0x2000, header + directories + 14 * 8);
      if (!exports) bytes.writeBigUInt64LE(0n, header + directories);
    });
  t.equal(
    identifyLibrary(withCli(false)).reason,
    'is a .NET assembly without native exports; an ISAPI extension has to export native functions',
  );
  t.equal(identifyLibrary(withCli(true)).abi, 'win32');
  t.end();
});

void t.test(
  'an ELF library for another processor or word size says which',
  { skip: skipWithout('elf') },
  (t) => {
    const bytes = readFileSync(buildExtension('minimal', 'elf', t.testdir()));
    const changed = (change: (bytes: Buffer) => void): unknown => {
      const copy = Buffer.from(bytes);
      change(copy);
      const identity = identifyBytes(copy);
      return [identity.machine, identity.reason];
    };
    t.strictSame(
      changed((b) => b.writeUInt16LE(183, 18)),
      ['arm64', 'is for ARM64 processors; build it for 64-bit x86'],
    );
    t.strictSame(
      changed((b) => b.writeUInt16LE(999, 18)),
      ['other:999', 'is for processors of type 999; build it for 64-bit x86'],
    );
    t.strictSame(
      changed((b) => {
        b.writeUInt8(1, 4);
        b.writeUInt16LE(3, 18);
      }),
      ['x86', "is a 32-bit ELF library; this server's own runtime is 64-bit; build it without -m32"],
    );
    // Big-endian: the same fields, the other way round.
    t.strictSame(
      changed((b) => {
        b.writeUInt8(2, 5);
        b.writeUInt16BE(3, 16);
        b.writeUInt16BE(22, 18);
      }),
      ['other:22', 'is for s390x processors; build it for 64-bit x86'],
    );
    t.end();
  },
);

void t.test('what cannot be opened has a reason too', (t) => {
  const folder = t.testdir({ 'closed.dll': 'x' });
  t.equal(identifyLibrary(join(folder, 'none.dll')).reason, 'does not exist');
  t.equal(identifyLibrary(folder).reason, 'is not a regular file');
  t.strictSame(inspectLibrary(join(folder, 'none.dll')), {
    kind: 'unknown',
    machine: undefined,
    isLibrary: false,
    reason: 'does not exist',
    exports: [],
    imports: [],
    needed: [],
    runPaths: [],
    damage: [],
  });
  // Root may read everything.
  if (process.getuid?.() !== 0) {
    chmodSync(join(folder, 'closed.dll'), 0);
    t.match(identifyLibrary(join(folder, 'closed.dll')).reason, /permission denied/);
  }
  t.end();
});

void t.test(
  'a FIFO is refused without waiting for its other end',
  { skip: process.platform === 'win32' },
  (t) => {
    const fifo = join(t.testdir(), 'fifo.dll');
    spawnSync('mkfifo', [fifo]);
    t.equal(identifyLibrary(fifo).reason, 'is not a regular file');
    t.end();
  },
);
