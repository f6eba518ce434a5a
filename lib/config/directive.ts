import type { MethodSet } from './methods.js';
import type { Place, Placed } from './place.js';
import type { Settings } from './settings.js';

/** Where a directive may stand, in the words of Apache's documentation. */
export type Context = 'server' | 'virtual host' | 'directory' | '.htaccess';

/** The class of AllowOverride that lets a directive stand in .htaccess. */
export type OverrideClass = 'AuthConfig' | 'FileInfo' | 'Indexes' | 'Limit' | 'Options';

/** One argument as the parser found it, quotes removed and variables expanded. */
export interface Argument extends Placed {
  readonly text: string;
}

/** What a directive's setter works with. */
export interface DirectiveContext {
  /** the settings of the section that the directive stands in */
  readonly settings: Settings;
  /** the settings of the virtual host or main server around it */
  readonly server: Settings;
  /** the settings of the main server, for what holds in all hosts */
  readonly main: Settings;
  /** the methods that `<Limit>` and `<LimitExcept>` leave; access rules hold for them alone */
  readonly methods: MethodSet;
  /** what the innermost section is: `server`, `<VirtualHost>`, `<Directory>`, `<Location>`, `<Files>`, `.htaccess` */
  readonly section: SectionKind;
  /** the argument of that section: a path or a pattern; "" at server level */
  readonly sectionArgument: string;
  /** what is read is a .htaccess file; `section` may be one within it */
  readonly isHtaccess: boolean;
  /** the directive's own place */
  readonly place: Place;
  /** the row of a directive by its name, in any letter case */
  directive(name: string): Directive | undefined;
  /** whether there is a module by either of its names, such as isapi_module or mod_isapi.c */
  hasModule(name: string): boolean;
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
  | 'If'
  | 'ElseIf'
  | 'Else'
  | '.htaccess';

/**
 * A row of a module's directive table. Checks, error messages and `docs/directives.md` are made from it.
 * The number of arguments is checked before `apply` runs; `raw` gives the rest of the line as one argument
 * and its words after that,
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

/** How the content of a module's section is applied. */
export interface ContentOptions {
  /** where its directives set what they set; by default the settings around the section */
  readonly settings?: Settings;
  /** the methods that its access rules hold for; by default those around it */
  readonly methods?: MethodSet;
  /** the class that directives in it have to be of */
  readonly only?: OverrideClass;
  /** its directives are those that may stand in a directory, wherever it stands itself */
  readonly asDirectory?: true;
}

/** What a module's section works with. */
export interface SectionContext extends DirectiveContext {
  /** Applies the directives that the section holds. False when something in it was wrong. */
  applyContent(options?: ContentOptions): boolean;
}

/** A row for a section that a module owns and that is part of the section around it, such as `<Limit>`. */
export interface SectionDirective {
  /** without brackets */
  readonly name: string;
  /** the arguments as documented */
  readonly syntax: string;
  readonly contexts: readonly Context[];
  /** one of these classes has to be allowed in .htaccess */
  readonly override?: readonly OverrideClass[];
  /** how many arguments it has to have, and may have */
  readonly args: readonly [min: number, max: number];
  readonly help: string;
  /** runs when the section is met; what it holds has an effect only by `applyContent` */
  apply(context: SectionContext, ...args: Argument[]): void;
}

/** A module as the configuration sees it: its names for LoadModule and IfModule, and its directives. */
export interface DirectiveModule {
  /** `isapi` for isapi_module, mod_isapi.c */
  readonly name: string;
  readonly directives: readonly Directive[];
  readonly sections?: readonly SectionDirective[];
}
