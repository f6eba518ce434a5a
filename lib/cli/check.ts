import type { Configuration } from '../config/configuration.js';
import type { Problem } from '../config/place.js';
import { HostError } from '../errors.js';
import { hostProblems } from '../http/host-report.js';
import { EXIT, parseOptions, type Command, type Option } from './command.js';
import { load, rootHint, sourcesOf } from './configuration.js';
import { READING_OPTIONS } from './options.js';
import { countErrors, errorLevel, showProblems } from './problems.js';
import { runtimeProblems } from './runtime-problems.js';

const OPTIONS: readonly Option[] = [
  ...READING_OPTIONS,
  { name: 'json', help: 'shows the result as one JSON object on standard output' },
];

/** `isapi-host check`: what is wrong with a configuration, for people or for programs. */
export const checkCommand: Command = {
  name: 'check',
  usage: 'check [-f FILE] [-d DIR] [-D NAME]... [-C DIRECTIVE]... [-c DIRECTIVE]... [--pools FILE] [--json]',
  short: 'checks a configuration and shows everything that is wrong with it',
  long:
    'Reads the configuration file and the pools file as serve does. The exit status is 0 when there are no errors\n' +
    'and 1 when there are. With --json the result is an object {"ok", "errors", "warnings", "problems"}, where\n' +
    '"problems" is a list of {"severity", "message", "file", "line", "column", "source"}; what has no place has no\n' +
    'file.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    if (parsed.rest.length > 0)
      throw new HostError('USAGE', `check takes no argument ${parsed.rest.join(' ')}`);
    const sources = sourcesOf(parsed);
    const { configuration, pools, problems: found } = load(sources);
    const of = async (known: Configuration): Promise<Problem[]> => [
      ...runtimeProblems(known, pools),
      ...(await hostProblems(known)),
    ];
    const problems = [...found, ...(configuration === undefined ? [] : await of(configuration))];
    const status = configuration === undefined ? EXIT.failed : EXIT.ok;
    if (parsed.flags.has('json'))
      streams.out(JSON.stringify(resultOf(problems, configuration !== undefined)));
    else {
      const count = showProblems(problems, errorLevel('warn'), streams);
      streams.error(count > 0 ? `isapi-host: ${countErrors(count)}` : 'Syntax OK');
      const hint = count > 0 ? rootHint(sources, problems) : undefined;
      if (hint !== undefined) streams.error(`isapi-host: ${hint}`);
    }
    return status;
  },
};

function resultOf(problems: readonly Problem[], ok: boolean): object {
  const count = (wanted: Problem['severity']): number =>
    problems.filter(({ severity }) => severity === wanted).length;
  return {
    ok,
    errors: count('error'),
    warnings: count('warning'),
    problems: problems.map(({ severity, message, place, source }) => ({
      severity,
      message,
      ...place,
      source,
    })),
  };
}
