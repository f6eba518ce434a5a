import t from 'tap';

import {
  HSE_IO,
  HSE_STATUS,
  HSE_TERM,
  HSE_URL_FLAGS,
  INTERFACE_VERSION,
  systemError,
  SYSTEM_ERRORS,
  type SystemErrorName,
} from '../../lib/isapi/constants.js';
import { SUPPORT_FUNCTIONS } from '../../lib/isapi/support-functions.js';
import { skipWithout, TARGETS } from '../helpers/compilers.js';
import { failingAssertions } from './c-assertions.js';

const GROUPS = { HSE_STATUS, HSE_TERM, HSE_IO, HSE_URL_FLAGS };

/** What the last errors are called in <errno.h>, where ELF extensions see errno. */
const ERRNO: Readonly<Record<SystemErrorName, string>> = {
  INSUFFICIENT_BUFFER: 'ENOBUFS',
  INVALID_INDEX: 'EINVAL',
  INVALID_PARAMETER: 'EINVAL',
  NO_DATA: 'ENODATA',
  READ_FAULT: 'EIO',
  WRITE_FAULT: 'EIO',
};

for (const target of TARGETS) {
  const skip = skipWithout(target);

  void t.test(`the numbers of the interface are those of the C header for ${target}`, { skip }, (t) => {
    const constants = Object.entries(GROUPS).flatMap(([group, values]) =>
      Object.entries(values).map(([name, value]) => `${group}_${name} == ${value}`),
    );
    t.strictSame(failingAssertions(target, [...constants, `HSE_VERSION == ${INTERFACE_VERSION}`]), []);
    t.end();
  });

  void t.test(`the codes of ServerSupportFunction are those of the C header for ${target}`, { skip }, (t) => {
    // Undocumented, and in no header.
    const named = SUPPORT_FUNCTIONS.filter(({ name }) => name !== 'HSE_REQ_EXTENSION_TRIGGER');
    const assertions = named.map(({ name, code }) => `${name} == ${code}`);
    t.ok(assertions.length >= 41);
    t.strictSame(failingAssertions(target, assertions), []);
    t.end();
  });

  void t.test(`the last errors are the system's for ${target}`, { skip }, (t) => {
    const names = Object.keys(SYSTEM_ERRORS) as SystemErrorName[];
    const assertions = names.map((name) => {
      const constant = target === 'elf' ? ERRNO[name] : `ERROR_${name}`;
      return `${constant} == ${systemError(name, target)}`;
    });
    t.strictSame(failingAssertions(target, assertions), []);
    t.end();
  });
}
