import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { ExpressionScope, TextExpression } from '../../config/expression/index.js';
import { preciseNow } from '../../http/clock.js';
import type { HttpRequest } from '../../http/request.js';
import { textFor } from '../expressions.js';

/** What a value is made from. */
export interface ValueSource {
  readonly request: HttpRequest;
  /** made when an expression asks for it */
  readonly scope: () => ExpressionScope;
}

/** The value of a header for a request; byte string. */
export type Value = (source: ValueSource) => string;

/** What Apache writes for a variable that is not there. */
const NULL = '(null)';

type Item = (argument: string) => Value;

/** The items of a format by their letter. */
const ITEMS: Readonly<Record<string, Item>> = {
  D:
    () =>
    ({ request }) =>
      `D=${Math.round((preciseNow() - request.received) * 1000)}`,
  t:
    () =>
    ({ request }) =>
      `t=${Math.round(request.received * 1000)}`,
  e:
    (name) =>
    ({ request }) =>
      withoutLines(request.env.get(name) ?? NULL),
  s:
    (name) =>
    ({ scope }) =>
      withoutLines(scope().variable(name) || NULL),
  l: () => () =>
    `l=${loadavg()
      .map((load) => load.toFixed(2))
      .join('/')}`,
  i: () => () => `i=${100 - busyShare()}`,
  b: () => () => `b=${busyShare()}`,
};

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', r: '\r', n: '\n', t: '\t' };

/**
 * The value that a format stands for: text with `\\`, `\r`, `\n` and `\t`, and items such as `%{NAME}e`. The text
 * that is returned says what is wrong with it.
 * @param format byte string
 */
export function parseFormat(format: string): Value | { readonly problem: string } {
  const parts: (string | Value)[] = [];
  for (const [whole, text, argument, letter = ''] of format.matchAll(
    /((?:[^%\\]|\\[^%]|\\(?=%|$))+|%%|%$)|%(?:\{([^}]*)(?:\}|$))?([^]?)/g,
  )) {
    if (text !== undefined) {
      parts.push(whole.startsWith('%') ? '%' : unescape(text));
      continue;
    }
    const item = Object.hasOwn(ITEMS, letter) ? ITEMS[letter] : undefined;
    if (item === undefined) return { problem: `Unrecognized header format %${letter}` };
    parts.push(item(argument ?? ''));
  }
  if (parts.every((part) => typeof part === 'string')) {
    const constant = parts.join('');
    return () => constant;
  }
  return (source) => parts.map((part) => (typeof part === 'string' ? part : part(source))).join('');
}

function unescape(text: string): string {
  return text.replace(/\\([\\rnt])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** The value that an expression gives; nothing when it cannot be evaluated, as in Apache. */
export function expressionValue(expression: TextExpression): Value {
  return ({ request, scope }) => textFor(request, expression, 'Header', scope()) ?? '';
}

/** A value that came from a client may not begin another line. */
function withoutLines(value: string): string {
  return value.replace(/[\r\n]/g, ' ');
}

/** So long one measurement of the server's load is good for, in milliseconds. */
const MEASURED_FOR = 1000;

let measured = performance.eventLoopUtilization();
let measuredAt = 0;
let busy = 0;

/**
 * How much of the last second or more the server's thread was at work, in percent. httpd counts its processes and
 * threads here; this server has one thread that takes all requests.
 */
function busyShare(): number {
  const now = preciseNow();
  if (now - measuredAt >= MEASURED_FOR) {
    const next = performance.eventLoopUtilization();
    busy = Math.round(100 * performance.eventLoopUtilization(next, measured).utilization);
    measured = next;
    measuredAt = now;
  }
  return busy;
}
