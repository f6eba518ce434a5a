import { toByteString } from '../../config/bytes.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { compileRegex, RegexError } from '../../config/regex.js';
import { isToken } from '../../http/header-syntax.js';
import { readCondition, readText } from '../expressions.js';
import { HEADERS, type Action, type HeaderSettings, type Rule } from './settings.js';
import { expressionValue, parseFormat, type Value } from './value.js';

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

const ACTIONS: readonly Action[] = [
  'add',
  'set',
  'setifempty',
  'append',
  'merge',
  'unset',
  'echo',
  'note',
  'edit',
  'edit*',
];

/** Headers that the server makes itself, whatever anybody sets, with the reason. */
const SERVERS_OWN: Readonly<Record<string, string>> = {
  'content-length': 'the server counts the bytes itself',
  date: 'it is the time of the response',
  'keep-alive': 'the server says how long it keeps a connection',
  server: 'ServerTokens decides on it',
  'transfer-encoding': 'the server frames responses itself',
};

const FORMATS =
  'values may have %t, %D, %l, %i, %b, %{NAME}e and %{NAME}s in them, or be expr=expression; ' +
  'early, env=[!]variable or expr=condition at the end is the condition for it.';

export const DIRECTIVES: readonly Directive[] = [
  {
    name: 'Header',
    syntax:
      '[onsuccess|always] add|append|echo|edit|edit*|merge|note|set|setifempty|unset header [[value] replacement] [early|env=[!]variable|expr=condition]',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [0, Infinity],
    help: `An optional condition, an action, header and value for responses: ${FORMATS}`,
    apply: (context, ...args) => applyHeader(context, args),
  },
  {
    name: 'RequestHeader',
    syntax:
      'add|append|edit|edit*|merge|set|setifempty|unset header [[value] replacement] [early|env=[!]variable|expr=condition]',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [0, Infinity],
    help: `An action, header and value for what extensions see of requests: ${FORMATS}`,
    apply: (context, ...args) => applyRule(context, 'RequestHeader', 'request', args),
  },
];

type Table = 'request' | 'always' | 'onSuccess';

const EARLY: Readonly<Record<Table, keyof HeaderSettings>> = {
  request: 'earlyRequest',
  always: 'earlyAlways',
  onSuccess: 'earlyOnSuccess',
};

function applyHeader(context: DirectiveContext, args: readonly Argument[]): void {
  const word = args[0]?.text.toLowerCase();
  const isNamed = word === 'always' || word === 'onsuccess';
  applyRule(context, 'Header', word === 'always' ? 'always' : 'onSuccess', isNamed ? args.slice(1) : args);
}

/** Apache's `header_inout_cmd`: what the arguments behind the header are depends on the action. */
function applyRule(
  context: DirectiveContext,
  directive: string,
  table: Table,
  args: readonly Argument[],
): void {
  const [first, header, ...rest] = args;
  const action = ACTIONS.find((each) => each === first?.text.toLowerCase());
  if (action === undefined) {
    context.error(
      "first argument must be 'add', 'set', 'setifempty', 'append', 'merge', 'unset', 'echo', 'note', 'edit', or 'edit*'.",
      first,
    );
    return;
  }
  if (table === 'request' && (action === 'note' || action === 'echo')) {
    context.error(
      action === 'note'
        ? "RequestHeader does not support the 'note' action"
        : 'Header echo only valid on Header directives',
      first,
    );
    return;
  }
  if (rest.length > 3) {
    context.error(`${directive} has too many arguments`, rest[3]);
    return;
  }
  const isEdit = action === 'edit' || action === 'edit*';
  const takesValue = action !== 'unset' && action !== 'echo';
  const [value, replacement] = rest;
  const count = isEdit ? 2 : takesValue ? 1 : 0;
  if (header === undefined || (takesValue && value === undefined)) {
    context.error(takesValue ? 'Header requires three arguments' : `Header ${action} takes two arguments`);
    return;
  }
  if (isEdit && replacement === undefined) {
    context.error('Header edit requires a match and a substitution', value);
    return;
  }
  if (rest.length > count + 1) {
    const message = takesValue ? 'Too many arguments to directive' : `Header ${action} takes two arguments`;
    context.error(message, rest[count + 1]);
    return;
  }
  const parts = { action, header, value: isEdit ? replacement : value, pattern: isEdit ? value : header };
  const rule = makeRule(context, table, parts, rest[count]);
  if (rule === undefined) return;
  const isEarly = rest[count]?.text.toLowerCase() === 'early';
  if (isEarly && context.section !== 'server' && context.section !== 'VirtualHost') {
    context.warning('early has an effect at the level of the server or a virtual host only', rest[count]);
    return;
  }
  const key = isEarly ? EARLY[table] : table;
  context.settings.set(HEADERS, key, [...(context.settings.made(HEADERS)[key] ?? []), rule]);
}

interface Parts {
  readonly action: Action;
  readonly header: Argument;
  /** the value, or the replacement of edit */
  readonly value: Argument | undefined;
  /** the regular expression of echo or edit */
  readonly pattern: Argument | undefined;
}

function makeRule(
  context: DirectiveContext,
  table: Table,
  { action, header, value, pattern }: Parts,
  clause: Argument | undefined,
): Rule | undefined {
  const hasRegex = action === 'echo' || action === 'edit' || action === 'edit*';
  const regex = hasRegex && pattern !== undefined ? compile(context, action, pattern) : undefined;
  if (hasRegex && regex === undefined) return undefined;
  const when = clause === undefined ? {} : readClause(context, clause);
  if (when === undefined) return undefined;
  const name = toByteString(header.text.replace(/:.*$/s, ''));
  if (action !== 'echo' && !isToken(name)) {
    context.error(`Header name '${header.text}' contains invalid characters`, header);
    return undefined;
  }
  if (table !== 'request' && action !== 'echo' && action !== 'note') {
    const reason = SERVERS_OWN[name.toLowerCase()];
    if (reason !== undefined) {
      context.warning(`Header has no effect on ${header.text}: ${reason}`, header);
      return undefined;
    }
  }
  const takesValue = action !== 'unset' && action !== 'echo';
  const made = takesValue && value !== undefined ? readValue(context, value) : undefined;
  if (takesValue && made === undefined) return undefined;
  return { action, name, regex, value: made, variable: when.variable, condition: when.condition };
}

function compile(context: DirectiveContext, action: Action, pattern: Argument): RegExp | undefined {
  try {
    return compileRegex(pattern.text);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    const reason = error.message.replace(/^Regex could not be compiled: /, '');
    context.error(`Header ${action.replace('*', '')} regex could not be compiled: ${reason}`, pattern);
    return undefined;
  }
}

function readClause(
  context: DirectiveContext,
  clause: Argument,
): Partial<Pick<Rule, 'variable' | 'condition'>> | undefined {
  const { text } = clause;
  if (/^early$/i.test(text)) return {};
  if (/^env=/i.test(text)) {
    const isSet = text.charAt(4) !== '!';
    const name = text.slice(isSet ? 4 : 5);
    if (name !== '') return { variable: { name: toByteString(name), isSet } };
    context.error('missing environment variable name. envclause should be in the form env=envar', clause);
    return undefined;
  }
  if (/^expr=/i.test(text)) {
    const condition = readCondition(context, clause, "Can't parse envclause/expression", 5);
    return condition === undefined ? undefined : { condition };
  }
  context.error(`Unknown parameter: ${text}`, clause);
  return undefined;
}

function readValue(context: DirectiveContext, argument: Argument): Value | undefined {
  if (argument.text.startsWith('expr=')) {
    const expression = readText(context, argument, "Can't parse value expression ", 5);
    return expression && expressionValue(expression);
  }
  const value = parseFormat(toByteString(argument.text));
  if (typeof value === 'function') return value;
  context.error(value.problem, argument);
  return undefined;
}
