import type { Configuration } from '../config/configuration.js';
import type { Directive } from '../config/directive.js';
import { moduleFileName } from '../config/module-table.js';
import { READING_DIRECTIVES } from '../config/reading-directives.js';
import { SECTIONS } from '../config/section-table.js';
import type { Node } from '../config/tree.js';
import { displayText } from '../http/byte-string.js';
import { controlSocketOf, pidFileOf } from '../http/control/path.js';
import { describeHosts } from '../http/host-report.js';
import { errorLogTarget } from '../http/log.js';
import { CORE, documentRoot, type ListenAddress } from '../http/settings.js';
import type { Module } from '../http/module.js';
import { findGroup, findGroupName, findUser } from '../pool/accounts.js';

/** What is shown in place of serving. */
interface Dump {
  /** the name that `-D` gives it */
  readonly define: string;
  lines(
    configuration: Configuration,
    modules: readonly Module[],
  ): readonly string[] | Promise<readonly string[]>;
}

const DUMPS: readonly Dump[] = [
  { define: 'DUMP_VHOSTS', lines: (configuration) => describeHosts(configuration) },
  { define: 'DUMP_RUN_CFG', lines: describeSettings },
  { define: 'DUMP_MODULES', lines: (_, modules) => describeModules(modules) },
  { define: 'DUMP_INCLUDES', lines: describeInclusions },
  { define: 'DUMP_CONFIG', lines: ({ tree }) => describeTree(tree) },
  { define: 'DUMP_CERTS', lines: describeCertificates },
];

/** The names of `-D` that show something. */
export const DUMP_NAMES: readonly string[] = DUMPS.map(({ define }) => define);

/** The lines that some of them show, in httpd's order. */
export async function dump(
  names: ReadonlySet<string>,
  configuration: Configuration,
  modules: readonly Module[],
): Promise<string[]> {
  const shown: string[] = [];
  for (const each of DUMPS)
    if (names.has(each.define)) shown.push(...(await each.lines(configuration, modules)));
  return shown;
}

/** As httpd lists them; the order of the hooks, which the list has, is another matter. */
function coreFirst(modules: readonly Module[]): Module[] {
  return modules.toSorted((a, b) => Number(b.name === 'core') - Number(a.name === 'core'));
}

/** What `-l` shows. */
export function describeBuiltIn(modules: readonly Module[]): string[] {
  return ['Compiled in modules:', ...coreFirst(modules).map((module) => `  ${moduleFileName(module)}`)];
}

function describeModules(modules: readonly Module[]): string[] {
  return ['Loaded Modules:', ...coreFirst(modules).map(({ name }) => ` ${name}_module (static)`)];
}

/** What may stand in a section, for those that are no folders or locations. */
const CONTEXT_OF_SECTION: Readonly<Record<string, string>> = {
  server: 'server',
  VirtualHost: 'virtual host',
  '.htaccess': '.htaccess',
};

/** What `-L` shows: every directive with its module, what it is for, and where it is allowed. */
export function describeDirectives(modules: readonly Module[]): string[] {
  const reading = READING_DIRECTIVES.map((row) => ({
    ...row,
    name: row.container ? `<${row.name}` : row.name,
  }));
  const sections = SECTIONS.map((row) => ({
    name: `<${row.kind}`,
    help: row.help,
    contexts: row.within.map((kind) => CONTEXT_OF_SECTION[kind] ?? 'directory'),
  }));
  return coreFirst(modules).flatMap((module) => {
    const own: readonly Shown[] =
      module.name === 'core' ? [...sections, ...reading, ...module.directives] : module.directives;
    return own.flatMap((row) => {
      const file = row.module === undefined ? moduleFileName(module) : `mod_${row.module}.c`;
      return [`${row.name} (${file})`, `\t${row.help}`, ...allowedIn(row)];
    });
  });
}

type Shown = Pick<Directive, 'name' | 'help' | 'override'> & {
  readonly contexts: readonly string[];
  /** the module of a directive that the server's core has in its place */
  readonly module?: string;
};

function allowedIn({ contexts, override }: Shown): string[] {
  const outside = contexts.includes('server') || contexts.includes('virtual host');
  const inside = contexts.includes('directory');
  const sections = '<Directory>, <Files>, <Location>, or <If>';
  const where = outside && inside ? 'anywhere' : `only ${outside ? 'outside' : 'inside'} ${sections}`;
  if (!contexts.includes('.htaccess')) return [`\tAllowed in *.conf ${where}`];
  const condition = override === undefined ? "isn't None" : `includes ${override}`;
  return [`\tAllowed in *.conf ${where} and in .htaccess`, `\twhen AllowOverride ${condition}`];
}

function describeSettings(configuration: Configuration): string[] {
  const { main, serverRoot, defined } = configuration;
  const pidFile = pidFileOf(configuration);
  const socket = controlSocketOf(configuration);
  return [
    `ServerRoot: "${serverRoot}"`,
    `Main DocumentRoot: "${displayText(documentRoot(configuration, main.settings))}"`,
    `Main ErrorLog: "${errorLogTarget(configuration)}"`,
    ...(pidFile === undefined ? [] : [`PidFile: "${pidFile}"`]),
    ...(socket === undefined ? [] : [`ControlSocket: "${socket}"`]),
    ...main.settings.get(CORE).listen.map((listen) => `Listen: ${listenText(listen)}`),
    ...[...defined].map(([name, value]) => `Define: ${value === undefined ? name : `${name}=${value}`}`),
    ...identityOf(configuration.tree),
  ];
}

function listenText({ address = '*', port }: ListenAddress): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** User and Group as they are set, or those of this process; only a server that root starts can use them. */
function identityOf(tree: readonly Node[]): string[] {
  if (process.platform === 'win32') return [];
  const own = { user: process.getuid?.() ?? 0, group: process.getgid?.() ?? 0 };
  const unused = own.user === 0 ? '' : ' not_used';
  const set = (name: string): string | undefined =>
    tree.findLast((node) => node.name.toLowerCase() === name)?.args[0]?.text;
  const user = set('user') ?? findUser(`#${own.user}`)?.name ?? `#${own.user}`;
  const group = set('group') ?? findGroupName(own.group) ?? `#${own.group}`;
  return [
    `User: name="${user}" id=${findUser(user)?.uid ?? '?'}${unused}`,
    `Group: name="${group}" id=${findGroup(group) ?? '?'}${unused}`,
  ];
}

function describeInclusions({ files, inclusions }: Configuration): string[] {
  return [
    'Included configuration files:',
    `  (*) ${files[0] ?? ''}`,
    ...inclusions.map(({ file, at, depth }) => `${'  '.repeat(depth + 1)}(${at.line}) ${file}`),
  ];
}

/** The tree as it is after Define, Include and IfModule, with the places where its lines come from. */
function describeTree(tree: readonly Node[]): string[] {
  const lines: string[] = [];
  let file = '';
  const enter = (name: string): void => {
    if (name !== file) lines.push(`# In file: ${name}`);
    file = name;
  };
  const show = (nodes: readonly Node[], indent: string): void => {
    for (const { name, raw, place, ...node } of nodes) {
      enter(place.file);
      lines.push(`${indent}#${String(place.line).padStart(4)}:`);
      const text = raw.text === '' ? name : `${name} ${raw.text}`;
      if (node.kind === 'directive') {
        lines.push(`${indent}${text}`);
        continue;
      }
      lines.push(`${indent}<${text}>`);
      show(node.children, `${indent}  `);
      enter(place.file);
      lines.push(`${indent}</${name}>`);
    }
  };
  show(tree, '');
  return lines;
}

function describeCertificates(configuration: Configuration): string[] {
  const files = new Set<string>();
  const look = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (node.kind === 'section') look(node.children);
      else if (node.name.toLowerCase() === 'sslcertificatefile') {
        files.add(configuration.resolvePath(node.args[0]?.text ?? ''));
      }
    }
  };
  look(configuration.tree);
  return files.size === 0 ? [] : ['Server certificates:', ...[...files].map((file) => `  ${file}`)];
}
