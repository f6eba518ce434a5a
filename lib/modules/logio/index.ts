import type { Directive } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';
import { preciseNow } from '../../http/clock.js';
import type { Module } from '../../http/module.js';
import { FIRST_BYTE } from '../log/items.js';

interface LogioSettings {
  readonly trackFirstByte: boolean;
}

const LOGIO = new Slot<LogioSettings>('logio', { trackFirstByte: false });

/**
 * mod_logio: how many bytes a request took on its connection, and how long it took until the first byte of the
 * response. The items of formats are in mod_log_config's table.
 */
export function createLogioModule(): Module {
  return {
    name: 'logio',
    directives: [TRACK_FIRST_BYTE],
    hooks: {
      responds: (request) => request.settings.get(LOGIO).trackFirstByte,
      respond(request) {
        if (request.notes.has(FIRST_BYTE)) return;
        request.notes.set(FIRST_BYTE, String(Math.floor((preciseNow() - request.received) * 1000)));
      },
    },
  };
}

const TRACK_FIRST_BYTE: Directive = {
  name: 'LogIOTrackTTFB',
  syntax: 'on|off',
  default: 'off',
  contexts: ['server', 'virtual host', 'directory', '.htaccess'],
  args: 'flag',
  help: 'Whether the time from the arrival of a request to the first byte of its response is noted, for %^FB.',
  apply: (context, flag) => context.settings.set(LOGIO, 'trackFirstByte', flag.text.toLowerCase() === 'on'),
};
