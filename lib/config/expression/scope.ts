/**
 * What an expression asks of the request that it is evaluated for. All names and values are byte strings. A value that
 * is not there is undefined where an expression can tell, and "" otherwise.
 */
export interface ExpressionScope {
  /** one of the documented variables, or one of mod_ssl's; the name in upper case. "" for any other name */
  variable(name: string): string;
  /** a header of the request, its name in any letter case */
  requestHeader(name: string): string | undefined;
  /** a header of the response as far as it is made */
  responseHeader(name: string): string | undefined;
  /** a variable that SetEnv, SetEnvIf and others have made for the request */
  environment(name: string): string | undefined;
  /** a note of the request */
  note(name: string): string | undefined;
  /** the client's address, for -R */
  readonly remoteAddress: string;
  /** Whether a URL (-U) or a file (-F) could be had by this client. */
  isAccessible(kind: 'url' | 'file', target: string): boolean;
  /** the values of an extension of the client's certificate, for PeerExtList */
  certificateExtensions(id: string): readonly string[];
  /** A condition has looked at a header of the request, so that the response depends on it. */
  varyBy(header: string): void;
}

/** An expression that cannot be read, or that failed when it was evaluated. */
export class ExpressionError extends Error {
  /** where in the text of the expression: characters before it */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** One evaluation of an expression. */
export interface Evaluation {
  readonly scope: ExpressionScope;
  /** whether the response is to say that it depends on the headers that were looked at */
  readonly varies: boolean;
  /** what the last regular expression with groups that matched has captured, for $0 to $9 */
  captures: ArrayLike<string | undefined> | undefined;
}

/** A part of an expression that stands for a text. */
export interface Word {
  readonly text: (evaluation: Evaluation) => string;
  /** what it is in every evaluation, for a text without variables; "" is one */
  readonly constant?: string;
}

/** A part of an expression that is true or false. */
export type Test = (evaluation: Evaluation) => boolean;
