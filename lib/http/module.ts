import type { Configuration } from '../config/configuration.js';
import type { DirectiveModule } from '../config/directive.js';
import type { Problem } from '../config/place.js';
import type { Log } from '../messages.js';
import type { ControlAction } from './control/action.js';
import type { Output } from './output.js';
import type { HttpRequest } from './request.js';

/** Go on with another local URL inside the same request: an internal redirect. */
export interface InternalRedirect {
  /** escaped path, with a query of its own or the request's */
  readonly redirect: string;
}

/**
 * What a handler or a hook did: `done` (the response is sent or being sent by it), `declined` (not mine), the
 * status of an error document to send, or an internal redirect.
 */
export type Outcome = 'done' | 'declined' | number | InternalRedirect;

export type Handler = (request: HttpRequest) => Outcome | Promise<Outcome>;

/** A hook that has a say in what becomes of a request; see Hooks for what each outcome means there. */
export type RequestHook = (request: HttpRequest) => Outcome | Promise<Outcome>;

/** The head of a response just before it is written: a hook changes it in place. Byte strings. */
export interface ResponseHead {
  status: number;
  /** what stands behind the status, or undefined for the standard phrase */
  reason: string | undefined;
  /** without those that are the server's own, such as Date, Server and a length that is not announced */
  readonly headers: [name: string, value: string][];
  /** the server's own page for an error or a redirect, not what a handler sends, whatever its status */
  readonly isError: boolean;
}

/** What a module gets when the server starts. */
export interface ServerContext {
  readonly configuration: Configuration;
  readonly log: Log;
  /** what the Server header and SERVER_SOFTWARE say */
  readonly software: string;
  /**
   * Runs a GET of a local URL inside the server. Its response, be it an error document, goes to `output`, or to the
   * output of `parent` when none is given. Resolves when it has ended.
   */
  subrequest(parent: HttpRequest, target: string, output?: Output): Promise<void>;
  /**
   * The file that an escaped URL path (a query is left out of account) maps to for `parent`'s virtual host, without
   * touching the disk. `filename` is "" for what is no local URL.
   */
  mapUrl(parent: HttpRequest, target: string): MappedUrl;
  /** the same for a path that is decoded already, such as path info */
  mapPath(parent: HttpRequest, path: string): MappedUrl;
  /**
   * Follows a local URL as a GET for `parent` would, all but the handler: file, settings, access, fixups. The status
   * is 200 when a handler would run now.
   */
  lookup(parent: HttpRequest, target: string): Promise<LookedUp>;
  /** the same, at once when nothing has to be waited for */
  find(parent: HttpRequest, target: string): LookedUp | Promise<LookedUp>;
  /** the same for the name of a file, relative to the folder of `parent`'s own */
  findFile(parent: HttpRequest, filename: string): LookedUp | Promise<LookedUp>;
  /** Answers an error with what a local URL gives: the response to it is sent later, with the error's status. */
  redirectError(request: HttpRequest, status: number, target: string): void;
}

/** Where a URL leads: byte strings (see HttpRequest). */
export interface MappedUrl {
  readonly path: string;
  /** the file or folder, whether it exists or not, path info included */
  readonly filename: string;
  /** the Alias that led there and the folder behind it, or undefined under DocumentRoot */
  readonly aliasPrefix: string | undefined;
  readonly aliasTarget: string | undefined;
}

/** What became of a URL that was looked up. */
export interface LookedUp {
  readonly request: HttpRequest;
  readonly status: number;
}

/** The points in a request's life where modules act, in this order. */
export interface Hooks {
  /** logs are opened, with the rights that the server was started with; first of all */
  open(server: ServerContext): void | Promise<void>;
  /** worker processes may be started, with the rights that the server keeps; before the first request is taken up */
  start(server: ServerContext): void | Promise<void>;
  /** when the server stops, after the last request */
  stop(): void | Promise<void>;
  /** the logs are to be opened anew, because their files were renamed */
  reopen(): void | Promise<void>;
  /**
   * The head of the request was read and its host chosen; only settings of the server's own level are known yet. Runs
   * again after an internal redirect, and not for subrequests. A status or a redirect ends the request's way.
   */
  received(request: HttpRequest): Outcome;
  /** URL to file name */
  translate(request: HttpRequest): Outcome;
  /** the file was looked for and all settings merged; a status or a redirect ends the request's way */
  walked(request: HttpRequest): Outcome;
  /** may this client have it, whoever the user is: a status refuses (Apache's access_checker) */
  access(request: HttpRequest): Outcome | Promise<Outcome>;
  /** `any` when `access` is as good as `authorize`, so that one of them is enough */
  satisfy(request: HttpRequest): 'all' | 'any' | undefined;
  /**
   * May this user have it: `done` grants, a status refuses, `declined` cannot say before the user is known. The user
   * is asked for only then, and the hook runs again with `authenticated` (Apache's access_checker_ex, auth_checker).
   */
  authorize(request: HttpRequest, authenticated: boolean): Outcome | Promise<Outcome>;
  /**
   * Who is it: `done` with `request.user` set, a status for credentials that are missing or wrong, `declined` when
   * the settings ask for another module's authentication
   */
  authenticate(request: HttpRequest): Outcome | Promise<Outcome>;
  /** the handler, the content type, the environment */
  fixups(request: HttpRequest): Outcome | Promise<Outcome>;
  /**
   * Last of all before a head is written, also that of an error document, a redirect or a response to what never
   * became a proper request. The head of a subrequest's response is that of the request it is for, when it counts.
   */
  respond(request: HttpRequest, head: ResponseHead): void;
  /** whether `respond` has something to do for this request; without this hook it always has */
  responds(request: HttpRequest): boolean;
  /** the response has ended, or the connection was lost */
  log(request: HttpRequest): void;
}

/** A module: built in, or a user's own loaded with `LoadModule name file.js`. */
export interface Module extends DirectiveModule {
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly hooks?: Partial<Hooks>;
  /** hooks that run before those of every module (Apache's APR_HOOK_FIRST) */
  readonly earlyHooks?: Partial<Pick<Hooks, 'received'>>;
  /** what the command line can have it do through the control socket, by name, such as `pool recycle` */
  readonly actions?: Readonly<Record<string, ControlAction>>;
  /** what is wrong with a configuration and only shows when all of it was read; its errors prevent the start */
  check?(configuration: Configuration): readonly Problem[];
}
