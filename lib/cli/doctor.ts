import { existsSync } from 'node:fs';
import { loadPools } from '../config/pools.js';
import { HostError, messageOf } from '../errors.js';
import { WineHold } from '../pool/runtimes/users.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option, type Streams } from './command.js';
import { DEFAULT_FILES, load, sourcesOf } from './configuration.js';
import { fail, ok, skip, type Check, type Context, type Finding, type State } from './doctor/check.js';
import { CONFIGURATION_CHECKS } from './doctor/configuration-checks.js';
import { MACHINE_CHECKS } from './doctor/machine-checks.js';
import { PROGRAM_CHECKS } from './doctor/program-checks.js';
import { WINE_CHECKS } from './doctor/wine-checks.js';
import { READING_OPTIONS } from './options.js';
import { countErrors, errorLevel, showProblems } from './problems.js';
import { runtimeOwners } from './runtime-owners.js';
import { count, WIDTH, wrap } from './text-table.js';

const OPTIONS: readonly Option[] = [
  ...READING_OPTIONS,
  { name: 'no-trial', help: 'starts no worker processes to see whether they start' },
  { name: 'json', help: 'shows the result as one JSON object on standard output' },
];

/** Every check, in the order in which they are shown. */
export const CHECKS: readonly Check[] = [
  ...PROGRAM_CHECKS,
  ...WINE_CHECKS,
  ...MACHINE_CHECKS,
  ...CONFIGURATION_CHECKS,
];

/** `isapi-host doctor`: whether this machine has what is needed. */
export const doctorCommand: Command = {
  name: 'doctor',
  usage:
    'doctor [-f FILE] [-d DIR] [-D NAME]... [-C DIRECTIVE]... [-c DIRECTIVE]... [--pools FILE] [--no-trial]\n' +
    '             [--json]',
  short: 'looks whether this machine has what is needed to serve extensions, and says what to do',
  long:
    'Looks at Node, Wine and the runtimes, starts a worker process in each, looks at the limits of the system, and at\n' +
    'the ports, folders and logs of a configuration, if there is one. The exit status is 1 when something keeps\n' +
    'extensions from being served, and 0 otherwise, also with warnings. With --json the result is an object {"ok",\n' +
    '"checks"}, where "checks" is a list of {"group", "name", "state", "text", "advice"}; a state is ok, warn, fail or\n' +
    'skip.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    if (parsed.rest.length > 0)
      throw new HostError('USAGE', `doctor takes no argument ${parsed.rest.join(' ')}`);
    const asJson = parsed.flags.has('json');
    const { context, finding } = contextOf(parsed, asJson ? undefined : streams);
    const results: Result[] = [];
    try {
      for (const check of CHECKS) {
        if (check === CONFIGURATION_CHECKS[0]) results.push({ group: 'Configuration', ...finding });
        for (const found of await runCheck(check, context)) results.push({ group: check.group, ...found });
      }
    } finally {
      await context.wine.release();
    }
    const failed = results.filter(({ state }) => state === 'fail').length;
    if (asJson) streams.out(JSON.stringify({ ok: failed === 0, checks: results }));
    else for (const line of report(results)) streams.out(line);
    return failed === 0 ? EXIT.ok : EXIT.failed;
  },
};

interface Result extends Finding {
  readonly group: Check['group'];
}

async function runCheck(check: Check, context: Context): Promise<readonly Finding[]> {
  try {
    return await check.run(context);
  } catch (error) {
    return [
      fail(check.name, `this could not be looked at: ${messageOf(error)}`, 'mend what the message says'),
    ];
  }
}

/** The configuration, if there is one, and what is to be said of it. Shows its problems. */
function contextOf(parsed: Arguments, streams: Streams | undefined): { context: Context; finding: Finding } {
  const base = {
    environment: process.env,
    wine: new WineHold(),
    trial: !parsed.flags.has('no-trial'),
  };
  const isNamed = parsed.values.has('file') || parsed.values.has('root');
  if (!isNamed && !DEFAULT_FILES.some((file) => existsSync(file))) {
    const { pools, problems } = loadPools(parsed.values.get('pools')?.[0]);
    if (streams) showProblems(problems, errorLevel('warn'), streams);
    const text = `none: neither ${DEFAULT_FILES.join(' nor ')} is here, and -f names none`;
    return {
      context: { ...base, pools, configuration: undefined, owners: runtimeOwners(undefined, pools) },
      finding: skip('file', text),
    };
  }
  const sources = sourcesOf(parsed);
  const { configuration, pools, problems } = load(sources);
  if (streams) showProblems(problems, errorLevel('error'), streams);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return {
    context: { ...base, pools, configuration, owners: runtimeOwners(configuration, pools) },
    finding:
      configuration === undefined
        ? fail(
            'file',
            `${sources.file} has ${countErrors(errors)}`,
            'run "isapi-host check" with the same options',
          )
        : ok('file', `${sources.file} is right`),
  };
}

const SIGNS: Readonly<Record<State, string>> = { ok: 'ok', warn: 'WARN', fail: 'FAIL', skip: '-' };

/** What is wrong first, then all of it by groups. */
function report(results: readonly Result[]): string[] {
  const number = (state: State): number => results.filter((result) => result.state === state).length;
  const [failed, warned] = [number('fail'), number('warn')];
  const verdict =
    failed > 0
      ? `${count(failed, 'thing')} ${failed === 1 ? 'keeps' : 'keep'} extensions from being served`
      : 'extensions can be served';
  const lines = [`${verdict}${warned > 0 ? `; ${count(warned, 'warning')}` : ''}`];
  const column = Math.max(...results.map(({ name }) => name.length)) + 2;
  const indent = 2 + 6 + column;
  let group = '';
  for (const result of results) {
    if (result.group !== group) lines.push('', result.group);
    group = result.group;
    const texts = [result.text, ...(result.advice === undefined ? [] : [`-> ${result.advice}`])];
    const wrapped = texts.flatMap((text) => wrap(text, WIDTH - indent));
    const head = `  ${SIGNS[result.state].padEnd(6)}${result.name.padEnd(column)}`;
    wrapped.forEach((line, index) => lines.push(`${index === 0 ? head : ' '.repeat(indent)}${line}`));
  }
  return lines;
}
