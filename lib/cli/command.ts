import { parseArgs, type ParseArgsConfig } from 'node:util';
import { HostError, messageOf } from '../errors.js';

/** Exit statuses of the program. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreadable: 3 } as const;

/** An option of a command: one row for parsing and for help. */
export interface Option {
  readonly name: string;
  readonly short?: string;
  /** what its value is called in help; without one the option takes none */
  readonly value?: string;
  readonly multiple?: true;
  readonly help: string;
}

/** Where a command writes, so that tests can read it. */
export interface Streams {
  out(line: string): void;
  error(line: string): void;
}

/** A row of the table of commands. */
export interface Command {
  readonly name: string;
  /** what follows the name, as in `serve -f FILE` */
  readonly usage: string;
  /** one line for the list of commands */
  readonly short: string;
  /** paragraphs for `help NAME` */
  readonly long: string;
  readonly options: readonly Option[];
  /** Runs the command; resolves to an exit status. Throws HostError, USAGE for a wrong command line. */
  run(args: readonly string[], streams: Streams): Promise<number>;
}

/** The options of a command line by name, and what is left. Values that come several times are lists. */
export interface Arguments {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
}

/** Parses a command line by a table of options. Throws HostError USAGE. */
export function parseOptions(args: readonly string[], options: readonly Option[]): Arguments {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const option of options) {
    config[option.name] = {
      type: option.value === undefined ? 'boolean' : 'string',
      // Several are allowed to the parser everywhere, so that the second of one that is single can be refused.
      multiple: true,
      ...(option.short !== undefined && { short: option.short }),
    };
  }
  const parsed = parse(args, config);
  const flags = new Set<string>();
  const values = new Map<string, readonly string[]>();
  for (const option of options) {
    const given = parsed.values[option.name];
    if (!Array.isArray(given)) continue;
    if (option.value === undefined) {
      flags.add(option.name);
      continue;
    }
    if (given.length > 1 && option.multiple === undefined) {
      throw new HostError('USAGE', `--${option.name} may be given once only`);
    }
    values.set(option.name, given.map(String));
  }
  return { flags, values, rest: parsed.positionals };
}

function parse(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new HostError('USAGE', messageOf(error), { cause: error });
  }
}

/** The lines of help for a table of options. */
export function describeOptions(options: readonly Option[]): string[] {
  const heads = options.map(({ name, short, value }) => {
    const names = short === undefined ? `    --${name}` : `-${short}, --${name}`;
    return value === undefined ? names : `${names} ${value}`;
  });
  const width = Math.max(0, ...heads.map((head) => head.length));
  return options.map(({ help }, index) => `  ${(heads[index] ?? '').padEnd(width)}  ${help}`);
}
