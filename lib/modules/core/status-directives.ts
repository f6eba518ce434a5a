import type { Directive } from '../../config/directive.js';
import { STATUS, type StatusSettings } from '../status/settings.js';

function statusSwitch(
  name: string,
  key: keyof StatusSettings,
  row: Pick<Directive, 'default' | 'help'>,
): Directive {
  return {
    ...row,
    name,
    syntax: 'on|off',
    contexts: ['server'],
    args: 'flag',
    apply: (context, flag) => context.main.set(STATUS, key, flag.text.toLowerCase() === 'on'),
  };
}

/** Directives of Apache's core for mod_status. */
export const STATUS_DIRECTIVES: readonly Directive[] = [
  statusSwitch('ExtendedStatus', 'extended', {
    default: 'on',
    help: 'Whether requests, their bytes and times are counted, and whether the status page shows whose requests are running.',
  }),
  statusSwitch('SeeRequestTail', 'requestTail', {
    default: 'off',
    help: 'Whether the status page shows the end, and not the beginning, of a request that is too long for it.',
  }),
];
