import { ExpressionError } from '../config/expression/index.js';
import { escapePath } from './byte-string.js';
import type { HttpRequest } from './request.js';

/** Questions of one request whose answers are kept. */
const MAX_ANSWERS = 100;

/**
 * An expression asks whether a URL or a file could be had, and the answer takes time. Who evaluates the expression may
 * wait for `answer` and evaluate it again; anybody else has an expression that failed.
 */
export class PendingAnswer extends ExpressionError {
  readonly answer: Promise<unknown>;

  constructor(answer: Promise<unknown>) {
    super('-U, -A and -F cannot wait for an answer here; use them in <If> or Require', 0);
    this.answer = answer;
  }
}

const answers = new WeakMap<HttpRequest, Map<string, boolean>>();

/**
 * Whether a URL or a file could be had by the client of a request: -U and -F of expressions.
 * @throws PendingAnswer when it cannot be said at once
 */
export function isAccessible(request: HttpRequest, kind: 'url' | 'file', target: string): boolean {
  const { parent, server } = request;
  // A page that asks for itself would never come to an end.
  if (server === undefined || (kind === 'url' && parent?.path === request.path)) return false;
  const key = `${kind} ${target}`;
  const known = answers.get(request) ?? new Map<string, boolean>();
  const answer = known.get(key);
  if (answer !== undefined) return answer;
  if (known.size >= MAX_ANSWERS) throw new ExpressionError('more than 100 questions with -U, -A and -F', 0);
  const limit = kind === 'url' ? 400 : 300;
  const found =
    kind === 'url' ? server.find(request, urlFrom(request, target)) : server.findFile(request, target);
  const judge = ({
    request: looked,
    status,
  }: {
    readonly request: HttpRequest;
    readonly status: number;
  }): boolean => {
    const isThere = kind === 'url' || looked.fileKind !== 'missing';
    known.set(key, status < limit && isThere);
    return status < limit && isThere;
  };
  if (!(found instanceof Promise)) return judge(found);
  answers.set(request, known);
  throw new PendingAnswer(found.then(judge));
}

/** An URL path that may be relative to the folder of the request's own. */
function urlFrom({ path }: HttpRequest, target: string): string {
  return target.startsWith('/') ? target : escapePath(path.slice(0, path.lastIndexOf('/') + 1)) + target;
}

/** Runs what may ask such questions, and again once an answer is there, until it needs no more. */
export function withAnswers<T>(run: () => T): T | Promise<T> {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PendingAnswer)) throw error;
    return error.answer.then(() => withAnswers(run));
  }
}
