import fs from 'node:fs';
import path from 'node:path';
import { toByteString } from '../../config/bytes.js';
import type { Configuration } from '../../config/configuration.js';
import { messageOf } from '../../errors.js';
import { displayText, escapePath, fileSystemPath } from '../../http/byte-string.js';
import { CONTENT } from '../../http/content-settings.js';
import type { Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { documentRoot, optionsOf } from '../../http/settings.js';
import type { RuntimeChooser } from '../../pool/runtime-choice.js';
import { findRuntime } from '../../pool/runtimes/runtime.js';
import { extensionFolders } from './extension-folders.js';

/** Folders below the document root that are looked into, and entries that are listed. */
const MAX_DEPTH = 3;
const MAX_ENTRIES = 1000;

/** Samples that are made to show how a failure is looked into: nobody is to wonder. By their names without target. */
const FAILING_SAMPLES: Readonly<Record<string, string>> = {
  legacy: 'This sample fails with 500, as many old DLLs do: README.md shows how to find out why.',
};

interface Entry {
  /** URL path, not escaped */
  readonly url: string;
  /** which runtime serves it, or why none can */
  readonly runtime: string;
  readonly works: boolean;
}

/** The handler `isapi-index`: a page that lists the extensions below the document root and what serves each. */
export function handleIndex(server: ServerContext, chooser: RuntimeChooser, request: HttpRequest): Outcome {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 405;
  const root = documentRoot(server.configuration, request.host.settings);
  const entries: Entry[] = [];
  collect(root, '', 0, chooser, request, entries);
  const folders = foldersOf(entries, root, server.configuration);
  const body = Buffer.from(page(entries, folders, server.software, statusLink(request)), 'utf8');
  request.output.head(200, undefined, [['Content-Type', 'text/html; charset=utf-8']], body.length);
  request.output.end(body);
  return 'done';
}

/** Finds the files whose names are those of extensions. */
function collect(
  root: string,
  folder: string,
  depth: number,
  chooser: RuntimeChooser,
  request: HttpRequest,
  entries: Entry[],
): void {
  let found: fs.Dirent[];
  try {
    found = fs.readdirSync(fileSystemPath(root + folder), { withFileTypes: true });
  } catch {
    /* A folder that cannot be read has nothing to show. */
    return;
  }
  for (const entry of found.sort((a, b) => a.name.localeCompare(b.name))) {
    if (entries.length >= MAX_ENTRIES || entry.name.startsWith('.')) continue;
    const url = `${folder}/${toByteString(entry.name)}`;
    if (entry.isDirectory()) {
      if (depth < MAX_DEPTH) collect(root, url, depth + 1, chooser, request, entries);
    } else if (path.extname(entry.name).toLowerCase() === '.dll') {
      entries.push(describe(root + url, url, chooser, request));
    }
  }
}

function describe(file: string, url: string, chooser: RuntimeChooser, request: HttpRequest): Entry {
  const { settings } = request.host.settingsFor({ filename: file, path: url });
  if (!optionsOf(settings).execCgi)
    return { url, runtime: 'Not served: Options ExecCGI is off here.', works: false };
  try {
    const choice = chooser.choose(file);
    if ('reason' in choice) return { url, runtime: `Not served: it ${choice.reason}.`, works: false };
    const runtime = findRuntime(choice.runtime).describe();
    return { url, runtime: `${runtime}${sampleNote(url)}`, works: true };
  } catch (error) {
    return { url, runtime: `Not served: ${messageOf(error)}.`, works: false };
  }
}

function sampleNote(url: string): string {
  const sample = /\/(\w+)-(?:elf|win64|win32)\.dll$/.exec(url)?.[1];
  const note = sample === undefined ? undefined : FAILING_SAMPLES[sample];
  return note === undefined ? '' : `. ${note}`;
}

/**
 * The folders of the extensions that are there, or else those that are meant for some, as a person who has the
 * configuration would name them.
 */
function foldersOf(entries: readonly Entry[], root: string, configuration: Configuration): string[] {
  const serverRoot = toByteString(configuration.serverRoot);
  const found = entries.map(({ url }) => path.posix.dirname(root + url));
  const meant = extensionFolders(configuration).map(({ folder }) => toByteString(folder));
  return [...new Set(found.length > 0 ? found : meant)].map((folder) => {
    const relative = path.posix.relative(serverRoot, folder);
    return displayText(relative === '' || relative.startsWith('..') ? folder : `${relative}/`);
  });
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}

/** Where the configurations that come with the program have the status page. */
const STATUS_PATH = '/server-status';

/** A line that leads to the status page, where there is one. */
function statusLink(request: HttpRequest): string {
  const { handler } = request.host.locationSettings(STATUS_PATH).get(CONTENT);
  if (handler !== 'isapi-status' && handler !== 'server-status') return '';
  return `<p><a href="${STATUS_PATH}">What the server is doing</a></p>\n`;
}

function page(
  entries: readonly Entry[],
  folders: readonly string[],
  software: string,
  status: string,
): string {
  const rows = entries.map(({ url, runtime, works }) => {
    const name = escapeHtml(Buffer.from(url, 'latin1').toString('utf8'));
    const link = works ? `<a href="${escapeHtml(escapePath(url))}">${name}</a>` : name;
    return `<tr class="${works ? 'ready' : 'missing'}"><td>${link}</td><td>${escapeHtml(runtime)}</td></tr>`;
  });
  const where =
    folders.length === 0
      ? 'a folder with Options ExecCGI and a handler for it'
      : `the folder ${folders.map((folder) => `<code>${escapeHtml(folder)}</code>`).join(' or ')}`;
  const table =
    rows.length > 0
      ? `<table>\n<thead><tr><th>Extension</th><th>Served by</th></tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`
      : '<p>There are no extensions here yet.</p>';
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ISAPI extensions</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>ISAPI extensions</h1>
<p>Copy a DLL of your own into ${where}: it is listed when you reload this page, and served at once.</p>
${table}
${status}<footer>${escapeHtml(software)}</footer>
</main>
</body>
</html>
`;
}
