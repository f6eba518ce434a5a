import type { Configuration } from '../config/configuration.js';
import type { DirectiveModule } from '../config/directive.js';
import type { Problem } from '../config/place.js';
import type { Log } from '../messages.js';
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

/** The points in a request's life where modules act, in this order. */
export interface Hooks {
  /** after the configuration was checked and before anything listens */
  start(server: ServerContext): void | Promise<void>;
  /** when the server stops, after the last request */
  stop(): void | Promise<void>;
  /** URL to file name */
  translate(request: HttpRequest): Outcome;
  /** may this client have it: `declined` has no opinion, `done` grants, a status refuses */
  access(request: HttpRequest): Outcome | Promise<Outcome>;
  /** the handler, the content type, the environment */
  fixups(request: HttpRequest): Outcome | Promise<Outcome>;
  /** the response has ended, or the connection was lost */
  log(request: HttpRequest): void;
}

/** A module: built in, or a user's own loaded with `LoadModule name file.js`. */
export interface Module extends DirectiveModule {
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly hooks?: Partial<Hooks>;
  /** what is wrong with a configuration and only shows when all of it was read; its errors prevent the start */
  check?(configuration: Configuration): readonly Problem[];
}
