import { elfPlatform } from './platform-elf.js';
import { windowsPlatform } from './platform-windows.js';
import type { CallMarks, Platform } from './platform.js';

/** The platform of the process that this runs in; `marks` only for threads that call extensions. */
export function createPlatform(marks?: CallMarks): Platform {
  return process.platform === 'win32' ? windowsPlatform(marks) : elfPlatform(marks);
}
