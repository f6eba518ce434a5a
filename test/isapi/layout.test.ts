import t from 'tap';

import { sizeOf, STRUCTURES, type FieldType, type StructureName } from '../../lib/isapi/layout.js';
import { skipWithout, TARGETS, type Target } from '../helpers/compilers.js';
import { failingAssertions } from './c-assertions.js';

/** Size of a field in bytes, by its type in the layout table. */
function fieldSize(type: FieldType, target: Target): number {
  const pointer = target === 'win32' ? 4 : 8;
  const scalars: Readonly<Record<string, number>> = {
    u16: 2,
    u32: 4,
    u64: 8,
    pointer,
    // File descriptors are ints.
    handle: target === 'elf' ? 4 : pointer,
  };
  const array = /^(w?)char\[(\d+)\]$/u.exec(type);
  if (array !== null) return Number(array[2]) * (array[1] === 'w' ? 2 : 1);
  const size = scalars[type];
  if (size === undefined) throw new Error(`no size for the type ${type}`);
  return size;
}

function assertionsFor(target: Target): string[] {
  const machine = target === 'win32' ? 'x86' : 'x64';
  return Object.entries(STRUCTURES).flatMap(([name, layout]) => [
    `sizeof(${name}) == ${layout.size[machine]}`,
    ...layout.fields.flatMap((field) => [
      `offsetof(${name}, ${field.name}) == ${field.offset[machine]}`,
      `sizeof(((${name} *)0)->${field.name}) == ${fieldSize(field.type, target)}`,
    ]),
  ]);
}

for (const target of TARGETS) {
  void t.test(
    `the layout table is the compiler's layout for ${target}`,
    { skip: skipWithout(target) },
    (t) => {
      const assertions = assertionsFor(target);
      t.ok(assertions.length > 120, `${assertions.length} assertions`);
      t.strictSame(failingAssertions(target, assertions), []);
      t.end();
    },
  );

  void t.test(`a wrong offset would be noticed for ${target}`, { skip: skipWithout(target) }, (t) => {
    const right = 'offsetof(EXTENSION_CONTROL_BLOCK, cbSize) == 0';
    const wrong = ['offsetof(EXTENSION_CONTROL_BLOCK, dwVersion) == 8', 'sizeof(HSE_TF_INFO) == 1'];
    t.strictSame(failingAssertions(target, [right, ...wrong]), wrong);
    t.throws(() => failingAssertions(target, ['sizeof(NO_SUCH_STRUCTURE) == 4']), /NO_SUCH_STRUCTURE/);
    t.end();
  });
}

/** Sizes in bytes as they are documented, x86 and x64, also of the structures that no code of ours fills in. */
const DOCUMENTED: Readonly<Record<string, readonly [x86: number, x64: number]>> = {
  HSE_VERSION_INFO: [260, 260],
  EXTENSION_CONTROL_BLOCK: [144, 192],
  HSE_TF_INFO: [44, 72],
  HSE_SEND_HEADER_EX_INFO: [20, 32],
  HSE_URL_MAPEX_INFO: [280, 280],
  HSE_UNICODE_URL_MAPEX_INFO: [532, 532],
  HSE_EXEC_URL_INFO: [24, 48],
  HSE_EXEC_URL_USER_INFO: [12, 24],
  HSE_EXEC_URL_ENTITY_INFO: [8, 16],
  HSE_EXEC_URL_STATUS: [8, 8],
  HSE_EXEC_UNICODE_URL_INFO: [24, 48],
  HSE_EXEC_UNICODE_URL_USER_INFO: [12, 24],
  HSE_CUSTOM_ERROR_INFO: [12, 16],
  HSE_VECTOR_ELEMENT: [24, 32],
  HSE_RESPONSE_VECTOR: [20, 40],
  CERT_CONTEXT: [20, 40],
  CERT_CONTEXT_EX: [28, 48],
  HSE_TRACE_INFO: [28, 28],
};

for (const target of TARGETS) {
  void t.test(
    `the structures have their documented sizes for ${target}`,
    { skip: skipWithout(target) },
    (t) => {
      const column = target === 'win32' ? 0 : 1;
      const assertions = Object.entries(DOCUMENTED).map(
        ([name, sizes]) => `sizeof(${name}) == ${sizes[column]}`,
      );
      t.strictSame(failingAssertions(target, assertions), []);
      for (const name of Object.keys(STRUCTURES) as StructureName[]) {
        t.equal(sizeOf(name, target), DOCUMENTED[name]?.[column], name);
      }
      t.end();
    },
  );
}
