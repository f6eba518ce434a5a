import path from 'node:path';
import { Checker } from './check.js';
import type { ConditionTest } from './conditional.js';
import type { DirectiveModule } from './directive.js';
import type { HostAddress } from './host-address.js';
import { HtaccessReader } from './htaccess.js';
import { ModuleTable } from './module-table.js';
import type { Place, Problem } from './place.js';
import { Problems } from './problems.js';
import { OWN_PATHS, type PathRules } from './paths.js';
import { Reader, type Inclusion } from './reader.js';
import { currentRegexDefaults, REGEX_DEFAULTS, withRegexDefaults } from './regex.js';
import type { Capture } from './section-table.js';
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
  /**
   * merged from all sections and .htaccess files that apply but for `<If>`; requests with the same ones share the
   * object
   */
  readonly settings: Settings;
  /** what named groups of the regular expressions of sections have captured: variables MATCH_NAME, byte strings */
  readonly captures: readonly Capture[];
  /** errors in .htaccess files that apply: they are logged, and the request is answered with 500 */
  readonly problems: readonly Problem[];
  /** one of these files cannot be read: the answer is 403 */
  readonly isForbidden: boolean;
  /** warnings of .htaccess files that were read for this request, to be logged: they come once */
  readonly warnings: readonly Problem[];
}

/** The main server or a virtual host: its settings and the sections that apply to requests. */
export interface VirtualHost {
  /** settings at its own level, the main server's merged below */
  readonly settings: Settings;
  /** what directives in its own `<VirtualHost>` have set; the main server's are `settings` */
  readonly own: Settings;
  /** where its `<VirtualHost>` stands; undefined for the main server */
  readonly place: Place | undefined;
  /** the arguments of its `<VirtualHost>` */
  readonly addresses: readonly HostAddress[];
  /**
   * The settings for a request, merged in Apache's order: `<Directory>` and .htaccess from the root down,
   * `<DirectoryMatch>`, `<Files>`, `<Location>`. Where no .htaccess is allowed it does not touch the disk.
   */
  settingsFor(query: SettingsQuery): RequestSettings;
  /** The settings of the server and of the `<Location>` sections alone, for a URL before it is mapped to a file. */
  locationSettings(path: string): Settings;
  /** the same, with what was captured */
  atLocation(path: string): Pick<RequestSettings, 'settings' | 'captures'>;
  /** Settings with those of the `<If>` sections in them that apply, which come after all others. */
  conditional(settings: Settings, holds: ConditionTest): Settings;
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
  /** the files that Include directives have had read, in order */
  readonly inclusions: readonly Inclusion[];
  /** what Define and -D have made */
  readonly defined: ReadonlyMap<string, string | undefined>;
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
  /** lines that are read before the file, as `-C` gives them, and after it, as `-c` does */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** whose directives may be used */
  readonly modules: readonly DirectiveModule[];
  /** environment variables for `${NAME}`; the process's own by default */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** how names of files are written; as the system does by default */
  readonly paths?: PathRules;
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
  return withRegexDefaults(REGEX_DEFAULTS, () => load(options));
}

function load(options: LoadOptions): LoadResult {
  const { file } = options;
  const problems = new Problems();
  const content = options.text === undefined ? readText(file) : { text: options.text };
  if ('reason' in content) {
    problems.error(`Could not open configuration file ${file}: ${content.reason}`);
    return { configuration: undefined, problems: problems.all() };
  }
  const table = new ModuleTable(options.modules);
  const variables = new Variables(options.defines ?? [], options.environment ?? process.env);
  const { paths = OWN_PATHS } = options;
  const folder = paths.resolve(process.cwd(), options.serverRoot ?? path.dirname(file));
  const reader = new Reader({ table, variables, problems, serverRoot: folder, paths });
  const tree = [
    ...readLinesOf(reader, 'command line (-C)', options.before),
    ...reader.read(file, content.text),
    ...readLinesOf(reader, 'command line (-c)', options.after),
  ];
  const { serverRoot, files, inclusions } = reader;

  const settings = new Settings();
  const checker = new Checker({ table, problems, serverRoot, paths, server: settings });
  const sections = checker.applyServer(tree);
  if (problems.hasErrors) return { configuration: undefined, problems: problems.all() };

  const regexDefaults = currentRegexDefaults();
  const htaccess = (server: Settings): HtaccessReader =>
    new HtaccessReader({ table, variables, serverRoot, paths, server, regexDefaults });
  const main = new Host({ settings, sections: orderSections(sections), htaccess: htaccess(settings), paths });
  const hosts = checker.hosts.map(({ place, addresses, settings: own, sections: inner }) => {
    const merged = settings.merge(own);
    // Sections of the main server apply to its virtual hosts as well, before their own.
    const all = orderSections([...sections, ...inner]);
    return new Host({
      settings: merged,
      own,
      place,
      addresses,
      sections: all,
      htaccess: htaccess(merged),
      paths,
    });
  });
  return {
    configuration: {
      serverRoot,
      main,
      hosts: [main, ...hosts],
      warnings: problems.warnings,
      files,
      inclusions,
      defined: variables.defined,
      tree,
      resolvePath: (name) => paths.resolve(serverRoot, name),
    },
    problems: problems.all(),
  };
}

/** The nodes of lines from the command line. A section may be opened in one and closed in another. */
function readLinesOf(reader: Reader, name: string, lines: readonly string[] = []): Node[] {
  return lines.length === 0 ? [] : reader.readText(name, lines.join('\n'));
}
