import { applyConditional, type ConditionTest } from './conditional.js';
import type { RequestSettings, SettingsQuery, VirtualHost } from './configuration.js';
import type { HostAddress } from './host-address.js';
import type { HtaccessReader } from './htaccess.js';
import { Merger } from './merge.js';
import { allowsHtaccess, overrideSlot, type OverrideSettings } from './override.js';
import type { PathRules } from './paths.js';
import type { Place, Problem } from './place.js';
import { countSlashes, type Capture } from './section-table.js';
import type { Section, SectionSet } from './sections.js';
import type { Settings } from './settings.js';

/** Plans that are kept (one per file name and path); when there are more, all are forgotten. */
const MAX_PLANS = 1000;

/** A folder whose .htaccess is looked at, with what it may do. */
interface HtaccessStep {
  readonly folder: string;
  readonly overrides: Readonly<OverrideSettings>;
}

/** What applies to a request, as far as it can be known without the disk. */
interface Plan {
  /** what folders are matched with */
  readonly name: string;
  /** what locations are matched with */
  readonly path: string;
  readonly steps: readonly (Section | HtaccessStep)[];
  /** the name that `<Files>` sections are matched with; undefined when there is no file */
  readonly file: string | undefined;
  readonly locations: readonly Section[];
  /** the result, when no .htaccess can change it */
  readonly result: RequestSettings | undefined;
}

const NONE: readonly Problem[] = [];
const NOTHING: readonly Capture[] = [];

/** What a host is made of; see VirtualHost. `own`, `place` and `addresses` are a virtual host's. */
export interface HostParts {
  readonly settings: Settings;
  readonly own?: Settings;
  readonly place?: Place;
  readonly addresses?: readonly HostAddress[];
  readonly sections: SectionSet;
  readonly htaccess: HtaccessReader;
  /** how names of files are written */
  readonly paths: PathRules;
}

/**
 * The main server or a virtual host with its sections. Which of them apply to a request, and in which order, is
 * decided as Apache's `ap_directory_walk`, `ap_file_walk` and `ap_location_walk` do.
 */
export class Host implements VirtualHost {
  readonly settings: Settings;
  readonly own: Settings;
  readonly place: Place | undefined;
  readonly addresses: readonly HostAddress[];
  readonly #sections: SectionSet;
  readonly #htaccess: HtaccessReader;
  readonly #paths: PathRules;
  readonly #merger: Merger;
  /** plans by the request's file name, then its path */
  readonly #files = new Map<string, Map<string, Plan>>();
  readonly #folders = new Map<string, Map<string, Plan>>();
  readonly #locations = new Map<string, Pick<RequestSettings, 'settings' | 'captures'>>();
  #plans = 0;

  constructor({ settings, own = settings, place, addresses = [], sections, htaccess, paths }: HostParts) {
    this.settings = settings;
    this.own = own;
    this.place = place;
    this.addresses = addresses;
    this.#sections = sections;
    this.#htaccess = htaccess;
    this.#paths = paths;
    this.#merger = new Merger(settings);
  }

  settingsFor({ filename, path, isFolder = false }: SettingsQuery): RequestSettings {
    const plans = isFolder ? this.#folders : this.#files;
    const plan = plans.get(filename)?.get(path) ?? this.#makePlan(plans, filename, path, isFolder);
    return plan.result ?? this.#run(plan);
  }

  locationSettings(path: string): Settings {
    return this.atLocation(path).settings;
  }

  atLocation(path: string): Pick<RequestSettings, 'settings' | 'captures'> {
    let known = this.#locations.get(path);
    if (!known) {
      const sections = this.#matchingLocations(path);
      known = {
        settings: this.#mergeAll(this.#merger.base, sections),
        captures: capturesOf(sections, path),
      };
      if (this.#locations.size >= MAX_PLANS) this.#locations.clear();
      this.#locations.set(path, known);
    }
    return known;
  }

  conditional(settings: Settings, holds: ConditionTest): Settings {
    return applyConditional(this.#merger, settings, holds);
  }

  #makePlan(plans: Map<string, Map<string, Plan>>, filename: string, path: string, isFolder: boolean): Plan {
    const locations = this.#matchingLocations(path);
    // A folder's name ends in a slash when the URL does, and only then: so <DirectoryMatch> and <Files> see it.
    const slash = isFolder && path.endsWith('/') && !filename.endsWith('/');
    const name = this.#paths.withSlashes(slash ? `${filename}/` : filename);
    const steps = name === '' ? [] : this.#directorySteps(name, isFolder);
    const file = name === '' ? undefined : name.slice(name.lastIndexOf('/') + 1);
    const draft: Plan = { name, path, steps, file, locations, result: undefined };
    const plan = steps.some(isHtaccess) ? draft : { ...draft, result: this.#run(draft) };
    if (this.#plans >= MAX_PLANS) {
      this.#files.clear();
      this.#folders.clear();
      this.#plans = 0;
    }
    this.#plans++;
    const byPath = plans.get(filename);
    if (byPath) byPath.set(path, plan);
    else plans.set(filename, new Map([[path, plan]]));
    return plan;
  }

  /** The sections of each folder from the root down, its .htaccess after them, then the regular expressions. */
  #directorySteps(name: string, isFolder: boolean): (Section | HtaccessStep)[] {
    const { directories, directoryMatches } = this.#sections;
    const steps: (Section | HtaccessStep)[] = [];
    let settings = this.#merger.base;
    for (const folder of foldersOf(name, isFolder)) {
      const depth = countSlashes(folder);
      for (const section of directories) {
        if (section.matcher.depth !== depth || !section.matcher.matches(folder)) continue;
        steps.push(section);
        settings = this.#merger.merge(settings, section.settings);
      }
      const overrides = settings.get(overrideSlot);
      if (allowsHtaccess(overrides)) steps.push({ folder, overrides });
    }
    for (const section of directoryMatches) if (section.matcher.matches(name)) steps.push(section);
    return steps;
  }

  #matchingLocations(path: string): Section[] {
    return this.#sections.locations.filter((section) => section.matcher.matches(path));
  }

  #run({ name, path, steps, file, locations }: Plan): RequestSettings {
    let settings = this.#merger.base;
    let problems = NONE;
    let warnings = NONE;
    let isForbidden = false;
    const files = [this.#sections.files];
    const captures: Capture[] = [];
    for (const step of steps) {
      let section: Section;
      if (!isHtaccess(step)) {
        section = step;
      } else {
        const found = this.#htaccess.read(step.folder, step.overrides);
        if (!found) continue;
        section = found.file.section;
        if (found.file.errors.length > 0) problems = [...problems, ...found.file.errors];
        isForbidden ||= found.file.isUnreadable;
        if (found.fresh && found.file.warnings.length > 0) warnings = [...warnings, ...found.file.warnings];
      }
      settings = this.#merger.merge(settings, section.settings);
      captures.push(...(section.matcher.captures?.(name) ?? NOTHING));
      if (section.files.length > 0) files.push(section.files);
    }
    if (file !== undefined) {
      for (const group of files) {
        for (const section of group) {
          if (!section.matcher.matches(file)) continue;
          settings = this.#merger.merge(settings, section.settings);
          captures.push(...(section.matcher.captures?.(file) ?? NOTHING));
        }
      }
    }
    captures.push(...capturesOf(locations, path));
    return {
      settings: this.#mergeAll(settings, locations),
      captures: captures.length === 0 ? NOTHING : captures,
      problems,
      isForbidden,
      warnings,
    };
  }

  #mergeAll(outer: Settings, sections: readonly Section[]): Settings {
    return sections.reduce((settings, section) => this.#merger.merge(settings, section.settings), outer);
  }
}

function capturesOf(sections: readonly Section[], path: string): readonly Capture[] {
  const captures = sections.flatMap(({ matcher }) => matcher.captures?.(path) ?? NOTHING);
  return captures.length === 0 ? NOTHING : captures;
}

function isHtaccess(step: Section | HtaccessStep): step is HtaccessStep {
  return 'overrides' in step;
}

/**
 * The folders on the way to a file, each with its closing slash, from the root down; of a folder also itself.
 * On Windows the first is `/`, so that `<Directory />` means every drive, as in Apache.
 */
function foldersOf(name: string, isFolder: boolean): string[] {
  const folders = name.startsWith('/') ? [] : ['/'];
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1))
    folders.push(name.slice(0, at + 1));
  if (isFolder && !name.endsWith('/')) folders.push(`${name}/`);
  return folders;
}
