import { HostError } from '../errors.js';
import { findUser, type Account } from '../pool/accounts.js';
import { setupWineFor } from '../pool/runtimes/account-setup.js';
import { setupWine, type SetupOptions } from '../pool/runtimes/setup.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option } from './command.js';
import { load, sourcesOf } from './configuration.js';
import { READING_OPTIONS } from './options.js';
import { runtimeOwners } from './runtime-owners.js';

const OPTIONS: readonly Option[] = [
  { name: 'force', help: 'makes everything again, also what is there' },
  {
    name: 'user',
    value: 'NAME',
    multiple: true,
    help: 'for this user, by root: the User of the configuration, or the user of a pool',
  },
  ...READING_OPTIONS,
];

/** `isapi-host setup`: prepares what Windows extensions need. */
export const setupCommand: Command = {
  name: 'setup',
  usage: 'setup wine [--force] [--user NAME]... [-f FILE] [-d DIR] [-D NAME]... [--pools FILE]',
  short: 'prepares the runtimes for Windows extensions',
  long:
    'Makes a Wine prefix of its own and installs the Windows builds of Node in it, so that 64-bit and 32-bit\n' +
    'Windows extensions can be served. What is there already is kept.\n' +
    'Wine wants a prefix of its own for each user. A server that root starts becomes User, and pools may have users\n' +
    'of their own: with -f or -d root prepares it for all users of that configuration, with --user for those that\n' +
    'are named. Their prefixes are in /var/lib/isapi-host/accounts, unless they have one already.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    const { flags, rest } = parsed;
    const [name = '', ...extra] = rest;
    if (name !== 'wine' || extra.length > 0) throw new HostError('USAGE', 'setup takes what to set up: wine');
    const options: SetupOptions = { report: (line) => streams.out(line), force: flags.has('force') };
    const accounts = accountsOf(parsed);
    if (accounts === undefined) await setupWine(options);
    else for (const account of accounts) await setupWineFor(account, options);
    return EXIT.ok;
  },
};

/** The users that a command line names, itself or by a configuration; undefined for who types it. */
function accountsOf(parsed: Arguments): Account[] | undefined {
  const names = parsed.values.get('user') ?? [];
  const accounts = names.map((name) => {
    const account = findUser(name);
    if (account === undefined) throw new HostError('USAGE', `there is no user ${name}`);
    return account;
  });
  if (!parsed.values.has('file') && !parsed.values.has('root'))
    return names.length > 0 ? accounts : undefined;
  const sources = sourcesOf(parsed);
  const { configuration, pools } = load(sources);
  if (configuration === undefined) {
    const advice = 'run "isapi-host check" with the same options, or name the users with --user';
    throw new HostError('CONFIG_INVALID', `the configuration ${sources.file} has errors: ${advice}`);
  }
  const own = runtimeOwners(configuration, pools).filter((owner) => owner.pools.length > 0);
  const named = own.map(({ account }) => account);
  return [...accounts, ...named.filter(({ uid }) => accounts.every((account) => account.uid !== uid))];
}
