import type { Place } from './place.js';
import type { Settings } from './settings.js';

/** Where a directive may stand, in the words of Apache's documentation. */
export type Context = 'server' | 'virtual host' | 'directory' | '.htaccess';

/** The class of AllowOverride that lets a directive stand in .htaccess. */
export type OverrideClass = 'AuthConfig' | 'FileInfo' | 'Indexes' | 'Limit' | 'Options';

/** One argument as the parser found it, quotes removed and variables expanded. */
export interface Argument {
  readonly text: string;
  readonly place: Place;
}

/** What a directive's setter works with. */
export interface DirectiveContext {
  /** the settings of the section that the directive stands in */
  readonly settings: Settings;
  /** the settings of the virtual host or main server around it */
  readonly server: Settings;
  /** what the innermost section is: `server`, `<VirtualHost>`, `<Directory>`, `<Location>`, `<Files>`, `.htaccess` */
  readonly section: SectionKind;
  /** the argument of that section: a path or a pattern; "" at server level */
  readonly sectionArgument: string;
  /** the directive's own place */
  readonly place: Place;
  /** the row of a directive by its name, in any letter case */
  directive(name: string): Directive | undefined;
  /** an absolute path from one that may be relative to ServerRoot */
  resolvePath(path: string): string;
  /** reports a problem at an argument, or at the directive's name when none is given; the directive has no effect then */
  error(message: string, at?: Argument): void;
  /** like error, but the start goes on */
  warning(message: string, at?: Argument): void;
}

export type SectionKind =
  | 'server'
  | 'VirtualHost'
  | 'Directory'
  | 'DirectoryMatch'
  | 'Files'
  | 'FilesMatch'
  | 'Location'
  | 'LocationMatch'
  | '.htaccess';

/**
 * A row of a module's directive table. Checks, error messages and `docs/directives.md` are made from it.
 * The number of arguments is checked before `apply` runs; `raw` gives the rest of the line as one argument,
 * `flag` accepts exactly On or Off in any letter case.
 */
export interface Directive {
  readonly name: string;
  /** the arguments as documented, such as `on|off` */
  readonly syntax: string;
  /** the value in force without the directive, as documented */
  readonly default?: string;
  readonly contexts: readonly Context[];
  readonly override?: OverrideClass;
  readonly args: 'raw' | 'flag' | readonly [min: number, max: number];
  /** what it is for, in one sentence; error messages repeat it */
  readonly help: string;
  apply(context: DirectiveContext, ...args: Argument[]): void;
}

/** A module as the configuration sees it: its names for LoadModule and IfModule, and its directives. */
export interface DirectiveModule {
  /** `isapi` for isapi_module, mod_isapi.c */
  readonly name: string;
  readonly directives: readonly Directive[];
}
