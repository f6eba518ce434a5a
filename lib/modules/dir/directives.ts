import { isOn } from '../../config/arguments.js';
import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';

export interface DirSettings {
  /** escaped URLs, relative to the folder's where they do not begin with a slash; byte strings */
  readonly index: readonly string[];
  /** the status of a redirect to the index, 0 for none */
  readonly indexRedirect: number;
  readonly slash: boolean;
  /** a folder that has a handler of its own gets no index */
  readonly checkHandler: boolean;
  /** the URL that answers for what is not there; "" for none */
  readonly fallback: string;
}

export const DIR = new Slot<DirSettings>('dir', {
  index: ['index.html'],
  indexRedirect: 0,
  slash: true,
  checkHandler: false,
  fallback: '',
});

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

/** A row for a directive that is On or Off. */
function flag(
  name: string,
  key: 'slash' | 'checkHandler',
  row: Pick<Directive, 'default' | 'help'>,
): Directive {
  return {
    ...row,
    name,
    syntax: 'on|off',
    contexts: EVERYWHERE,
    override: 'Indexes',
    args: 'flag',
    apply(context, value) {
      context.settings.set(DIR, key, isOn(value));
    },
  };
}

export const DIR_DIRECTIVES: readonly Directive[] = [
  {
    name: 'DirectoryIndex',
    syntax: 'disabled | local-url [local-url] ...',
    default: 'index.html',
    contexts: EVERYWHERE,
    override: 'Indexes',
    args: [1, Infinity],
    help: 'What is served for a folder: the first of these URLs that leads to a file; disabled for nothing.',
    apply: (context, ...names) => applyDirectoryIndex(context, names),
  },
  {
    name: 'DirectoryIndexRedirect',
    syntax: 'on|off|permanent|temp|seeother|3xx-code',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'Indexes',
    args: [1, 1],
    help: 'Whether clients are redirected to the URL that DirectoryIndex has found, and with which status.',
    apply: applyIndexRedirect,
  },
  flag('DirectorySlash', 'slash', {
    default: 'on',
    help: 'Whether the URL of a folder without its slash is redirected to the one with it.',
  }),
  flag('DirectoryCheckHandler', 'checkHandler', {
    default: 'off',
    help: 'Whether DirectoryIndex leaves folders alone that have a handler by SetHandler.',
  }),
  {
    name: 'FallbackResource',
    syntax: 'disabled | local-url',
    default: 'disabled',
    contexts: EVERYWHERE,
    override: 'Indexes',
    args: [1, 1],
    help: 'The URL that answers for every URL which leads to no file and to no handler.',
    apply(context, url) {
      const text = url.text.toLowerCase() === 'disabled' ? '' : toByteString(url.text);
      context.settings.set(DIR, 'fallback', text);
    },
  },
];

/** Names add up within a section; `disabled` by itself forgets those before it. */
function applyDirectoryIndex(context: DirectiveContext, names: readonly Argument[]): void {
  const isDisabled = names.length === 1 && names[0]?.text.toLowerCase() === 'disabled';
  const before = isDisabled ? [] : (context.settings.made(DIR).index ?? []);
  const added = isDisabled ? [] : names.map(({ text }) => toByteString(text));
  context.settings.set(DIR, 'index', [...before, ...added]);
}

const REDIRECTS: Readonly<Record<string, number>> = {
  on: 302,
  off: 0,
  permanent: 301,
  temp: 302,
  seeother: 303,
};

function applyIndexRedirect(context: DirectiveContext, argument?: Argument): void {
  const text = argument?.text.toLowerCase() ?? '';
  const isCode = /^\d{1,9}$/.test(text);
  const status = isCode ? Number(text) : Object.hasOwn(REDIRECTS, text) ? REDIRECTS[text] : undefined;
  if (status === undefined) {
    context.error('DirectoryIndexRedirect ON|OFF|permanent|temp|seeother|3xx', argument);
  } else if (isCode && (status < 300 || status > 399)) {
    context.error('DirectoryIndexRedirect only accepts values between 300 and 399', argument);
  } else {
    context.settings.set(DIR, 'indexRedirect', status);
  }
}
