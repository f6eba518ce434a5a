import { MAX_SUBSTITUTION, substitute } from '../../config/substitution.js';
import { displayText } from '../../http/byte-string.js';
import { expressionScope } from '../../http/expression-scope.js';
import type { ResponseHead } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { findingFor } from '../expressions.js';
import type { HeaderTable } from './header-table.js';
import type { Rule } from './settings.js';
import type { ValueSource } from './value.js';

/**
 * Applies directives to a table in their order.
 * @param echoes where echo puts the headers of the request
 * @param admit whether a value may be put into the table
 * @returns false when a replacement became too long: the rest has no effect
 */
export function applyRules(
  rules: readonly Rule[],
  request: HttpRequest,
  table: HeaderTable,
  options: {
    readonly head?: ResponseHead;
    readonly echoes?: HeaderTable;
    readonly admit: (name: string, value: string) => boolean;
  },
): boolean {
  const { head, echoes, admit } = options;
  const source: ValueSource = { request, scope: () => expressionScope(request, head) };
  for (const rule of rules) {
    if (!holds(rule, source)) continue;
    if (rule.action === 'echo') {
      if (echoes !== undefined) echo(rule, request, echoes);
    } else if (rule.action === 'edit' || rule.action === 'edit*') {
      if (!table.edit(rule.name, (value) => edit(rule, value, source, admit))) return false;
    } else if (rule.action === 'unset') {
      table.unset(rule.name);
    } else {
      put(rule, table, source, admit);
    }
  }
  return true;
}

function holds({ variable, condition }: Rule, { request, scope }: ValueSource): boolean {
  // One that cannot be evaluated does not keep the directive from its work, as in Apache.
  if (condition !== undefined) return findingFor(request, condition, 'Header', scope())?.holds !== false;
  return variable === undefined || request.env.has(variable.name) === variable.isSet;
}

function put(
  rule: Rule,
  table: HeaderTable,
  source: ValueSource,
  admit: (name: string, value: string) => boolean,
): void {
  const { action, name } = rule;
  const value = rule.value?.(source) ?? '';
  if (action === 'note') {
    const current = table.get(name);
    if (current === undefined) source.request.notes.delete(value);
    else source.request.notes.set(value, current);
    return;
  }
  const isThere = table.get(name) !== undefined;
  if (action === 'setifempty' && isThere) return;
  // There is one Content-Type: what would be put beside it is not sent, as in Apache.
  if (isThere && name.toLowerCase() === 'content-type' && action !== 'set') return;
  if (!admit(name, value)) return;
  if (action === 'add') table.add(name, value);
  else if (action === 'append') table.append(name, value);
  else if (action === 'merge') table.merge(name, value);
  else table.set(name, value);
}

function echo({ regex }: Rule, { rawHeaders }: HttpRequest, table: HeaderTable): void {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    // A length is that of the request's body, and Connection is about the request too.
    if (/^(?:content-length|connection)$/i.test(name) || regex?.test(name) !== true) continue;
    table.add(name, rawHeaders[index + 1] ?? '');
  }
}

/** A value with its first match replaced, or with `edit*` every match, each looked for in what is left. */
function edit(
  { action, name, regex, value }: Rule,
  text: string,
  source: ValueSource,
  admit: (name: string, value: string) => boolean,
): string | undefined {
  let done = '';
  let rest = text;
  for (let match = regex?.exec(rest); match; match = action === 'edit' ? null : regex?.exec(rest)) {
    const template = value?.(source) ?? '';
    const replacement = substitute(template, match);
    if (replacement === undefined || done.length > MAX_SUBSTITUTION) {
      source.request.log('substitutionTooLong', { template: displayText(template) });
      return undefined;
    }
    const end = match.index + match[0].length;
    done += rest.slice(0, match.index) + replacement;
    rest = rest.slice(end);
    if (match[0] !== '' || action === 'edit') continue;
    // Nothing was matched: it goes on behind the next character.
    if (rest === '') break;
    done += rest.charAt(0);
    rest = rest.slice(1);
  }
  const result = done + rest;
  return admit(name, result) ? result : text;
}
