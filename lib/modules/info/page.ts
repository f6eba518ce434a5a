import { createHash } from 'node:crypto';
import { moduleFileName } from '../../config/module-table.js';
import type { Module, ServerContext } from '../../http/module.js';
import { PROCESS } from '../../http/process-settings.js';
import { CORE } from '../../http/settings.js';
import { markup, Html, type HtmlValue } from '../html.js';
import { STYLE } from '../status/page/style.js';
import { facts, timeOf } from '../status/page/table.js';
import { HOOK_ROWS, modulesAt } from './hooks.js';
import { configurationTree, fileBelow, namesOf, onlyOf, rowsOf } from './lines.js';
import { INFO_STYLE } from './style.js';

const ALL_STYLE = `${STYLE}${INFO_STYLE}`;

/** Nothing is loaded from anywhere, no script works, and no style but that of the page. */
export const INFO_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(ALL_STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What the page is made of. */
export interface InfoParts {
  readonly name: string;
  readonly server: ServerContext;
  readonly modules: readonly Module[];
}

/** A part of the page, by the query that asks for it alone. */
interface InfoPart {
  readonly query: string;
  readonly title: string;
  render(parts: InfoParts): Html;
}

const PARTS: readonly InfoPart[] = [
  { query: 'server', title: 'Server settings', render: serverPart },
  { query: 'config', title: 'Configuration', render: configurationPart },
  { query: 'list', title: 'Modules', render: listPart },
  { query: 'hooks', title: 'Hooks', render: hooksPart },
  { query: 'providers', title: 'Providers', render: providersPart },
];

/**
 * The page of server-info, as mod_info has it: all of it, or the part that the query names: `server`, `config`, `list`,
 * `hooks`, `providers`, or the name of a module such as `mod_isapi.c`. Undefined when there is no such module.
 */
export function infoPage(parts: InfoParts, query: string): string | undefined {
  const part = PARTS.find((each) => each.query === query);
  if (part !== undefined) return page(parts, part.title, [section(part, parts)]);
  if (query !== '') {
    const module = parts.modules.find(
      (each) => moduleFileName(each) === query || `${each.name}_module` === query,
    );
    return module && page(parts, moduleFileName(module), [modulePanel(module, parts)]);
  }
  const all = markup`<section id="modules" aria-labelledby="modules-h">
<h2 id="modules-h">Each module</h2>${sorted(parts.modules).map((module) => modulePanel(module, parts))}</section>`;
  return page(parts, 'Server information', [...PARTS.map((each) => section(each, parts)), all]);
}

function section(part: InfoPart, parts: InfoParts): Html {
  const { query, title } = part;
  return markup`<section id="${query}" aria-labelledby="${query}-h">
<h2 id="${query}-h">${title}</h2>
<div class="panel">${part.render(parts)}</div>
</section>
`;
}

function sorted(modules: readonly Module[]): Module[] {
  return modules.toSorted((a, b) => (moduleFileName(a) < moduleFileName(b) ? -1 : 1));
}

function serverPart({ server, name }: InfoParts): Html {
  const { configuration, software } = server;
  const { settings } = configuration.main;
  const state = server.state?.();
  const { timeout, keepAlive, keepAliveTimeout } = settings.get(CORE);
  const { pidFile, gracefulShutdownTimeout } = settings.get(PROCESS);
  return facts([
    ['Server version', software],
    ['Server name', name],
    ['Addresses', state?.urls.join(' ')],
    ['Started', state && timeOf(state.started)],
    ['Configured', state && markup`${timeOf(state.configured)}, configuration ${state.generation}`],
    [
      'Timeouts',
      `connection: ${timeout} s, keep-alive: ${keepAlive ? `${keepAliveTimeout} s` : 'off'}, end: ${gracefulShutdownTimeout} s`,
    ],
    ['Server root', configuration.serverRoot],
    ['Configuration', configuration.files.join(' ')],
    ['Process id', pidFile === undefined ? String(process.pid) : `${process.pid}, in ${pidFile}`],
    ['Node.js', `${process.versions.node}, OpenSSL ${process.versions.openssl}`],
    ['Hosts', String(configuration.hosts.length)],
  ]);
}

function configurationPart({ server: { configuration } }: InfoParts): Html {
  const { tree, serverRoot } = configuration;
  const secrets = markup`<p class="faint">As it is after Define, Include and IfModule, with the file and line of each directive. Secrets are masked.
</p>`;
  const warnings = configuration.warnings.map(({ message, place }) => {
    const where = place && `${fileBelow(place.file, serverRoot)}:${place.line}`;
    return markup`<p class="notice warn">${where}: ${message}</p>`;
  });
  return markup`${secrets}${warnings}${configurationTree(tree, serverRoot)}`;
}

function listPart({ modules }: InfoParts): Html {
  return markup`<p class="names">${sorted(modules).map(
    (module) => markup`<a href="?${moduleFileName(module)}"><code>${moduleFileName(module)}</code></a> `,
  )}</p>`;
}

function hooksPart({ modules }: InfoParts): Html {
  return facts(
    HOOK_ROWS.map(({ name, apache }) => [
      apache,
      modulesAt(name, modules).map(moduleFileName).join(', ') || 'none',
    ]),
  );
}

function providersPart({ modules }: InfoParts): Html {
  const kinds = new Map<string, string[]>();
  for (const { providers = {} } of modules) {
    for (const [kind, names] of Object.entries(providers))
      kinds.set(kind, [...(kinds.get(kind) ?? []), ...names]);
  }
  const handlers = modules.flatMap(({ handlers: own = {} }) => Object.keys(own));
  return facts([
    ['Handlers', ['default-handler', ...handlers].sort().join(', ')],
    ...[...kinds].map(([kind, names]) => [kind, names.toSorted().join(', ')] as const),
  ]);
}

function modulePanel(module: Module, { server: { configuration }, modules }: InfoParts): Html {
  const rows = rowsOf(module);
  const current = onlyOf(configuration.tree, namesOf(rows));
  const hooks = HOOK_ROWS.filter(({ name }) => modulesAt(name, [module]).length > 0).map(
    ({ apache }) => apache,
  );
  const handlers = Object.keys(module.handlers ?? {});
  return markup`<div class="panel module" id="${module.name}">
<h3>${moduleFileName(module)}</h3>${
    handlers.length > 0 &&
    markup`<p>Handlers: <code>${handlers.join(', ')}</code></p>
`
  }${
    hooks.length > 0 &&
    markup`<p class="faint">Takes part in: ${hooks.join(', ')}</p>
`
  }${
    rows.length > 0 &&
    markup`<details>
<summary>${rows.length} directive${rows.length === 1 ? '' : 's'}</summary>${facts(rows.map(({ name, help }) => [name, help]))}</details>
`
  }${
    current.length === 0
      ? markup`<p class="faint">${modules.length > 0 && 'Nothing of it is in the configuration.'}</p>`
      : configurationTree(current, configuration.serverRoot)
  }</div>
`;
}

function page({ name }: InfoParts, title: string, content: HtmlValue): string {
  const links = PARTS.map(({ query, title: text }) => markup`<li><a href="?${query}">${text}</a></li>`);
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>${title}: ${name}</title>
<link rel="icon" href="data:," />
<style>${new Html(ALL_STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><h1>${name}</h1></header>
<nav aria-label="Parts of the page">
<ul>
<li><a href="?">All</a></li>${links}</ul>
</nav>
<main id="main">${content}</main>
</body>
</html>
`.text;
}
