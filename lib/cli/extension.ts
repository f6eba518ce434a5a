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
    'unload FILE takes the path of an extension, the end of it, or its name, with or without .dll, if only one of\n' +
    'those that have run, or that ISAPICacheFile names, is called so.\n' +
    'It replaces the worker processes that keep an extension of ISAPICacheFile loaded, one after the other\n' +
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
      { file, path: resolve(file) },
      parsed,
      streams,
    );
    if (parsed.flags.has('json')) return EXIT.ok;
    const [about] = others;
    const path = typeof about?.['file'] === 'string' ? about['file'] : file;
    if (about?.['cached'] === false) {
      const ran = about['known'] === true ? '' : ', and no request for it has come since the server started';
      streams.out(`${path} is not named by ISAPICacheFile${ran}: there is nothing to unload`);
      streams.out(
        'It is unloaded whenever no request is in it; the next request loads the file that is there then.',
      );
    } else if (count === 0) {
      streams.out(
        `${path} is not loaded in any worker process; the next one to start loads the file as it is then`,
      );
    }
    return EXIT.ok;
  },
};
