import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import type { Place } from '../../config/place.js';
import { DEFAULT_POOL } from '../../config/pools.js';
import { Slot } from '../../config/settings.js';
import { MAPPING_DIRECTIVES } from './mapping-settings.js';

/** What mod_isapi's directives and ours set for a directory or location. */
export interface IsapiSettings {
  /** bytes of body that are read before the extension is called */
  readonly readAheadBuffer: number;
  readonly logNotSupported: boolean;
  readonly appendLogToErrors: boolean;
  readonly appendLogToQuery: boolean;
  readonly fakeAsync: boolean;
  /** name of the application pool */
  readonly pool: string;
}

export const ISAPI = new Slot<IsapiSettings>('isapi', {
  readAheadBuffer: 49152,
  logNotSupported: false,
  appendLogToErrors: false,
  appendLogToQuery: true,
  fakeAsync: false,
  pool: DEFAULT_POOL,
});

/** A file that ISAPICacheFile names. */
export interface CacheFile {
  /** as it stands in the configuration */
  readonly given: string;
  /** absolute */
  readonly path: string;
  readonly place: Place;
}

/** What is set for a server as a whole. */
export interface IsapiServerSettings {
  readonly cacheFiles: readonly CacheFile[];
}

export const ISAPI_SERVER = new Slot<IsapiServerSettings>(
  'isapi server',
  { cacheFiles: [] },
  { cacheFiles: (outer, inner) => [...outer, ...inner] },
);

/** More would have to fit one frame of the channel. Bytes. */
const MAX_READ_AHEAD = 32 * 1024 * 1024;

type SwitchName = 'logNotSupported' | 'appendLogToErrors' | 'appendLogToQuery' | 'fakeAsync';

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

function switchDirective(name: string, key: SwitchName, byDefault: 'on' | 'off', help: string): Directive {
  return {
    name,
    syntax: 'on|off',
    default: byDefault,
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: 'flag',
    help,
    apply: (context, ...[value]) => {
      if (value) context.settings.set(ISAPI, key, value.text.toLowerCase() === 'on');
    },
  };
}

/** mod_isapi's directives and our own, by the pools that there are. */
export function isapiDirectives(pools: ReadonlySet<string>): readonly Directive[] {
  return [
    {
      name: 'ISAPIReadAheadBuffer',
      syntax: 'size',
      default: '49152',
      contexts: EVERYWHERE,
      override: 'FileInfo',
      args: [1, 1],
      help: 'bytes of a request body that are read before the extension is called',
      apply: setReadAhead,
    },
    ...MAPPING_DIRECTIVES,
    switchDirective(
      'ISAPILogNotSupported',
      'logNotSupported',
      'off',
      'logs the calls of extensions that this server does not support',
    ),
    switchDirective(
      'ISAPIAppendLogToErrors',
      'appendLogToErrors',
      'off',
      'writes what extensions give to HSE_APPEND_LOG_PARAMETER to the error log',
    ),
    switchDirective(
      'ISAPIAppendLogToQuery',
      'appendLogToQuery',
      'on',
      'appends what extensions give to HSE_APPEND_LOG_PARAMETER to the query in the access log',
    ),
    switchDirective(
      'ISAPIFakeAsync',
      'fakeAsync',
      'off',
      'carries out asynchronous calls of extensions synchronously, and lets sessions be pending',
    ),
    {
      name: 'ISAPICacheFile',
      syntax: 'file-path [file-path] ...',
      default: 'none',
      contexts: ['server', 'virtual host'],
      args: [1, Infinity],
      help: 'extensions that are loaded when the server starts and stay loaded',
      apply: addCacheFiles,
    },
    {
      name: 'ISAPIApplicationPool',
      syntax: 'name',
      default: DEFAULT_POOL,
      contexts: EVERYWHERE,
      override: 'FileInfo',
      args: [1, 1],
      help: 'the application pool of pools.ini whose worker processes run the extensions',
      apply: (context, ...[name]) => {
        if (!name) return;
        if (pools.has(name.text)) context.settings.set(ISAPI, 'pool', name.text);
        else {
          const known = [...pools].join(', ');
          context.error(
            `there is no application pool ${name.text} in the pools file; it has: ${known}`,
            name,
          );
        }
      },
    },
  ];
}

function setReadAhead(context: DirectiveContext, size: Argument | undefined): void {
  if (!size) return;
  if (!/^-?\d+$/.test(size.text)) {
    context.error('Invalid value for directive ISAPIReadAheadBuffer, expected integer', size);
    return;
  }
  const bytes = Number(size.text);
  if (bytes < 0 || bytes > MAX_READ_AHEAD) {
    context.error(`ISAPIReadAheadBuffer must be from 0 to ${String(MAX_READ_AHEAD)} bytes`, size);
    return;
  }
  context.settings.set(ISAPI, 'readAheadBuffer', bytes);
}

function addCacheFiles(context: DirectiveContext, ...files: Argument[]): void {
  const before = context.server.made(ISAPI_SERVER).cacheFiles ?? [];
  const added = files.map(({ text, place }) => ({ given: text, path: context.resolvePath(text), place }));
  context.server.set(ISAPI_SERVER, 'cacheFiles', [...before, ...added]);
}
