import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { compileRegex, RegexError } from '../../config/regex.js';
import { expressionScope } from '../../http/expression-scope.js';
import { findingFor, readCondition } from '../expressions.js';
import { attributeOf, headerMatching, isPlainName, type Attribute } from './attributes.js';
import { SETENVIF, type Rule, type Variable } from './settings.js';

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

/** The variables that the server itself heeds, for the documents. */
const HEEDED =
  'The server heeds nokeepalive, downgrade-1.0, force-response-1.0, force-no-vary, redirect-carefully ' +
  'and suppress-error-charset as httpd does.';

export const DIRECTIVES: readonly Directive[] = [
  row(
    'SetEnvIf',
    'attribute regex [!]variable[=value] ...',
    `A header, Remote_Host, Remote_Addr, Server_Addr, Request_Method, Request_Protocol, Request_URI or a variable set before, a regular expression, and the variables that are set, or with ! unset, when it matches. ${HEEDED}`,
    (context, args) => applySetEnvIf(context, 'SetEnvIf', args, false),
  ),
  row(
    'SetEnvIfNoCase',
    'attribute regex [!]variable[=value] ...',
    'Like SetEnvIf, without regard to letter case.',
    (context, args) => applySetEnvIf(context, 'SetEnvIfNoCase', args, true),
  ),
  row(
    'SetEnvIfExpr',
    'expression [!]variable[=value] ...',
    'An expression, and the variables that are set, or with ! unset, when it is true.',
    applySetEnvIfExpr,
  ),
  row(
    'BrowserMatch',
    'regex [!]variable[=value] ...',
    'A regular expression for the User-Agent header, and the variables that are set, or with ! unset, when it matches.',
    (context, args) => applyMatch(context, 'BrowserMatch', attributeOf('User-Agent'), args, false),
  ),
  row(
    'BrowserMatchNoCase',
    'regex [!]variable[=value] ...',
    'Like BrowserMatch, without regard to letter case.',
    (context, args) => applyMatch(context, 'BrowserMatchNoCase', attributeOf('User-Agent'), args, true),
  ),
];

function row(
  name: string,
  syntax: string,
  help: string,
  apply: (context: DirectiveContext, args: readonly Argument[]) => void,
): Directive {
  return {
    name,
    syntax,
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [0, Infinity],
    help,
    apply: (context, ...args) => apply(context, args),
  };
}

function applySetEnvIf(
  context: DirectiveContext,
  name: string,
  [attribute, ...rest]: readonly Argument[],
  ignoreCase: boolean,
): void {
  if (attribute === undefined || attribute.text === '') {
    context.error(`Missing header-field name for ${name}`, attribute);
    return;
  }
  if (/^oid\(/i.test(attribute.text)) {
    context.error(
      'OID() looks at client certificates, which isapi-host has no such access to; use SetEnvIfExpr',
      attribute,
    );
    return;
  }
  if (isPlainName(attribute.text)) {
    applyMatch(context, name, attributeOf(attribute.text), rest, ignoreCase);
    return;
  }
  const regex = compile(context, attribute, `${name} Header name regex could not be compiled`, ignoreCase);
  if (regex !== undefined) applyMatch(context, name, headerMatching(regex), rest, ignoreCase);
}

function applyMatch(
  context: DirectiveContext,
  name: string,
  attribute: Attribute,
  [pattern, ...rest]: readonly Argument[],
  ignoreCase: boolean,
): void {
  if (pattern === undefined || pattern.text === '') {
    context.error(`Missing regular expression for ${name}`, pattern);
    return;
  }
  const text = plainText(pattern.text);
  if (text !== undefined) {
    const wanted = fold(toByteString(text), ignoreCase);
    add(context, name, rest, (request) =>
      fold(attribute(request) ?? '', ignoreCase).includes(wanted) ? null : undefined,
    );
    return;
  }
  const regex = compile(context, pattern, `${name} regex could not be compiled`, ignoreCase);
  if (regex === undefined) return;
  add(context, name, rest, (request) => regex.exec(attribute(request) ?? '') ?? undefined);
}

function applySetEnvIfExpr(context: DirectiveContext, [condition, ...rest]: readonly Argument[]): void {
  if (condition === undefined || condition.text === '') {
    context.error('Missing expression for SetEnvIfExpr', condition);
    return;
  }
  const parsed = readCondition(context, condition, `Could not parse expression "${condition.text}"`);
  if (parsed === undefined) return;
  add(context, 'SetEnvIfExpr', rest, (request) => {
    const finding = findingFor(request, parsed, 'SetEnvIfExpr', expressionScope(request), true);
    return finding?.holds === true ? (finding.captures ?? null) : undefined;
  });
}

function fold(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.toLowerCase() : text;
}

/**
 * The text that a pattern without operators stands for, backslashes taken away; undefined for a regular expression.
 * The values of such a condition's variables are taken as they stand, `$1` and all, as in Apache.
 */
function plainText(pattern: string): string | undefined {
  let text = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '\\') {
      const next = pattern.charAt(++at);
      if (!/[\^.$|()[\]*+?{}\\]/.test(next)) return undefined;
      text += next;
    } else if (/[\^.$|()[\]*+?{}]/.test(character)) {
      return undefined;
    } else {
      text += character;
    }
  }
  return text;
}

function compile(
  context: DirectiveContext,
  pattern: Argument,
  message: string,
  ignoreCase: boolean,
): RegExp | undefined {
  try {
    return compileRegex(ignoreCase ? `(?i)${pattern.text}` : pattern.text);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    context.error(`${message}: ${error.message.replace(/^Regex could not be compiled: /, '')}`, pattern);
    return undefined;
  }
}

function add(context: DirectiveContext, name: string, args: readonly Argument[], test: Rule['test']): void {
  if (args.length === 0 || args[0]?.text === '') {
    context.error(`Missing envariable expression for ${name}`, args[0]);
    return;
  }
  const isGlobal = context.section === 'server' || context.section === 'VirtualHost';
  const key = isGlobal ? 'server' : 'sections';
  const rules = context.settings.made(SETENVIF)[key] ?? [];
  const variables = args.map(({ text }) => variableOf(toByteString(text)));
  context.settings.set(SETENVIF, key, [...rules, { test, variables }]);
}

/** `name` and `name=` set 1, `!name` and a value that begins with `!` unset, as in Apache. */
function variableOf(text: string): Variable {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? '' : text.slice(at + 1);
  if (value !== '') return { name, value: value.startsWith('!') ? null : value };
  return name.startsWith('!') ? { name: name.slice(1), value: null } : { name, value: '1' };
}
