import type { Directive, DirectiveModule } from '../../lib/config/directive.js';
import { overrideDirectives } from '../../lib/config/override.js';
import { Slot, type Settings } from '../../lib/config/settings.js';
import { LANGUAGE_DIRECTIVES } from '../../lib/modules/core/language-directives.js';

/** What the directives of these modules set: enough to see where a directive took effect, and in which order. */
interface TrailSettings {
  /** the arguments of every Trail directive that applies, in order of the merge */
  trail: readonly string[];
  /** the last Mark that applies */
  mark: string;
}

const trailSlot = new Slot<TrailSettings>(
  'trail',
  { trail: [], mark: 'none' },
  { trail: (outer, inner) => [...outer, ...inner] },
);

export function trailOf(settings: Settings): string {
  const { trail, mark } = settings.get(trailSlot);
  return [...trail, `mark=${mark}`].join(' ');
}

const everywhere: Directive['contexts'] = ['server', 'virtual host', 'directory', '.htaccess'];

/** A directive that is only there to be checked. */
function inert(
  name: string,
  args: Directive['args'],
  help: string,
  more: Partial<Directive> = {},
): Directive {
  return { name, syntax: '', contexts: everywhere, args, help, apply: () => undefined, ...more };
}

const core: DirectiveModule = {
  name: 'core',
  directives: [
    ...overrideDirectives,
    ...LANGUAGE_DIRECTIVES,
    inert('ServerName', [1, 1], 'The hostname and port of the server', {
      contexts: ['server', 'virtual host'],
    }),
    inert('ServerRoot', [1, 1], 'Common directory of server-related files', { contexts: ['server'] }),
    inert('DocumentRoot', [1, 1], 'Root directory of the document tree', {
      contexts: ['server', 'virtual host'],
    }),
    inert('Options', [1, Infinity], 'a list of options', { override: 'Options' }),
    inert('Require', [1, Infinity], 'an authorization provider', {
      contexts: ['directory', '.htaccess'],
      override: 'AuthConfig',
    }),
  ],
};

const isapi: DirectiveModule = {
  name: 'isapi',
  directives: [
    inert('ISAPIReadAheadBuffer', [1, 1], 'Maximum client request body to initially pass to the extension', {
      override: 'FileInfo',
    }),
    inert('ISAPIFakeAsync', 'flag', 'Fake asynchronous support for extensions', { override: 'FileInfo' }),
    inert('ISAPICacheFile', [1, Infinity], 'Files to load at start', {
      contexts: ['server', 'virtual host'],
    }),
  ],
};

const mime: DirectiveModule = {
  name: 'mime',
  directives: [
    inert('AddType', [2, Infinity], 'a mime type followed by one or more file extensions', {
      override: 'FileInfo',
    }),
    inert('SetEnv', [1, 2], 'a variable and its value', { override: 'FileInfo' }),
    inert('Pair', [2, 2], 'two of them'),
    inert('Triple', [0, 3], 'up to three'),
    inert('Nothing', [0, 0], 'none'),
    inert('LogFormat', 'raw', 'a format', { contexts: ['server'] }),
  ],
};

const trail: DirectiveModule = {
  name: 'trail',
  directives: [
    {
      name: 'Trail',
      syntax: 'name',
      contexts: everywhere,
      override: 'FileInfo',
      args: [1, 1],
      help: 'a name',
      apply({ settings }, name) {
        const before = settings.made(trailSlot).trail ?? [];
        settings.set(trailSlot, 'trail', [...before, name.text]);
      },
    },
    {
      name: 'Mark',
      syntax: 'name',
      contexts: everywhere,
      override: 'Indexes',
      args: [1, 1],
      help: 'a name, other than bad, and preferably not odd',
      apply(context, name) {
        if (name.text === 'bad') context.error('Mark must not be bad', name);
        else if (name.text === 'odd') context.warning('this is odd');
        context.settings.set(
          trailSlot,
          'mark',
          `${name.text}@${context.section}(${context.sectionArgument})`,
        );
      },
    },
    {
      name: 'ShowPath',
      syntax: 'path',
      contexts: ['server', 'directory'],
      args: 'raw',
      help: 'a path',
      apply(context, raw) {
        context.warning(`${context.resolvePath(raw.text)} [${raw.text}]`, raw);
      },
    },
    {
      name: 'Throws',
      syntax: '',
      contexts: everywhere,
      args: [0, 0],
      help: '',
      apply() {
        throw new Error('out of luck');
      },
    },
  ],
};

export const fakeModules: readonly DirectiveModule[] = [core, isapi, mime, trail];
