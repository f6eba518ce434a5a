import path from 'node:path';
import { Checker } from './check.js';
import type { DirectiveModule } from './directive.js';
import { HtaccessReader } from './htaccess.js';
import { ModuleTable } from './module-table.js';
import type { Place, Problem } from './place.js';
import { Problems } from './problems.js';
import { Reader } from './reader.js';
import { resolveFrom } from './section-table.js';
import { orderSections } from './sections.js';
import { Settings } from './settings.js';
import { readText } from './source-file.js';
import type { Node } from './tree.js';
import { Variables } from './variables.js';
import { Host } from './virtual-host.js';

/** What settings are asked for. Both are byte strings (see HttpRequest). */
export interface SettingsQuery {
  /** the file or folder, with slashes; "" when the URL leads to none, and then only locations apply */
  readonly filename: string;
  /** path of the URL */
  readonly path: string;
  /** `filename` is a folder: its own sections and its .htaccess apply to it */
  readonly isFolder?: boolean;
}

export interface RequestSettings {
  /** merged from all sections and .htaccess files that apply; requests with the same ones share the object */
  readonly settings: Settings;
  /** errors in .htaccess files that apply: the request is answered with 500 and they are logged */
  readonly problems: readonly Problem[];
  /** warnings of .htaccess files that were read for this request, to be logged: they come once */
  readonly warnings: readonly Problem[];
}

/** The main server or a virtual host: its settings and the sections that apply to requests. */
export interface VirtualHost {
  /** settings at its own level, the main server's merged below */
  readonly settings: Settings;
  readonly place: Place | undefined;
  /**
   * The settings for a request, merged in Apache's order: `<Directory>` and .htaccess from the root down,
   * `<DirectoryMatch>`, `<Files>`, `<Location>`. Where no .htaccess is allowed it does not touch the disk.
   */
  settingsFor(query: SettingsQuery): RequestSettings;
  /** The settings of the server and of the `<Location>` sections alone, for a URL before it is mapped to a file. */
  locationSettings(path: string): Settings;
}

/** A configuration that was read and checked. */
export interface Configuration {
  readonly serverRoot: string;
  /** the main server */
  readonly main: VirtualHost;
  /** the main server, and after it the virtual hosts in order of the files */
  readonly hosts: readonly VirtualHost[];
  readonly warnings: readonly Problem[];
  /** every file that was read, in order */
  readonly files: readonly string[];
  readonly tree: readonly Node[];
  /** an absolute path from one that may be relative to ServerRoot */
  resolvePath(name: string): string;
}

export interface LoadOptions {
  /** the configuration file; problems in it name it like this */
  readonly file: string;
  /** the folder that relative paths are relative to until ServerRoot says otherwise; that of the file by default */
  readonly serverRoot?: string;
  /** names defined on the command line */
  readonly defines?: readonly string[];
  /** whose directives may be used */
  readonly modules: readonly DirectiveModule[];
  /** environment variables for `${NAME}`; the process's own by default */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** the file's text, when it is not to be read from disk */
  readonly text?: string;
}

export interface LoadResult {
  /** undefined when there are errors */
  readonly configuration: Configuration | undefined;
  /** errors and warnings, in order of the files and lines */
  readonly problems: readonly Problem[];
}

/** Reads and checks a configuration. Whatever is wrong with it is in the result; nothing is thrown for it. */
export function loadConfiguration(options: LoadOptions): LoadResult {
  const { file } = options;
  const problems = new Problems();
  const content = options.text === undefined ? readText(file) : { text: options.text };
  if ('reason' in content) {
    problems.error(`Could not open configuration file ${file}: ${content.reason}`);
    return { configuration: undefined, problems: problems.all() };
  }
  const table = new ModuleTable(options.modules);
  const variables = new Variables(options.defines ?? [], options.environment ?? process.env);
  const folder = path.resolve(options.serverRoot ?? path.dirname(file));
  const reader = new Reader({ table, variables, problems, serverRoot: folder });
  const tree = reader.read(file, content.text);
  const { serverRoot, files } = reader;

  const settings = new Settings();
  const sections = new Checker({ table, problems, serverRoot, server: settings }).applyServer(tree);
  if (problems.hasErrors) return { configuration: undefined, problems: problems.all() };

  const htaccess = new HtaccessReader({ table, variables, serverRoot, server: settings });
  const main = new Host(settings, undefined, orderSections(sections), htaccess);
  return {
    configuration: {
      serverRoot,
      main,
      hosts: [main],
      warnings: problems.warnings,
      files,
      tree,
      resolvePath: (name) => resolveFrom(serverRoot, name),
    },
    problems: problems.all(),
  };
}
