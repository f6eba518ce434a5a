import { constants } from 'node:os';
import { SYSTEM_ERRORS, type Abi } from './constants.js';

/** Errors of Windows that a loader or an extension leaves and that this server does not set itself (winerror.h). */
const OTHER_WINDOWS_ERRORS: Readonly<Record<number, string>> = {
  2: 'ERROR_FILE_NOT_FOUND',
  3: 'ERROR_PATH_NOT_FOUND',
  5: 'ERROR_ACCESS_DENIED',
  6: 'ERROR_INVALID_HANDLE',
  8: 'ERROR_NOT_ENOUGH_MEMORY',
  50: 'ERROR_NOT_SUPPORTED',
  120: 'ERROR_CALL_NOT_IMPLEMENTED',
  126: 'ERROR_MOD_NOT_FOUND',
  127: 'ERROR_PROC_NOT_FOUND',
  193: 'ERROR_BAD_EXE_FORMAT',
  998: 'ERROR_NOACCESS',
  1114: 'ERROR_DLL_INIT_FAILED',
  1157: 'ERROR_DLL_NOT_FOUND',
};

const WINDOWS_NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(OTHER_WINDOWS_ERRORS).map(([number, name]): [number, string] => [Number(number), name]),
  ...Object.entries(SYSTEM_ERRORS).map(([name, { windows }]): [number, string] => [windows, `ERROR_${name}`]),
]);

/** The first name of each number: EAGAIN rather than EWOULDBLOCK. */
const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** The name of a last error in an ABI, such as ERROR_INVALID_PARAMETER or EINVAL; undefined when it has none. */
export function systemErrorName(number: number, abi: Abi): string | undefined {
  return abi === 'elf' ? ERRNO_NAMES.get(number) : WINDOWS_NAMES.get(number);
}
