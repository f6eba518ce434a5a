import type { Home } from './home.js';

/** Libraries that Wine would have, and that programs are told are not there: .NET and the HTML engine. */
export const DISABLED_LIBRARIES = ['mscoree', 'mshtml'] as const;

/**
 * What a program under Wine is started with, on top of the environment of the server.
 *
 * WINEDEBUG: silent; what a crash was is in the scoreboard (see `worker/crash-recorder.ts`).
 * WINEDLLOVERRIDES: no .NET, no HTML engine (both would ask to be downloaded), no entries in desktop menus,
 * no debugger.
 * NODE_OPTIONS: options of the server's own Node name files in POSIX notation, which Windows Node cannot read.
 */
export function wineEnvironment(home: Home): Record<string, string> {
  return {
    WINEPREFIX: home.prefix,
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: `${DISABLED_LIBRARIES.join(',')}=;winemenubuilder.exe=d;winedbg.exe=d`,
    NODE_SKIP_PLATFORM_CHECK: '1',
    NODE_OPTIONS: '',
    LC_ALL: 'C.UTF-8',
    DISPLAY: '',
    WAYLAND_DISPLAY: '',
  };
}

/** A path of this machine as a program under Wine names it: drive Z: is the root folder. */
export function winePath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}
