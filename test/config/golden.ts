import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { toByteString } from '../../lib/config/bytes.js';
import { loadConfiguration } from '../../lib/config/configuration.js';
import type { DirectiveModule } from '../../lib/config/directive.js';
import type { ExpressionScope } from '../../lib/config/expression/index.js';
import { WINDOWS_PATHS } from '../../lib/config/paths.js';
import { formatProblem } from '../../lib/config/problems.js';
import type { Node } from '../../lib/config/tree.js';
import { root } from '../helpers/root.js';
import { fakeModules, trailOf } from './fake-modules.js';

const RULE = '\n--------\n';

/** A golden file: an input, a line of dashes, and what comes of it. */
export interface GoldenCase {
  readonly name: string;
  readonly file: string;
  readonly input: string;
  readonly expected: string;
}

/** The golden files of a folder below test/config. */
export function goldenCases(folder: string): GoldenCase[] {
  const base = join(root, 'test', 'config', folder);
  return readdirSync(base)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => {
      const file = join(base, name);
      const [input = '', expected = ''] = readFileSync(file, 'utf8').split(RULE);
      return { name: name.slice(0, -4).replaceAll('-', ' '), file, input, expected: expected.trimEnd() };
    });
}

/** Writes what came out into a golden file, for TAP_SNAPSHOT=1: it is then to be read before it is believed. */
export function writeGolden({ file, input }: GoldenCase, actual: string): void {
  writeFileSync(file, `${input}${RULE}${actual}\n`);
}

/**
 * Loads the configuration of a golden file. `=== name` in it begins another file, `=== define NAME` is `-D NAME`,
 * and `=== request URL FILE` (a FILE that ends in a slash is a folder) shows the settings of a request; `NAME=value` after
 * that are its variables and headers for expressions. `=== windows` has the names of files written as on Windows.
 */
export function runConfiguration(input: string, modules: readonly DirectiveModule[] = fakeModules): string {
  const base = mkdtempSync(join(tmpdir(), 'golden-'));
  try {
    const { files, defines, requests, isWindows } = splitInput(input);
    for (const [name, text] of files) {
      mkdirSync(dirname(join(base, name)), { recursive: true });
      writeFileSync(join(base, name), text);
    }
    const { configuration, problems } = loadConfiguration({
      file: join(base, 'httpd.conf'),
      defines,
      modules,
      environment: { HOME: '/home/tester', SPACED: 'two words' },
      ...(isWindows && { paths: WINDOWS_PATHS, serverRoot: 'C:/Apache24' }),
    });
    const output = problems.map(formatProblem);
    if (configuration) {
      output.push(...formatTree(configuration.tree));
      for (const [url = '', name = '', ...facts] of requests) {
        const isFolder = name.endsWith('/');
        const plain = isFolder ? name.slice(0, -1) : name;
        const filename = name === '' || isWindows ? plain : join(base, plain);
        const query = { path: toByteString(url), filename: toByteString(filename), isFolder };
        const found = configuration.main.settingsFor(query);
        const scope = goldenScope(facts);
        const settings = configuration.main.conditional(found.settings, (_, condition) =>
          condition.holds(scope),
        );
        const captures = found.captures.map(([variable, value]) => ` ${variable}=${value}`).join('');
        output.push(`${[url, name, ...facts].join(' ')}: ${trailOf(settings)}${captures}`);
        output.push(...[...found.problems, ...found.warnings].map(formatProblem));
      }
    }
    return output.join('\n').replaceAll(`${base}/`, '').replaceAll(base, '.');
  } finally {
    rmSync(base, { recursive: true });
  }
}

/** What expressions see of a request that has these variables, which are its headers as well. */
function goldenScope(facts: readonly string[]): ExpressionScope {
  const values = new Map(facts.map((fact) => [fact.replace(/=.*/s, ''), fact.replace(/^[^=]*=/, '')]));
  const value = (name: string): string | undefined => values.get(name);
  return {
    variable: (name) => value(name) ?? '',
    requestHeader: value,
    responseHeader: value,
    environment: value,
    note: value,
    remoteAddress: value('REMOTE_ADDR') ?? '127.0.0.1',
    isAccessible: () => false,
    certificateExtensions: () => [],
    varyBy: () => undefined,
  };
}

interface GoldenInput {
  readonly files: Map<string, string>;
  readonly defines: string[];
  readonly requests: string[][];
  readonly isWindows: boolean;
}

function splitInput(input: string): GoldenInput {
  let isWindows = false;
  const files = new Map<string, string>();
  const defines: string[] = [];
  const requests: string[][] = [];
  const [main = '', ...parts] = input.split(/^=== /m);
  files.set('httpd.conf', main.replace(/\n$/, ''));
  for (const part of parts) {
    const [head = '', ...body] = part.split('\n');
    const [word = '', ...rest] = head.split(' ');
    if (word === 'define') defines.push(...rest);
    else if (word === 'request') requests.push(rest);
    else if (word === 'windows') isWindows = true;
    else files.set(head, body.join('\n'));
  }
  return { files, defines, requests, isWindows };
}

function formatTree(nodes: readonly Node[], indent = ''): string[] {
  return nodes.flatMap((node) => {
    const args = node.args.map(({ text }) => ` ${JSON.stringify(text)}`).join('');
    if (node.kind === 'directive') return [`${indent}${node.name}${args}`];
    return [
      `${indent}<${node.name}${args}>`,
      ...formatTree(node.children, `${indent}  `),
      `${indent}</${node.name}>`,
    ];
  });
}
