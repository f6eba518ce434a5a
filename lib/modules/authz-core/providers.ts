import { METHOD_NAMES, MethodSet } from '../../config/methods.js';
import { displayText } from '../../http/byte-string.js';
import { PendingAnswer } from '../../http/access-question.js';
import { expressionScope } from '../../http/expression-scope.js';
import { toByteString } from '../../config/bytes.js';
import { messageOf } from '../../errors.js';
import { readCondition } from '../expressions.js';
import type { AuthzProvider, Check, RequireLine } from './provider.js';

/** The providers of mod_authz_core itself. */
export const coreProviders: readonly AuthzProvider[] = [
  { name: 'all', parse: parseAll },
  { name: 'env', parse: parseEnv },
  { name: 'method', parse: parseMethod },
  { name: 'expr', parse: parseExpr },
];

function parseAll({ text, context }: RequireLine): Check | undefined {
  const word = text.toLowerCase();
  if (word === 'granted') return () => 'granted';
  if (word === 'denied') return () => 'denied';
  context.error("Argument for 'Require all' must be 'granted' or 'denied'");
  return undefined;
}

function parseEnv({ words }: RequireLine): Check {
  const names = words.map(({ text }) => toByteString(text));
  return (request) => (names.some((name) => request.env.has(name)) ? 'granted' : 'denied');
}

function parseMethod({ words, context }: RequireLine): Check | undefined {
  const { known } = context.main.get(METHOD_NAMES);
  const wrong = words.find(({ text }) => !known.has(text));
  if (wrong) {
    context.error(`Invalid Method '${wrong.text}'`, wrong);
    return undefined;
  }
  const methods = new MethodSet(
    words.map(({ text }) => text),
    false,
  );
  return (request) => (methods.has(request.method) ? 'granted' : 'denied');
}

/** The rest of the line is the expression; quotes around all of it are left out. */
function parseExpr({ text, words, context }: RequireLine): Check | undefined {
  const quoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  const expression = quoted ? text.slice(1, -1) : text;
  const place = words[0]?.place ?? context.place;
  const condition = readCondition(
    context,
    { text: expression, place },
    'Cannot parse expression in require line',
  );
  if (!condition) return undefined;
  const wantsUser = /%\{remote_user\}/i.test(expression);
  return (request) => {
    try {
      if (condition.holds(expressionScope(request))) return 'granted';
    } catch (error) {
      if (error instanceof PendingAnswer) throw error;
      request.log('requireFailed', { what: 'expr', reason: displayText(messageOf(error)) });
      return 'error';
    }
    return wantsUser ? 'no-user' : 'denied';
  };
}
