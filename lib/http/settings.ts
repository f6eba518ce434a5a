import { toByteString } from '../config/bytes.js';
import type { Configuration } from '../config/configuration.js';
import { Slot, type Settings } from '../config/settings.js';
import { LOG_LEVELS, type LogLevel } from '../messages.js';
import type { LinkPolicy } from './file-walk.js';
import type { ErrorLogFormat } from './logging/error-destination.js';
import type { ErrorLine } from './logging/error-log-format.js';

/** What Options permits, as bits; MultiViews and the rest have no module here and are only carried. */
export const OPTION_BITS = {
  Indexes: 1,
  Includes: 2,
  FollowSymLinks: 4,
  ExecCGI: 8,
  IncludesNOEXEC: 16,
  SymLinksIfOwnerMatch: 32,
  MultiViews: 64,
} as const;

/** What All means in Apache: neither MultiViews nor SymLinksIfOwnerMatch, which would take FollowSymLinks back. */
const ALL_OPTIONS = 31;

/** An Options directive: the options set outright (undefined when all have + or -), those added, those removed. */
export interface OptionsSetting {
  readonly set: number | undefined;
  readonly add: number;
  readonly remove: number;
}

export const OPTIONS_ALL: OptionsSetting = { set: ALL_OPTIONS, add: 0, remove: 0 };
export const OPTIONS_NONE: OptionsSetting = { set: 0, add: 0, remove: 0 };
const OPTIONS_DEFAULT: OptionsSetting = { set: OPTION_BITS.FollowSymLinks, add: 0, remove: 0 };

/** Options of an inner section over those of an outer one, as Apache merges them. */
export function mergeOptions(outer: OptionsSetting, inner: OptionsSetting): OptionsSetting {
  if (inner.set !== undefined) return inner;
  return {
    set: outer.set,
    add: (outer.add & ~inner.remove) | inner.add,
    remove: (outer.remove & ~inner.add) | inner.remove,
  };
}

/** Which messages are wanted: positions in LOG_LEVELS. `base` undefined leaves the outer section's. */
export interface LogLevels {
  readonly base: number | undefined;
  readonly modules: ReadonlyMap<string, number>;
}

export function mergeLogLevels(outer: LogLevels, inner: LogLevels): LogLevels {
  // A level without a module name starts anew, as in Apache.
  if (inner.base !== undefined) return inner;
  return { base: outer.base, modules: new Map([...outer.modules, ...inner.modules]) };
}

export function levelNumber(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}

export interface ListenAddress {
  /** undefined: every address of the machine */
  readonly address: string | undefined;
  /** 0: any free port */
  readonly port: number;
  /** undefined: HTTP, and on port 443 HTTPS where a host has a certificate */
  readonly protocol?: 'http' | 'https';
}

/** What the core module's directives set and the server itself reads. Times are in seconds, sizes in bytes. */
export interface CoreSettings {
  readonly serverName: string | undefined;
  readonly serverNamePort: number | undefined;
  readonly listen: readonly ListenAddress[];
  /** byte string without a slash at its end, or undefined for `htdocs` below ServerRoot */
  readonly documentRoot: string | undefined;
  readonly options: OptionsSetting;
  /** some section takes FollowSymLinks away, so that every folder has to be asked */
  readonly linksRestricted: boolean;
  readonly acceptPathInfo: 'on' | 'off' | 'default';
  /** an absolute path, `stderr`, `|program`, or `syslog[:facility[:tag]]` */
  readonly errorLog: string | undefined;
  readonly errorLogFormat: ErrorLogFormat;
  /** lines that are written once for a connection, and once for a request, before the first message about it */
  readonly errorLogConnection: readonly ErrorLine[];
  readonly errorLogRequest: readonly ErrorLine[];
  readonly logLevels: LogLevels;
  readonly timeout: number;
  readonly keepAlive: boolean;
  readonly keepAliveTimeout: number;
  readonly maxKeepAliveRequests: number;
  readonly limitRequestBody: number;
  readonly limitRequestFields: number;
  readonly limitRequestFieldSize: number;
  readonly limitRequestLine: number;
}

export const CORE = new Slot<CoreSettings>(
  'core',
  {
    serverName: undefined,
    serverNamePort: undefined,
    listen: [],
    documentRoot: undefined,
    options: OPTIONS_DEFAULT,
    linksRestricted: false,
    acceptPathInfo: 'default',
    errorLog: undefined,
    errorLogFormat: 'default',
    errorLogConnection: [],
    errorLogRequest: [],
    logLevels: { base: levelNumber('warn'), modules: new Map() },
    timeout: 60,
    keepAlive: true,
    keepAliveTimeout: 5,
    maxKeepAliveRequests: 100,
    limitRequestBody: 1_073_741_824,
    limitRequestFields: 100,
    limitRequestFieldSize: 8190,
    limitRequestLine: 8190,
  },
  { options: mergeOptions, logLevels: mergeLogLevels },
);

/** The folder below which URLs are files: a byte string without a slash at its end. */
export function documentRoot(configuration: Configuration, settings: Settings): string {
  return settings.get(CORE).documentRoot ?? toByteString(configuration.resolvePath('htdocs'));
}

/** What Options permits for a request. */
export interface Options {
  readonly execCgi: boolean;
  readonly links: LinkPolicy;
}

const NOTHING_PERMITTED: Options = { execCgi: false, links: 'refuse' };

/** What each combination of the seven bits permits. */
const RESOLVED: readonly Options[] = Array.from({ length: 128 }, (_, bits) => ({
  execCgi: (bits & OPTION_BITS.ExecCGI) !== 0,
  links: linkPolicy(bits),
}));

/** What Options permits with these settings. */
export function optionsOf(settings: Settings): Options {
  const { set, add, remove } = settings.get(CORE).options;
  const bits = ((set ?? OPTION_BITS.FollowSymLinks) & ~remove) | add;
  return RESOLVED[bits] ?? NOTHING_PERMITTED;
}

function linkPolicy(bits: number): LinkPolicy {
  if ((bits & OPTION_BITS.FollowSymLinks) !== 0) return 'follow';
  return (bits & OPTION_BITS.SymLinksIfOwnerMatch) !== 0 ? 'owner' : 'refuse';
}
