import { HostError } from '../../errors.js';
import { displayText } from '../../http/byte-string.js';
import { hasControlCharacter } from '../../http/header-syntax.js';
import type { Module, Outcome, ResponseHead } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { DIRECTIVES } from './directives.js';
import { ALWAYS, HeaderTable, ON_SUCCESS, type Field, type Membership } from './header-table.js';
import { applyRules } from './rules.js';
import { HEADERS, type Rule } from './settings.js';

/** Fields, and the tables that they are in. */
interface Fields {
  readonly fields: Field[];
  readonly membership: Membership;
}

/** What `early` directives have made of the response's headers, before there was a response. */
const early = new WeakMap<HttpRequest, Fields>();

/**
 * mod_headers: headers of requests as extensions see them, and of responses, in two tables as in Apache. What Apache's
 * core says of a response is in the table of successes; what an extension says is in both, so that `Header always`
 * reaches it, as in Apache, and so does a plain `Header`.
 */
export const headersModule: Module = {
  name: 'headers',
  directives: DIRECTIVES,
  earlyHooks: { received },
  hooks: { fixups, responds, respond },
};

function received(request: HttpRequest): Outcome {
  const { earlyRequest, earlyAlways, earlyOnSuccess } = request.host.settings.get(HEADERS);
  if (earlyRequest.length > 0 && !changeRequest(request, earlyRequest)) return 500;
  if (earlyAlways.length === 0 && earlyOnSuccess.length === 0) return 'declined';
  const made: Fields = { fields: [], membership: new Map() };
  const success = tableOf(made, ON_SUCCESS);
  const options = { echoes: success, admit: (name: string, value: string) => isClean(request, name, value) };
  const isDone =
    applyRules(earlyAlways, request, tableOf(made, ALWAYS), options) &&
    applyRules(earlyOnSuccess, request, success, options);
  if (!isDone) return 500;
  early.set(request, made);
  return 'declined';
}

function tableOf({ fields, membership }: Fields, table: number): HeaderTable {
  return new HeaderTable(fields, membership, table);
}

function fixups(request: HttpRequest): Outcome {
  const rules = request.settings.get(HEADERS).request;
  if (rules.length > 0) changeRequest(request, rules);
  return 'declined';
}

function changeRequest(request: HttpRequest, rules: readonly Rule[]): boolean {
  const { rawHeaders } = request;
  const fields: Field[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    fields.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
  }
  const table = tableOf({ fields, membership: new Map() }, ON_SUCCESS);
  const isDone = applyRules(rules, request, table, { admit: () => true });
  // Extensions get the headers as lines too, and no value may begin another.
  request.rawHeaders = fields.flatMap(([name, value]) => [name, value.replace(/[\r\n\0]/g, ' ')]);
  return isDone;
}

/** Headers that Apache's core and its scripts' interface keep in the table of successes. */
const CORE_HEADERS: ReadonlySet<string> = new Set([
  'accept-ranges',
  'allow',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'etag',
  'last-modified',
  'location',
]);

function responds(request: HttpRequest): boolean {
  // OPTIONS * is answered before any module of httpd could add something.
  if (request.path === '*') return false;
  const { always, onSuccess, earlyAlways, earlyOnSuccess } = request.settings.get(HEADERS);
  return always.length > 0 || onSuccess.length > 0 || earlyAlways.length > 0 || earlyOnSuccess.length > 0;
}

function respond(request: HttpRequest, head: ResponseHead): void {
  const { always, onSuccess } = request.settings.get(HEADERS);
  const before = early.get(request);
  // The list itself is worked on, so that expressions see what directives before theirs have done.
  const all: Fields = { fields: head.headers, membership: new Map() };
  for (const field of head.headers) all.membership.set(field, tablesOf(field[0], head));
  if (before !== undefined) addEarly(all, before, head);
  const success = tableOf(all, ON_SUCCESS);
  const options = {
    head,
    echoes: success,
    admit: (name: string, value: string) => admit(request, head, name, value),
  };
  applyRules(always, request, tableOf(all, ALWAYS), options);
  if (!head.isError) applyRules(onSuccess, request, success, options);
  // Apache writes the table of always first.
  const isFirst = (field: Field): boolean => all.membership.get(field) === ALWAYS;
  const ordered = [...all.fields.filter(isFirst), ...all.fields.filter((field) => !isFirst(field))];
  head.headers.splice(0, Infinity, ...ordered);
}

function tablesOf(name: string, head: ResponseHead): number {
  const lower = name.toLowerCase();
  if (lower === 'content-type') return ALWAYS | ON_SUCCESS;
  return head.isError || CORE_HEADERS.has(lower) ? ON_SUCCESS : ALWAYS | ON_SUCCESS;
}

/** Adds the early headers: a handler's own take their place, and errors have those of `always`. */
function addEarly({ fields, membership }: Fields, before: Fields, head: ResponseHead): void {
  const given = new Set(fields.map(([name]) => name.toLowerCase()));
  for (const field of before.fields) {
    const tables = before.membership.get(field) ?? ON_SUCCESS;
    if (given.has(field[0].toLowerCase()) || (head.isError && tables !== ALWAYS)) continue;
    const copy: Field = [...field];
    fields.push(copy);
    membership.set(copy, tables);
  }
}

/** A response with a value that cannot be sent is an error; an error goes without the header. */
function admit(request: HttpRequest, head: ResponseHead, name: string, value: string): boolean {
  if (!hasControlCharacter(value)) return true;
  if (!head.isError) {
    throw new HostError(
      'RESPONSE_INVALID',
      `Response header '${name}' value of '${displayText(value)}' contains invalid characters`,
    );
  }
  return isClean(request, name, value);
}

function isClean(request: HttpRequest, name: string, value: string): boolean {
  if (!hasControlCharacter(value)) return true;
  request.log('headerValueInvalid', { name, value: displayText(value) });
  return false;
}
