import { toByteString } from '../../config/bytes.js';
import { splitWords } from '../../config/words.js';
import { messageOf } from '../../errors.js';
import { expressionScope } from '../../http/expression-scope.js';
import type { HttpRequest } from '../../http/request.js';
import { readText } from '../expressions.js';
import type { RequireLine } from './provider.js';

/** The names on a Require line as they are for a request: byte strings; undefined when that could not be found out. */
export type Names = (request: HttpRequest) => readonly string[] | undefined;

/**
 * The names that a line lists, such as those of users, hosts or groups. `%{...}` in it is filled in for each request,
 * before the words are parted. A problem with it is reported.
 * @param what the provider, for messages
 */
export function parseNames(what: string, { text, words, context }: RequireLine): Names | undefined {
  if (!text.includes('%') && !text.includes('\\')) {
    const names = words.map((word) => toByteString(word.text));
    return () => names;
  }
  const place = words[0]?.place ?? context.place;
  const expression = readText(context, { text, place }, 'Cannot parse expression in require line');
  return (
    expression &&
    ((request) => {
      try {
        return splitWords(expression.text(expressionScope(request))).map((word) => word.text);
      } catch (error) {
        request.log('requireFailed', { what, reason: messageOf(error) });
        return undefined;
      }
    })
  );
}
