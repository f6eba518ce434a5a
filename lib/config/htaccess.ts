import { statSync, type Stats } from 'node:fs';
import { Checker } from './check.js';
import type { ModuleTable } from './module-table.js';
import type { OverrideSettings } from './override.js';
import type { PathRules } from './paths.js';
import type { Problem } from './place.js';
import { Problems } from './problems.js';
import { Reader } from './reader.js';
import { withRegexDefaults, type RegexDefaults } from './regex.js';
import type { Section } from './sections.js';
import type { Settings } from './settings.js';
import { describeFileError, readText } from './source-file.js';
import type { Variables } from './variables.js';

/** Files that are kept in memory; when there are more, all are forgotten and read again as they are needed. */
const MAX_FILES = 1000;

export interface HtaccessOptions {
  readonly table: ModuleTable;
  readonly variables: Variables;
  readonly serverRoot: string;
  readonly paths: PathRules;
  /** the settings of the main server or virtual host */
  readonly server: Settings;
  /** what RegexDefaultOptions has set */
  readonly regexDefaults: RegexDefaults;
}

/** A .htaccess file as it was last read. */
export interface HtaccessFile {
  readonly section: Section;
  /** why no request that it applies to can be answered */
  readonly errors: readonly Problem[];
  /** it is there and cannot be read: what it forbids is not known, so everything is forbidden, as in Apache */
  readonly isUnreadable: boolean;
  readonly warnings: readonly Problem[];
}

/** A folder's .htaccess, and whether this call has read it (so that its warnings are new). */
export interface HtaccessResult {
  readonly file: HtaccessFile;
  readonly fresh: boolean;
}

interface Entry {
  readonly file: HtaccessFile;
  readonly stats: Stats | undefined;
  readonly overrides: Readonly<OverrideSettings>;
}

/** Reads .htaccess files, and reads them again when they have changed on disk. */
export class HtaccessReader {
  readonly #options: HtaccessOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: HtaccessOptions) {
    this.#options = options;
  }

  /**
   * The .htaccess of a folder, or undefined when it has none: the first of the AccessFileName that is there.
   * @param folder a byte string that ends in a slash
   */
  read(folder: string, overrides: Readonly<OverrideSettings>): HtaccessResult | undefined {
    for (const name of overrides.accessFileNames) {
      const found = this.#readFile(folder + Buffer.from(name, 'utf8').toString('latin1'), overrides);
      if (found) return found;
    }
    return undefined;
  }

  #readFile(name: string, overrides: Readonly<OverrideSettings>): HtaccessResult | undefined {
    const bytes = Buffer.from(name, 'latin1');
    let stats: Stats | undefined;
    let reason: string | undefined;
    try {
      stats = statSync(bytes, { throwIfNoEntry: false });
      if (!stats) {
        this.#entries.delete(name);
        return undefined;
      }
    } catch (error) {
      reason = describeFileError(error);
    }
    const known = this.#entries.get(name);
    if (known?.overrides === overrides && sameFile(known.stats, stats)) {
      return { file: known.file, fresh: false };
    }
    const file = this.#parse(bytes, overrides, reason);
    if (this.#entries.size >= MAX_FILES) this.#entries.clear();
    this.#entries.set(name, { file, stats, overrides });
    return { file, fresh: true };
  }

  #parse(bytes: Buffer, override: Readonly<OverrideSettings>, reason: string | undefined): HtaccessFile {
    const { table, variables, serverRoot, paths, server, regexDefaults } = this.#options;
    const problems = new Problems();
    const file = bytes.toString('utf8');
    const content = reason === undefined ? readText(bytes) : { reason };
    const reader = new Reader({ table, variables, problems, serverRoot, paths, htaccess: true });
    if ('reason' in content) {
      problems.error(`Could not open ${file}: ${content.reason}`, { file, line: 1, column: 1 });
    }
    const nodes = 'text' in content ? reader.read(file, content.text) : [];
    const checker = new Checker({ table, problems, serverRoot, paths, server, override });
    const section = withRegexDefaults(regexDefaults, () => checker.applyHtaccess(nodes));
    const isUnreadable = 'reason' in content;
    return { section, errors: problems.errors, warnings: problems.warnings, isUnreadable };
  }
}

/** Whether a file is the one that was read: replaced and rewritten files differ in one of these. */
function sameFile(a: Stats | undefined, b: Stats | undefined): boolean {
  if (!a || !b) return false;
  return a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.size === b.size && a.ino === b.ino;
}
