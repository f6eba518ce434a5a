/** Numbers of the ISAPI interface (httpext.h). */

/** What HttpExtensionProc returns. 0 is treated as SUCCESS. */
export const HSE_STATUS = { SUCCESS: 1, SUCCESS_AND_KEEP_CONN: 2, PENDING: 3, ERROR: 4 } as const;

/** What TerminateExtension is told. */
export const HSE_TERM = { ADVISORY_UNLOAD: 1, MUST_UNLOAD: 2 } as const;

/** Flags of WriteClient, TRANSMIT_FILE and ASYNC_READ_CLIENT. */
export const HSE_IO = { SYNC: 1, ASYNC: 2, DISCONNECT_AFTER_SEND: 4, SEND_HEADERS: 8 } as const;

/** Flags that MAP_URL_TO_PATH_EX reports. */
export const HSE_URL_FLAGS = { READ: 1, WRITE: 2, EXECUTE: 4, SCRIPT: 0x200 } as const;

/** MAKELONG(0, 6): the version of the interface that control blocks announce. */
export const INTERFACE_VERSION = 0x60000;

/** cbTotalBytes of a body whose length is unknown or does not fit. */
export const LENGTH_UNKNOWN = 0xffffffff;

/**
 * The binary interfaces that extensions are compiled for. ELF extensions use the platform's own calling convention
 * and the x64 layout; their last error is errno.
 */
export const ABIS = ['elf', 'win64', 'win32'] as const;
export type Abi = (typeof ABIS)[number];

interface SystemError {
  readonly windows: number;
  readonly elf: number;
}

/**
 * The last errors that callbacks leave. Windows extensions see winerror.h's numbers, ELF extensions the errno that
 * mod_isapi maps them to on Unix.
 */
export const SYSTEM_ERRORS = {
  INSUFFICIENT_BUFFER: { windows: 122, elf: 105 },
  INVALID_INDEX: { windows: 1413, elf: 22 },
  INVALID_PARAMETER: { windows: 87, elf: 22 },
  NO_DATA: { windows: 232, elf: 61 },
  READ_FAULT: { windows: 30, elf: 5 },
  WRITE_FAULT: { windows: 29, elf: 5 },
} as const satisfies Record<string, SystemError>;

export type SystemErrorName = keyof typeof SYSTEM_ERRORS;

/** The number of a last error for an extension of the given ABI. */
export function systemError(name: SystemErrorName, abi: Abi): number {
  const row = SYSTEM_ERRORS[name];
  return abi === 'elf' ? row.elf : row.windows;
}
