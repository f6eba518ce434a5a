import type { Argument, DirectiveContext } from '../../config/directive.js';
import { CONTENT, ETAG_BITS } from '../../http/content-settings.js';
import { mergeOptions, type OptionsSetting } from '../../http/settings.js';
import { reasonPhrase } from '../../http/status.js';
import { readText } from '../expressions.js';

/** Whether a text is a MIME type, with parameters if need be. */
export function isMediaType(text: string): boolean {
  return /^[\w.+*!#$&^-]+\/[\w.+*!#$&^-]+(?:\s*;[\x20-\x7e]*)?$/.test(text);
}

/**
 * A media type with its parameters as mod_mime writes them: a blank before each, and none around what belongs together.
 * One that is malformed stays as it is.
 */
export function tidyMediaType(text: string): string {
  const [type = '', ...rest] = text.split(/\s*;\s*(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  const parts = rest.map((part) => PARAMETER.exec(part));
  if (parts.includes(null)) return text;
  // One without a value says nothing.
  const said = parts.filter((part) => part?.[2] !== undefined);
  return [type, ...said.map((part) => `${part?.[1] ?? ''}=${part?.[2] ?? ''}`)].join('; ');
}

/** A parameter of a media type, and its value if it has one: a token, or a text in quotes. */
const PARAMETER = /^([\w.+*!#$%&'^`|~-]+)(?:\s*=\s*([\w.+*!#$%&'^`|~-]+|"(?:[^"\\]|\\.)*"))?$/;

/** Applies `ErrorDocument status document`; what it is goes by its form, as in Apache. */
export function applyErrorDocument(context: DirectiveContext, code?: Argument, document?: Argument): void {
  const status = /^\d{3}$/.test(code?.text ?? '') ? Number(code?.text) : 0;
  if (reasonPhrase(status) === '' || code === undefined || document === undefined) {
    context.error(`Unsupported HTTP response code ${code?.text ?? ''}`, code);
    return;
  }
  const { text } = document;
  const isUrl = !text.includes(' ') && /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (isUrl && status === 401) {
    context.warning('cannot use a full URL in a 401 ErrorDocument directive --- ignoring!', document);
    return;
  }
  const kind = isUrl ? 'url' : !text.includes(' ') && text.startsWith('/') ? 'path' : 'text';
  const isDefault = text.toLowerCase() === 'default';
  const expression = isDefault
    ? undefined
    : readText(context, document, 'Cannot parse expression in ErrorDocument');
  if (!isDefault && expression === undefined) return;
  const documents = new Map(context.settings.made(CONTENT).errorDocuments);
  documents.set(status, expression && { kind, text: expression });
  context.settings.set(CONTENT, 'errorDocuments', documents);
}

/** The components of FileETag by their names. */
const ETAG_NAMES: Readonly<Record<string, number>> = {
  none: ETAG_BITS.none,
  all: ETAG_BITS.inode | ETAG_BITS.mtime | ETAG_BITS.size,
  size: ETAG_BITS.size,
  lmtime: ETAG_BITS.mtime,
  mtime: ETAG_BITS.mtime,
  lastmodified: ETAG_BITS.mtime,
  inode: ETAG_BITS.inode,
  digest: ETAG_BITS.digest,
};

/** Applies `FileETag component ...`. What is set outright forgets what was added and removed before it, as in Apache. */
export function applyFileEtag(context: DirectiveContext, args: readonly Argument[]): void {
  let setting: OptionsSetting = { set: undefined, add: 0, remove: 0 };
  for (const argument of args) {
    const [, sign = '', token = ''] = /^([+-]?)(.*)$/s.exec(argument.text) ?? [];
    const name = token.toLowerCase();
    const bits = Object.hasOwn(ETAG_NAMES, name) ? ETAG_NAMES[name] : undefined;
    if (bits === undefined) {
      context.error(`Unknown keyword '${token}' for FileETag directive`, argument);
      return;
    }
    if (sign !== '' && (name === 'none' || name === 'all')) {
      context.error(`FileETag keyword '${token}' cannot be used with '+' or '-'`, argument);
      return;
    }
    const { set, add, remove } = setting;
    if (sign === '+') setting = { set, add: add | bits, remove: remove & ~bits };
    else if (sign === '-') setting = { set, add: add & ~bits, remove: remove | bits };
    else setting = { set: (set ?? 0) | bits, add: 0, remove: 0 };
  }
  const before = context.settings.made(CONTENT).etag;
  context.settings.set(CONTENT, 'etag', before === undefined ? setting : mergeOptions(before, setting));
}

/** Below this many, ordinary requests may fail. */
const FEW = 4;

/** Applies `LimitInternalRecursion redirects [subrequests]`. */
export function applyRecursion(
  context: DirectiveContext,
  redirects?: Argument,
  subrequests = redirects,
): void {
  for (const [argument, key] of [
    [redirects, 'redirectLimit'],
    [subrequests, 'subrequestLimit'],
  ] as const) {
    const limit = /^\d{1,9}$/.test(argument?.text ?? '') ? Number(argument?.text) : 0;
    if (limit <= 0) {
      context.error('The recursion limit must be greater than zero.', argument);
      return;
    }
    if (limit < FEW && (key === 'redirectLimit' || subrequests !== redirects)) {
      const what = key === 'redirectLimit' ? 'internal redirects' : 'the depth of subrequests';
      context.warning(`Limiting ${what} to very low numbers may cause normal requests to fail.`, argument);
    }
    context.settings.set(CONTENT, key, limit);
  }
}

/** Applies `CGIVar variable rule`. */
export function applyCgiVar(context: DirectiveContext, variable?: Argument, rule?: Argument): void {
  const value = rule?.text.toLowerCase();
  if (variable?.text !== 'REQUEST_URI') {
    context.error(`Unrecognized CGI variable: "${variable?.text ?? ''}"`, variable);
  } else if (value === 'current-uri' || value === 'original-uri') {
    context.settings.set(CONTENT, 'requestUri', value);
  } else {
    context.error("Valid rules for REQUEST_URI are 'current-uri' and 'original-uri'", rule);
  }
}
