import { isOn } from '../../config/arguments.js';
import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { compileRegex, RegexError } from '../../config/regex.js';
import { readText } from '../expressions.js';
import { ALIAS, type Redirect } from './settings.js';
import { isUrl } from './url.js';

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

const STATUS_WORDS: Readonly<Record<string, number>> = {
  permanent: 301,
  temp: 302,
  seeother: 303,
  gone: 410,
};

export const REDIRECT_DIRECTIVES: readonly Directive[] = [
  {
    name: 'Redirect',
    syntax: '[permanent|temp|seeother|gone|status] [url-path] [url]',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 3],
    help:
      'An optional status, then the beginning of URL paths, and the URL that clients are told to use instead; ' +
      'in a section the URL alone, which may have expressions in it. A status outside 300 to 399 has no URL.',
    apply: (context, ...args) => applyRedirect(context, { status: 302, isRegex: false }, args),
  },
  {
    name: 'RedirectMatch',
    syntax: '[permanent|temp|seeother|gone|status] regex [url]',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [2, 3],
    help:
      'An optional status, then a regular expression for URL paths, ' +
      'and the URL that clients are told to use instead, with $1 to $9 for its groups.',
    apply: (context, ...args) => applyRedirect(context, { status: 302, isRegex: true }, args),
  },
  {
    name: 'RedirectTemp',
    syntax: 'url-path url',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [2, 2],
    help: 'The beginning of URL paths, and the URL that clients are told to use for the moment.',
    apply: (context, ...args) => applyRedirect(context, { status: 302, isRegex: false }, args),
  },
  {
    name: 'RedirectPermanent',
    syntax: 'url-path url',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [2, 2],
    help: 'The beginning of URL paths, and the URL that clients are told to use from now on.',
    apply: (context, ...args) => applyRedirect(context, { status: 301, isRegex: false }, args),
  },
  {
    name: 'RedirectRelative',
    syntax: 'on|off',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: 'flag',
    help: 'Whether a URL that begins with a slash is sent as it is, and not with the scheme and name of the server.',
    apply(context, flag) {
      context.settings.set(ALIAS, 'relative', isOn(flag));
    },
  },
];

interface RedirectKind {
  readonly status: number;
  readonly isRegex: boolean;
}

/** The arguments mean what Apache's `add_redirect_internal` makes of them: most may be left out. */
function applyRedirect(context: DirectiveContext, kind: RedirectKind, args: readonly Argument[]): void {
  const [first, second, third] = args;
  if (first === undefined) return;
  const word = statusOf(first.text);
  const status = word ?? kind.status;
  if (status < 200 || status > 599) {
    context.error(`Redirect status ${first.text} is not between 200 and 599`, first);
    return;
  }
  if (third !== undefined && word === undefined) {
    context.error(
      'Redirect: invalid first argument (of three); write permanent, temp, seeother, gone or a number',
      first,
    );
    return;
  }
  const isGlobal = context.section === 'server' || context.section === 'VirtualHost';
  if (!isGlobal && third === undefined) {
    // With one argument fewer than a URL path and a URL would be, it is for the section as a whole.
    const isMoved = word !== undefined && isRedirect(word);
    const url = isMoved ? second : word === undefined && second === undefined ? first : undefined;
    if (url !== undefined) {
      applySectionRedirect(context, status, url);
      return;
    }
    if (word !== undefined && !isMoved && second === undefined) {
      context.settings.set(ALIAS, 'redirect', { status, url: undefined });
      return;
    }
  }
  const [path, url] = word === undefined ? [first, second] : [second, third];
  addRedirect(context, { status, isRegex: kind.isRegex }, path, url);
}

/** The status that a first argument stands for; undefined when it is something else. */
function statusOf(text: string): number | undefined {
  const word = STATUS_WORDS[text.toLowerCase()];
  if (word !== undefined) return word;
  return /^\d/.test(text) ? parseInt(text, 10) : undefined;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function applySectionRedirect(context: DirectiveContext, status: number, url: Argument): void {
  const text = readText(context, url, `Cannot parse redirect expression '${url.text}'`);
  if (text !== undefined) context.settings.set(ALIAS, 'redirect', { status, url: text });
}

function addRedirect(
  context: DirectiveContext,
  { status, isRegex }: RedirectKind,
  path: Argument | undefined,
  url: Argument | undefined,
): void {
  if (path === undefined) {
    context.error('Redirect needs a URL path; only in a section can it be left out');
    return;
  }
  if (isRedirect(status)) {
    if (url === undefined) {
      context.error('URL to redirect to is missing');
      return;
    }
    if (!isRegex && !isUrl(url.text) && !url.text.startsWith('/')) {
      context.error('Redirect to non-URL; begin it with a scheme, such as http://, or with a slash', url);
      return;
    }
  } else if (url !== undefined) {
    context.error('Redirect URL not valid for this status', url);
    return;
  }
  let regex: RegExp | undefined;
  try {
    regex = isRegex ? compileRegex(path.text) : undefined;
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    context.error(error.message, path);
    return;
  }
  const redirect: Redirect = {
    fake: toByteString(path.text),
    regex,
    status,
    url: url === undefined ? undefined : toByteString(url.text),
  };
  const isGlobal = context.section === 'server' || context.section === 'VirtualHost';
  const key = isGlobal ? 'redirects' : 'sectionRedirects';
  context.settings.set(ALIAS, key, [...(context.settings.made(ALIAS)[key] ?? []), redirect]);
}
