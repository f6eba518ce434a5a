import type { HttpRequest } from './request.js';
import { reasonPhrase } from './status.js';

const CONTENT_TYPE = 'text/html; charset=iso-8859-1';

/** What the built-in page says to the person in front of the browser. `{url}` and `{method}` are filled in. */
const EXPLANATIONS: Readonly<Record<number, string>> = {
  301: 'The document is found at another address from now on: <a href="{location}">here</a>.',
  302: 'The document is found at another address for the moment: <a href="{location}">here</a>.',
  400: 'The server could not make sense of what your browser or program sent.',
  401: 'This address is for known users only, and the credentials sent are not those of one.',
  403: 'You are not permitted to have {url} from this server.',
  404: 'There is nothing at {url} on this server.',
  405: 'The method {method} cannot be used with {url}.',
  408: 'The server waited for your request, and it did not come in time.',
  411: 'A request with this method has to say how long its body is.',
  412: 'A condition that the request made does not hold for {url}.',
  413: 'The request is larger than this server accepts.',
  414: 'The address is longer than this server accepts.',
  416: 'The part that was asked for lies outside the document.',
  417: 'The server cannot do what the Expect header of the request asks for.',
  431: 'The headers of the request are larger than this server accepts.',
  500: 'Something went wrong inside the server. Its error log has the details; its administrator should know.',
  501: 'The server does not know how to do what the request asks for ({method}).',
  502: 'The program that should have answered came to an unexpected end.',
  503: 'The server has too much to do at the moment, or a part of it is stopped. Try again later.',
  504: 'The program that should have answered did not do so in time.',
  505: 'The server does not speak the version of HTTP that the request was sent with.',
};

/**
 * Sends the server's own page for a status to a request, with the request's `errorHeaders`. When the head of the
 * response was sent before, the response ends as it stands and only the log shows the status. `reason` takes the
 * place of the standard phrase.
 */
export function sendErrorDocument(request: HttpRequest, status: number, reason?: string): void {
  const { output } = request;
  if (output.headSent || request.parent?.output.headSent === true) {
    output.status = status;
    output.end();
    return;
  }
  const body = errorDocument(status, request);
  output.head(status, reason, [...request.errorHeaders, ['Content-Type', CONTENT_TYPE]], body.length);
  output.end(body);
}

/** The page for a status, as bytes. */
export function errorDocument(
  status: number,
  request: Pick<HttpRequest, 'path' | 'method' | 'errorHeaders'>,
): Buffer {
  const title = `${status} ${reasonPhrase(status)}`.trimEnd();
  const location = request.errorHeaders.find(([name]) => name === 'Location')?.[1] ?? '';
  const values: Readonly<Record<string, string>> = {
    url: escapeHtml(request.path === '' ? 'this address' : request.path),
    method: escapeHtml(request.method),
    location: escapeHtml(location),
  };
  const explanation = (EXPLANATIONS[status] ?? 'The server answers with this status.').replace(
    /\{(\w+)\}/g,
    (whole, key: string) => values[key] ?? whole,
  );
  return Buffer.from(
    `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${title}</title>\n</head><body>\n` +
      `<h1>${reasonPhrase(status) || title}</h1>\n<p>${explanation}</p>\n</body></html>\n`,
    'latin1',
  );
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);
}
