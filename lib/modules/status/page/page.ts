import { createHash } from 'node:crypto';
import { markup, Html, type HtmlValue } from '../../html.js';
import type { StatusSnapshot } from '../snapshot.js';
import type { TraceSummary } from '../../trace/trace-record.js';
import { COMMANDS } from './commands.js';
import { extensionSection } from './extensions.js';
import { failureSection, journalSection, traceSection } from './failures.js';
import { heading, notice, overview, serverSection } from './overview.js';
import { poolSection, requestSection } from './pools.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Nothing is loaded from anywhere, and no script or style works but those of the page, which are known by their hashes. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${sourceHash(STYLE)}`,
  `script-src ${sourceHash(SCRIPT)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What is shown, and how. */
export interface PageOptions {
  /** the server's name */
  readonly name: string;
  /** SeeRequestTail */
  readonly showsTail: boolean;
  /** seconds after which the browser is to load the page again; 0 for live updates */
  readonly refresh: number;
}

/** A part of the page that is brought up to date as a whole. */
export interface Section {
  readonly id: string;
  readonly text: string;
}

/** The parts of the page that change, in the order of the page. */
export function sections(snapshot: StatusSnapshot, { name, showsTail }: PageOptions): Section[] {
  const all: readonly (readonly [string, Html | undefined])[] = [
    ['heading', heading(name, snapshot)],
    ['notice', notice(snapshot)],
    ['overview', overview(snapshot)],
    ['pools', poolSection(snapshot)],
    ['requests', requestSection(snapshot, showsTail)],
    ['extensions', extensionSection(snapshot)],
    ['failures', failureSection(snapshot)],
    ['journal', journalSection(snapshot)],
    ['server', serverSection(snapshot)],
  ];
  return all.flatMap(([id, part]) => (part === undefined ? [] : { id, text: part.text }));
}

const LINKS: Readonly<Record<string, string>> = {
  pools: 'Application pools',
  requests: 'Running requests',
  extensions: 'Extensions',
  failures: 'Recent failures and traces',
  journal: 'Unsupported calls',
  server: 'Server',
};

/** The page with everything on it. */
export function statusPage(snapshot: StatusSnapshot, options: PageOptions): string {
  const [head, ...parts] = sections(snapshot, options);
  const links = parts.flatMap(({ id }) =>
    LINKS[id] === undefined ? [] : markup`<li><a href="#${id}">${LINKS[id]}</a></li>`,
  );
  return page(
    `Status of ${options.name}`,
    markup`<a class="skip" href="#pools">Skip to the application pools</a>
<header>${new Html(head?.text ?? '')}<div class="controls">
<span id="live" role="status"></span><button id="pause" type="button" hidden>Pause</button>${refreshHint(options)}</div>
</header>
<nav aria-label="Parts of the page">
<ul>${links}</ul>
</nav>
<main id="main">${parts.map(({ text }) => markup`${new Html(text)}\n`)}</main>${footer()}<script>${new Html(SCRIPT)}</script>`,
    options.refresh,
  );
}

function refreshHint({ refresh }: PageOptions): Html {
  if (refresh > 0) return markup`<span>Loaded again every ${refresh} s. <a href="?">Live</a></span>`;
  return markup`<a id="again" href="?refresh=5">Load again every 5 s</a>`;
}

function footer(): Html {
  const rows = COMMANDS.map(
    ({ command, does }) =>
      markup`<dt><code>${command}</code></dt>
<dd>${does}</dd>`,
  );
  return markup`<footer>
<p>This page only shows. What is to be done is done on the command line:</p>
<dl>${rows}</dl>
<p>For programs: <a href="?auto">as mod_status has it</a>, <a href="?json">JSON</a>, and the handler
<code>isapi-metrics</code> for Prometheus.
</p>
</footer>`;
}

/** The page of a trace; without one it says so. */
export function tracePage(
  name: string,
  failure: TraceSummary | undefined,
  lines: readonly string[] | undefined,
): string {
  const content =
    lines === undefined
      ? markup`<p><a href="?">Back to the status</a></p>
<p class="notice warn">This trace is not there any more: newer ones have taken its place.</p>`
      : traceSection(failure, lines);
  return page(
    `Trace on ${name}`,
    markup`<header><h1>${name}</h1></header>
<main id="main">${content}</main>`,
    0,
  );
}

function page(title: string, body: HtmlValue, refresh: number): string {
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
${refresh > 0 && markup`<meta http-equiv="refresh" content="${refresh}" />`}<title>${title}</title>
<link rel="icon" href="data:," />
<style>${new Html(STYLE)}</style>
</head>
<body>${body}</body>
</html>
`.text;
}
