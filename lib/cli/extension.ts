import { resolve } from 'node:path';
import { HostError } from '../errors.js';
import { EXIT, parseOptions, type Command, type Option } from './command.js';
import { CONTROL_OPTIONS } from './control-client.js';
import { showReplaced } from './pool.js';

const OPTIONS: readonly Option[] = [
  ...CONTROL_OPTIONS,
  { name: 'json', help: 'shows each item as a JSON object on a line of its own' },
];

/** `isapi-host extension`: what a running server has loaded. */
export const extensionCommand: Command = {
  name: 'extension',
  usage: 'extension unload FILE [-f FILE] [-d DIR] [--socket PATH] [--json]',
  short: 'has a running server let go of an extension that it keeps loaded',
  long:
    'unload FILE replaces the worker processes that keep an extension of ISAPICacheFile loaded, one after the other\n' +
    'and without losing a request: the old ones call TerminateExtension and end, the new ones load the file as it\n' +
    'is then. Put a new version in place of the file before, under its name (by renaming: the old file must stay\n' +
    'whole for those who have it loaded).\n' +
    'An extension that ISAPICacheFile does not name needs none of this: it is unloaded whenever no request is in\n' +
    'it, and the next request loads the file that is there then.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    const [verb, file, ...extra] = parsed.rest;
    if (verb !== 'unload' || file === undefined || extra.length > 0) {
      throw new HostError('USAGE', 'extension takes unload and the file of an extension');
    }
    const { count, others } = await showReplaced(
      'extension unload',
      { file: resolve(file) },
      parsed,
      streams,
    );
    if (parsed.flags.has('json')) return EXIT.ok;
    if (others.some(({ cached }) => cached === false)) {
      streams.out(`${file} is not named by ISAPICacheFile: it is unloaded whenever no request is in it`);
    } else if (count === 0) streams.out(`${file} is not loaded in any worker process`);
    return EXIT.ok;
  },
};
