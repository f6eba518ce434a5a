import { HostError, messageOf } from '../errors.js';
import { callsCommand } from './calls.js';
import { checkCommand } from './check.js';
import { describeOptions, EXIT, type Command, type Streams } from './command.js';
import { doctorCommand } from './doctor.js';
import { inspectCommand } from './inspect.js';
import { extensionCommand } from './extension.js';
import { journalCommand } from './journal.js';
import { poolCommand } from './pool.js';
import { serveCommand } from './serve.js';
import { setupCommand } from './setup.js';
import { traceCommand } from './trace.js';
import { version } from './version.js';

const helpCommand: Command = {
  name: 'help',
  usage: 'help [COMMAND]',
  short: 'shows what a command does and takes',
  long: 'Without a command, lists them all.',
  options: [],
  run(args, streams) {
    const [name, ...extra] = args;
    const command = COMMANDS.find((row) => row.name === name);
    if (extra.length > 0 || (name !== undefined && command === undefined)) throw unknown(args.join(' '));
    streams.out(command === undefined ? overview() : describe(command));
    return Promise.resolve(EXIT.ok);
  },
};

/** Every command of the program. */
export const COMMANDS: readonly Command[] = [
  serveCommand,
  checkCommand,
  inspectCommand,
  doctorCommand,
  traceCommand,
  setupCommand,
  poolCommand,
  extensionCommand,
  callsCommand,
  journalCommand,
  helpCommand,
];

/**
 * Runs the program.
 * @param args the command line without the program's name
 * @returns the exit status: 0 for success, 1 for a failure, 2 for a wrong command line, and what a command has besides
 */
export async function runProgram(args: readonly string[], streams: Streams): Promise<number> {
  const [name = 'help', ...rest] = args;
  try {
    if (name === '--version') {
      streams.out(`isapi-host ${version}`);
      return EXIT.ok;
    }
    if (name === '--help' || name === '-h') return await helpCommand.run(rest, streams);
    // With options alone the program is httpd, whose status for a wrong command line is that of any failure.
    if (name.startsWith('-')) {
      return (await runProgram(['serve', ...args], streams)) === EXIT.ok ? EXIT.ok : EXIT.failed;
    }
    const command = COMMANDS.find((row) => row.name === name);
    if (command === undefined) throw unknown(name);
    if (rest.includes('--help') || rest.includes('-h')) return await helpCommand.run([name], streams);
    return await command.run(rest, streams);
  } catch (error) {
    streams.error(`isapi-host: ${messageOf(error)}`);
    if (!(error instanceof HostError) || error.code !== 'USAGE') return EXIT.failed;
    streams.error('Run isapi-host help for what there is.');
    return EXIT.usage;
  }
}

function unknown(name: string): HostError {
  const names = COMMANDS.map((row) => row.name).join(', ');
  return new HostError('USAGE', `there is no command ${name}; the commands are ${names}`);
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    'isapi-host serves ISAPI extension DLLs with Apache-style configuration.',
    '',
    'To serve conf/httpd.conf or httpd.conf, type "isapi-host serve"; with -f FILE it serves another one.',
    '',
    'Usage:',
    ...COMMANDS.map(({ usage }) => `  isapi-host ${usage}`),
    '  isapi-host --version',
    '',
    'Commands:',
    ...COMMANDS.map(({ name, short }) => `  ${name.padEnd(width)}  ${short}`),
    '',
    'isapi-host help COMMAND tells more.',
  ].join('\n');
}

function describe({ usage, long, options }: Command): string {
  const lines = [`Usage: isapi-host ${usage}`, '', long];
  if (options.length > 0) lines.push('', 'Options:', ...describeOptions(options));
  return lines.join('\n');
}
