import type { Argument } from '../../config/directive.js';
import { isSecretField } from '../../isapi/secrets/names.js';
import { MASK, maskPairs } from '../../isapi/secrets/texts.js';

/** What stands behind the name of a directive, as words, with what is secret in it masked. */
type Mask = (words: readonly string[]) => readonly string[];

/** Directives that have secrets at known places, one row each. */
const MASKS: Readonly<Record<string, Mask>> = {
  // exec:program arguments, or |program arguments
  sslpassphrasedialog: ([first = '']) => [first.replace(/^(exec:|\|).*$/s, `$1${MASK}`)],
  setenv: ([name = '', ...values]) => [name, ...(isSecret(name) ? values.map(() => MASK) : values)],
  setenvif: maskAttribute,
  setenvifnocase: maskAttribute,
  authbasicfake: ([user = '', ...password]) => [user, ...password.map(() => MASK)],
  header: maskHeader,
  requestheader: maskHeader,
};

/** Parts of names that make a variable of the configuration a secret, such as DB_PASS and SIGNING_KEY. */
const SECRET_WORD = /(?:^|[_.-])(?:pass|pw|key|auth|salt|pin)(?:$|[_.-])/i;

function isSecret(name: string): boolean {
  return isSecretField(name) || SECRET_WORD.test(name);
}

/** Headers whose values are secrets though their names do not say so. */
const SECRET_HEADER = /^(?:proxy-)?authorization$|^(?:set-)?cookie2?$/i;

/** SetEnvIf: a header that is secret is compared with a secret. */
function maskAttribute([attribute = '', pattern = '', ...assignments]: readonly string[]): readonly string[] {
  const hasSecret = isSecret(attribute) || SECRET_HEADER.test(attribute);
  return [attribute, hasSecret ? MASK : pattern, ...assignments];
}

/** Header and RequestHeader: [condition] action name value. */
function maskHeader(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => isSecret(word) || SECRET_HEADER.test(word));
  if (at < 0) return words;
  return words.map((word, index) => (index <= at || /^(?:early|env=.*|expr=.*)$/s.test(word) ? word : MASK));
}

/** NAME=value, as SetEnvIf, BrowserMatch and options of programs have it. */
const ASSIGNMENT = /^(-{0,2}[\w.-]+)=(.*)$/s;

/** A variable or function of an expression with the name of a secret. */
const EXPRESSION_VARIABLE = /%\{([^}]*)\}|\b(?:req|http|env|reqenv)\('([^']*)'\)/g;

/** The arguments of a directive or section as they stand in the configuration, with what is secret in them masked. */
export function maskedArguments(name: string, args: readonly Argument[]): string {
  const words = args.map(({ text }) => text);
  const mask = MASKS[name.toLowerCase()];
  return (mask?.(words) ?? words).map(maskWord).map(quoted).join(' ');
}

function maskWord(word: string): string {
  const [, name = '', value = ''] = ASSIGNMENT.exec(word) ?? [];
  if (name !== '' && value !== '' && isSecret(name)) return `${name}=${MASK}`;
  return maskPairs(maskExpression(word));
}

/** An expression that compares a secret with texts: the texts are secret. */
function maskExpression(text: string): string {
  const names = [...text.matchAll(EXPRESSION_VARIABLE)].map(
    ([, variable, argument]) => variable ?? argument ?? '',
  );
  const hasSecret = names.some((name) => {
    const plain = name.replace(/^\w+:/, '');
    return isSecret(plain) || SECRET_HEADER.test(plain.replace(/^HTTP_/, '').replaceAll('_', '-'));
  });
  if (!hasSecret) return text;
  return text.replace(
    /(==|!=|=|-eq|-strmatch|-strcmatch|=~|!~|<|>)(\s*)('[^']*'|"[^"]*"|\/[^/]*\/\w*|m#[^#]*#\w*)/g,
    `$1$2'${MASK}'`,
  );
}

function quoted(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  return `"${word.replace(/(["\\])/g, '\\$1')}"`;
}
