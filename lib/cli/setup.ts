import { HostError } from '../errors.js';
import { setupWine } from '../pool/runtimes/setup.js';
import { EXIT, parseOptions, type Command, type Option } from './command.js';

const OPTIONS: readonly Option[] = [{ name: 'force', help: 'makes everything again, also what is there' }];

/** What can be set up, by name. */
const TARGETS: Readonly<Record<string, typeof setupWine>> = { wine: setupWine };

/** `isapi-host setup`: prepares what Windows extensions need. */
export const setupCommand: Command = {
  name: 'setup',
  usage: 'setup wine [--force]',
  short: 'prepares the runtimes for Windows extensions',
  long:
    'Makes a Wine prefix of its own and installs the Windows builds of Node in it, so that 64-bit and 32-bit\n' +
    'Windows extensions can be served. What is there already is kept.',
  options: OPTIONS,
  async run(args, streams) {
    const { flags, rest } = parseOptions(args, OPTIONS);
    const [name = '', ...extra] = rest;
    const setUp = TARGETS[name];
    if (setUp === undefined || extra.length > 0) {
      throw new HostError('USAGE', `setup takes what to set up: ${Object.keys(TARGETS).join(', ')}`);
    }
    await setUp({ report: (line) => streams.out(line), force: flags.has('force') });
    return EXIT.ok;
  },
};
