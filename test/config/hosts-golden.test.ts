import t from 'tap';
import { loadConfiguration } from '../../lib/config/configuration.js';
import { formatProblem } from '../../lib/config/problems.js';
import { describeHosts, checkHosts } from '../../lib/http/host-report.js';
import { HostTable, type Resolver } from '../../lib/http/hosts.js';
import { builtInModules } from '../../lib/modules/index.js';
import { fakeModules, trailOf } from './fake-modules.js';
import { goldenCases, writeGolden } from './golden.js';

/** The names that there are in the world of these files. */
const RESOLVER: Resolver = {
  addresses: (name) =>
    name === 'two.test'
      ? Promise.resolve(['192.0.2.2', '2001:db8::2'])
      : Promise.reject(new Error('no such name')),
  name: (address) =>
    address === '192.0.2.1' ? Promise.resolve('one.test') : Promise.reject(new Error('no name')),
};

/** The module whose directives show where they took effect. */
const trail = fakeModules.filter(({ name }) => name === 'trail');

/**
 * Loads a configuration. `=== ask ADDRESS PORT NAME` shows the host for a name on an address of the machine, or
 * without a NAME the one for no name; `=== merged INDEX URL FILE` shows the settings of a request to a host by its
 * place in the files, the main server being 0.
 */
async function run(input: string): Promise<string> {
  const [text = '', ...rest] = input.split(/^=== /m);
  const { configuration, problems } = loadConfiguration({
    file: 'httpd.conf',
    serverRoot: '/srv',
    text: text.replace(/\n$/, ''),
    modules: [...builtInModules([]), ...trail],
    environment: {},
  });
  const output = problems.map(formatProblem);
  if (configuration === undefined) return output.join('\n');
  output.push(...checkHosts(configuration).map(formatProblem));
  const table = new HostTable(configuration);
  output.push(...(await table.resolve(RESOLVER)).map(formatProblem));
  output.push(...(await describeHosts(configuration, RESOLVER)));
  for (const line of rest) {
    const [word = '', first = '', second = '', third = ''] = line.trim().split(' ');
    if (word === 'ask') {
      const host = table.hostFor(first, Number(second), third === '' ? undefined : third);
      const { name, port, scheme } = table.identity(host);
      const place = host.place === undefined ? 'main server' : `line ${host.place.line}`;
      output.push(`${first} ${second} ${third}: ${place}, ${scheme}://${name}:${port}`);
    } else {
      const host = configuration.hosts[Number(first)];
      const found = host?.settingsFor({ path: second, filename: third });
      output.push(`host ${first} ${second}: ${found === undefined ? 'none' : trailOf(found.settings)}`);
    }
  }
  return output.join('\n');
}

for (const golden of goldenCases('golden-hosts')) {
  t.test(golden.name, async (t) => {
    const actual = await run(golden.input);
    if (process.env['TAP_SNAPSHOT'] === '1') writeGolden(golden, actual);
    else t.equal(actual, golden.expected);
  });
}
