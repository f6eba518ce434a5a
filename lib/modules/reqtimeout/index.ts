import type { Argument, DirectiveContext } from '../../config/directive.js';
import type { Module } from '../../http/module.js';
import { REQUEST_TIMES, type RequestTimes, type StageTime } from '../../http/request-times.js';

const STAGES: readonly (keyof RequestTimes)[] = ['handshake', 'header', 'body'];

/** mod_reqtimeout: how long clients may take for their requests; it is kept where connections are read. */
export const reqtimeoutModule: Module = {
  name: 'reqtimeout',
  directives: [
    {
      name: 'RequestReadTimeout',
      syntax: '[handshake=time[-most][,MinRate=rate]] [header=...] [body=...]',
      default: 'handshake=0 header=20-40,MinRate=500 body=20,MinRate=500',
      contexts: ['server', 'virtual host'],
      args: [1, Infinity],
      help: 'How many seconds the handshake, the headers and the body of a request may take, and how many bytes extend that by one.',
      apply: (context, ...words) => words.forEach((word) => applyStage(context, word)),
    },
  ],
};

function applyStage(context: DirectiveContext, word: Argument): void {
  const equals = word.text.indexOf('=');
  if (equals < 0) {
    const message = "Invalid RequestReadTimeout parameter. Parameter must be in the form 'key=value'";
    context.error(message, word);
    return;
  }
  const name = word.text.slice(0, equals);
  const value = word.text.slice(equals + 1);
  const stage = STAGES.find((one) => one === name.toLowerCase());
  const time = parseTime(value);
  if (stage !== undefined && typeof time !== 'string') {
    context.server.set(REQUEST_TIMES, stage, time);
    return;
  }
  const reason =
    stage === undefined || typeof time !== 'string' ? 'Unknown RequestReadTimeout parameter' : time;
  context.error(`RequestReadTimeout: ${name}=${value}: ${reason}`, word);
}

/** `20`, `20,MinRate=500`, `20-40,MinRate=500`; what is wrong with it otherwise, in Apache's words. */
function parseTime(text: string): StageTime | string {
  const found = /,minrate=/i.exec(text);
  if (found === null) {
    if (text.includes('-')) return 'Must set MinRate option if using timeout range';
    const initial = parseNumber(text);
    return typeof initial === 'string' ? initial : { initial, most: 0, rate: 0 };
  }
  const rate = parseNumber(text.slice(found.index + found[0].length));
  if (typeof rate === 'string') return rate;
  if (rate === 0) return 'Minimum data rate must be larger than 0';
  const [first = '', second] = splitOnce(text.slice(0, found.index), '-');
  const most = second === undefined ? 0 : parseNumber(second);
  if (typeof most === 'string') return most;
  const initial = parseNumber(first);
  if (typeof initial === 'string') return initial;
  if (most > 0 && initial >= most) return 'Maximum timeout must be larger than initial timeout';
  return { initial, most, rate };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function parseNumber(text: string): number | string {
  const [, digits, rest = ''] = /^([+-]?\d+)?(.*)$/s.exec(text) ?? [];
  if (digits === undefined) return `Value '${text}' not numerical`;
  if (rest !== '') return `Cannot parse '${rest}'`;
  if (Number(digits) < 0) return 'Value must be non-negative';
  return Number(digits) <= 2 ** 31 - 1 ? Number(digits) : `Cannot parse '${text}'`;
}
