import { elfPlatform } from './platform-elf.js';
import { windowsPlatform } from './platform-windows.js';
import type { Memory, Platform } from './platform.js';

/** The platform of the process that this runs in; `scoreboard` only for threads that call extensions. */
export function createPlatform(scoreboard?: Pick<Memory, 'address'>): Platform {
  return process.platform === 'win32' ? windowsPlatform(scoreboard) : elfPlatform();
}
