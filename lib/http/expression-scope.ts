import type { ExpressionScope } from '../config/expression/index.js';
import { isAccessible } from './access-question.js';
import { expressionVariable, headerOf } from './expression-variables.js';
import type { ResponseHead } from './module.js';
import type { HttpRequest } from './request.js';
import { extensionTexts } from './tls/extensions.js';
import { addVary, noteVary } from './vary.js';

/**
 * What expressions see of a request.
 * @param response the head of its response, when it is known
 */
export function expressionScope(request: HttpRequest, response?: ResponseHead): ExpressionScope {
  return {
    variable: (name) => expressionVariable(request, response, name),
    requestHeader: (name) => request.header(name.toLowerCase()),
    responseHeader: (name) => responseHeader(request, response, name.toLowerCase()),
    environment: (name) => request.env.get(name),
    note: (name) => request.notes.get(name),
    get remoteAddress() {
      return request.remoteAddress;
    },
    isAccessible: (kind, target) => isAccessible(request, kind, target),
    certificateExtensions: (id) => extensionTexts(request.tls?.clientCertificate, id),
    varyBy(header) {
      if (response) addVary(response.headers, [header]);
      else noteVary(request, header);
    },
  };
}

/** Before there is a head, what is known of it are the headers that modules have set for every response. */
function responseHeader(
  { errorHeaders, output }: HttpRequest,
  response: ResponseHead | undefined,
  name: string,
): string | undefined {
  if (response) return headerOf(response, name);
  const set = errorHeaders.find(([each]) => each.toLowerCase() === name)?.[1];
  if (set !== undefined) return set;
  const { sentHeaders = [] } = output;
  const at = sentHeaders.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
  return at < 0 ? undefined : sentHeaders[at + 1];
}
