import { isOn } from '../../config/arguments.js';
import { toByteString } from '../../config/bytes.js';
import type { Directive } from '../../config/directive.js';
import { CONTENT, type ContentSettings, type ServerTokens } from '../../http/content-settings.js';
import { CORE } from '../../http/settings.js';
import { readText } from '../expressions.js';
import {
  applyCgiVar,
  applyErrorDocument,
  applyFileEtag,
  applyRecursion,
  isMediaType,
} from './response-arguments.js';

const SERVER = ['server', 'virtual host'] as const;
const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;
const DIRECTORY = ['server', 'virtual host', 'directory'] as const;

/** The settings that are one of a few words, and those words by what may be written for them. */
type WordSetting = 'encodedSlashes' | 'serverSignature' | 'serverTokens' | 'traceEnable';

function word<K extends WordSetting>(
  name: string,
  key: K,
  words: Readonly<Record<string, ContentSettings[K]>>,
  wrong: string,
  row: Pick<Directive, 'syntax' | 'default' | 'contexts' | 'help'>,
): Directive {
  return {
    ...row,
    name,
    args: [1, 1],
    apply(context, argument) {
      const text = argument.text.toLowerCase();
      const value = Object.hasOwn(words, text) ? words[text] : undefined;
      if (value === undefined) context.error(wrong, argument);
      else context.settings.set(CONTENT, key, value);
    },
  };
}

/** A row for one of the three limits of the Range header. */
function rangeLimit(
  name: string,
  key: 'maxRanges' | 'maxRangeOverlaps' | 'maxRangeReversals',
  help: string,
): Directive {
  const byDefault = CONTENT.defaults[key];
  const words: Readonly<Record<string, number>> = { none: 0, default: byDefault, unlimited: Infinity };
  return {
    name,
    syntax: 'default|unlimited|none|number',
    default: String(byDefault),
    contexts: DIRECTORY,
    args: [1, 1],
    help,
    apply(context, argument) {
      const text = argument.text.toLowerCase();
      const value = words[text] ?? (/^\d{1,9}$/.test(text) ? Number(text) : 0);
      if (value > 0 || text === 'none') context.settings.set(CONTENT, key, value);
      else context.error(`${name} requires 'none', 'default', 'unlimited' or a positive integer`, argument);
    },
  };
}

/** What ServerTokens may be, in each of its spellings. */
const TOKENS: Readonly<Record<string, ServerTokens>> = {
  prod: 'productonly',
  productonly: 'productonly',
  major: 'major',
  minor: 'minor',
  min: 'minimal',
  minimal: 'minimal',
  os: 'os',
  full: 'full',
};

/** Directives of Apache's core that say what responses look like. */
export const RESPONSE_DIRECTIVES: readonly Directive[] = [
  {
    name: 'ErrorDocument',
    syntax: 'status text|/local-path|URL|default',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [2, 2],
    help: 'What clients get with an error: a text, what a local URL gives, or a redirect to another address.',
    apply: applyErrorDocument,
  },
  {
    name: 'AddDefaultCharset',
    syntax: 'on|off|charset',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'The charset for text/plain and text/html that comes without one; on means iso-8859-1.',
    apply(context, charset) {
      const text = charset.text.toLowerCase();
      if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c\x3e-\x7e]+$/.test(charset.text)) {
        context.error('AddDefaultCharset takes on, off or the name of a charset', charset);
        return;
      }
      const name = text === 'off' ? '' : text === 'on' ? 'iso-8859-1' : charset.text;
      context.settings.set(CONTENT, 'defaultCharset', name);
    },
  },
  {
    name: 'ForceType',
    syntax: 'type|none',
    default: 'none',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'The MIME type of every file here, whatever its name; none undoes it.',
    apply(context, type) {
      const text = type.text.toLowerCase();
      if (text !== 'none' && !isMediaType(text)) {
        context.error('ForceType takes a MIME type, such as text/plain, or none', type);
      } else context.settings.set(CONTENT, 'forceType', text === 'none' ? '' : text);
    },
  },
  {
    name: 'DefaultType',
    syntax: 'none',
    default: 'none',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'What Apache 2.2 took as the type of files that have none; only none is left of it.',
    apply(context, type) {
      if (/^(?:none|off)$/i.test(type.text)) return;
      context.warning('Ignoring deprecated use of DefaultType; ForceType and AddType set types', type);
    },
  },
  {
    name: 'SetHandler',
    syntax: 'handler|none|expression',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'The handler for every file here, whatever its name; none undoes an outer one.',
    apply(context, handler) {
      const { text } = handler;
      if (!text.includes('%')) {
        context.settings.set(CONTENT, 'handler', text.toLowerCase());
        return;
      }
      const expression = readText(context, handler, "Can't parse expression ");
      if (expression !== undefined) context.settings.set(CONTENT, 'handler', expression);
    },
  },
  {
    name: 'AcceptPathInfo',
    syntax: 'on|off|default',
    default: 'default',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, 1],
    help: 'Whether a URL may go on behind the name of a file; by default the handler decides.',
    apply(context, argument) {
      const value = argument.text.toLowerCase();
      if (value === 'on' || value === 'off' || value === 'default') {
        context.settings.set(CORE, 'acceptPathInfo', value);
      } else {
        context.error('AcceptPathInfo must be set to on, off or default', argument);
      }
    },
  },
  {
    name: 'FileETag',
    syntax: '[+|-]component ...',
    default: 'MTime Size',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [1, Infinity],
    help: "What a file's ETag is made of: INode, MTime, Size, All, None, or Digest for a hash of its contents.",
    apply: (context, ...args) => applyFileEtag(context, args),
  },
  {
    name: 'ContentDigest',
    syntax: 'on|off',
    default: 'off',
    contexts: EVERYWHERE,
    override: 'Options',
    args: 'flag',
    help: 'Whether files come with a Content-MD5 header; the file is read twice for it.',
    apply(context, flag) {
      context.settings.set(CONTENT, 'contentDigest', isOn(flag));
    },
  },
  rangeLimit(
    'MaxRanges',
    'maxRanges',
    'How many parts of a file a request may ask for; beyond that it gets the whole.',
  ),
  rangeLimit(
    'MaxRangeOverlaps',
    'maxRangeOverlaps',
    'How many of the parts that a request asks for may overlap; beyond that it gets the whole.',
  ),
  rangeLimit(
    'MaxRangeReversals',
    'maxRangeReversals',
    'How many of the parts that a request asks for may come before an earlier one; beyond that it gets the whole.',
  ),
  {
    name: 'ServerAdmin',
    syntax: 'email-address|URL',
    contexts: SERVER,
    args: [1, 1],
    help: 'Whom error pages name as the one to turn to.',
    apply(context, admin) {
      context.settings.set(CONTENT, 'serverAdmin', toByteString(admin.text));
    },
  },
  word(
    'ServerSignature',
    'serverSignature',
    { on: 'on', off: 'off', email: 'email' },
    'ServerSignature: use one of: off | on | email',
    {
      syntax: 'on|off|email',
      default: 'off',
      contexts: EVERYWHERE,
      help: 'Whether the pages that the server makes end in a line that names it.',
    },
  ),
  word(
    'ServerTokens',
    'serverTokens',
    TOKENS,
    "ServerTokens takes 1 argument: 'Prod(uctOnly)', 'Major', 'Minor', 'Min(imal)', 'OS', or 'Full'",
    {
      syntax: 'Major|Minor|Min[imal]|Prod[uctOnly]|OS|Full',
      default: 'Full',
      contexts: ['server'],
      help: 'How much the Server header and SERVER_SOFTWARE say: the product, its version, the system.',
    },
  ),
  word(
    'TraceEnable',
    'traceEnable',
    { on: 'on', off: 'off', extended: 'extended' },
    "TraceEnable must be one of 'on', 'off', or 'extended'",
    {
      syntax: 'on|off|extended',
      default: 'on',
      contexts: SERVER,
      help: 'Whether a TRACE request gets itself back; extended allows it a body of up to 64 KB.',
    },
  ),
  word(
    'AllowEncodedSlashes',
    'encodedSlashes',
    { on: 'on', off: 'off', nodecode: 'nodecode' },
    'AllowEncodedSlashes must be On, Off, or NoDecode',
    {
      syntax: 'on|off|nodecode',
      default: 'off',
      contexts: SERVER,
      help: 'Whether URLs may have %2F in their path: off gives 404, on makes it a slash, nodecode leaves it.',
    },
  ),
  {
    name: 'MergeSlashes',
    syntax: 'on|off',
    default: 'on',
    contexts: SERVER,
    args: 'flag',
    help: 'Whether slashes that follow each other in a URL count as one.',
    apply(context, flag) {
      context.settings.set(CONTENT, 'mergeSlashes', isOn(flag));
    },
  },
  {
    name: 'LimitInternalRecursion',
    syntax: 'redirects [subrequests]',
    default: '10',
    contexts: SERVER,
    args: [1, 2],
    help: 'How many internal redirects may follow each other, and how deep subrequests may go.',
    apply: applyRecursion,
  },
  {
    name: 'CGIPassAuth',
    syntax: 'on|off',
    default: 'off',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: 'flag',
    help: 'Whether extensions see Authorization and Proxy-Authorization among the headers.',
    apply(context, flag) {
      context.settings.set(CONTENT, 'cgiPassAuth', isOn(flag));
    },
  },
  {
    name: 'CGIVar',
    syntax: 'REQUEST_URI original-uri|current-uri',
    default: 'REQUEST_URI original-uri',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [2, 2],
    help: 'Whether REQUEST_URI is the URL that the client sent, or the one after internal redirects.',
    apply: applyCgiVar,
  },
];
