import { messageOf } from '../errors.js';
import { displayText } from './byte-string.js';
import { CONTENT, type ErrorDocumentSetting } from './content-settings.js';
import { expressionScope } from './expression-scope.js';
import type { HttpRequest } from './request.js';
import { reasonPhrase } from './status.js';

const CONTENT_TYPE = 'text/html; charset=iso-8859-1';

/** What the built-in page says to the person in front of the browser. `{url}` and `{method}` are filled in. */
const EXPLANATIONS: Readonly<Record<number, string>> = {
  300: 'There is no {url} on this server, but there are names like it.',
  301: 'The document is found at another address from now on: <a href="{location}">here</a>.',
  302: 'The document is found at another address for the moment: <a href="{location}">here</a>.',
  303: 'The answer to the request is found at another address: <a href="{location}">here</a>.',
  307: 'The document is found at another address for the moment: <a href="{location}">here</a>.',
  308: 'The document is found at another address from now on: <a href="{location}">here</a>.',
  400: 'The server could not make sense of what your browser or program sent.',
  401: 'This address is for known users only, and the credentials sent are not those of one.',
  403: 'You are not permitted to have {url} from this server.',
  404: 'There is nothing at {url} on this server.',
  405: 'The method {method} cannot be used with {url}.',
  408: 'The server waited for your request, and it did not come in time.',
  410: 'What was at {url} is gone for good, and there is no other address for it.',
  411: 'A request with this method has to say how long its body is.',
  412: 'A condition that the request made does not hold for {url}.',
  413: 'The request is larger than this server accepts.',
  414: 'The address is longer than this server accepts.',
  416: 'The part that was asked for lies outside the document.',
  417: 'The server cannot do what the Expect header of the request asks for.',
  421: 'The connection was made for another host than the one that this request is for.',
  431: 'The headers of the request are larger than this server accepts.',
  500: 'Something went wrong inside the server. Its error log has the details; please tell {administrator} when it happened and what you did.',
  501: 'The server does not know how to do what the request asks for ({method}).',
  502: 'The program that should have answered came to an unexpected end.',
  503: 'The server has too much to do at the moment, or a part of it is stopped. Try again later.',
  504: 'The program that should have answered did not do so in time.',
  505: 'The server does not speak the version of HTTP that the request was sent with.',
};

/**
 * Sends the page for a status to a request, with the request's `errorHeaders`: what ErrorDocument says, or the server's
 * own page. When the head of the response was sent before, the response ends as it stands and only the log shows the
 * status. `reason` takes the place of the standard phrase.
 */
export function sendErrorDocument(request: HttpRequest, status: number, reason?: string): void {
  const { output } = request;
  if (output.headSent || request.parent?.output.headSent === true) {
    output.status = status;
    output.end();
    return;
  }
  if (request.errorStatus !== undefined) {
    sendOwnPage(request, request.errorStatus, { second: status });
    return;
  }
  const document = request.settings.get(CONTENT).errorDocuments.get(status);
  const text = document === undefined ? undefined : evaluate(request, document);
  if (document === undefined || text === undefined) sendOwnPage(request, status, { reason });
  else if (document.kind === 'text') sendPage(request, status, reason, Buffer.from(text, 'latin1'));
  else if (document.kind === 'url') sendElsewhere(request, text);
  else if (text.startsWith('/') && request.server !== undefined) {
    request.server.redirectError(request, status, text);
  } else {
    request.log('errorDocumentInvalid', { text: displayText(text) });
    sendOwnPage(request, status, { second: 500 });
  }
}

/** The page for a status where no other URL can be asked for one: ErrorDocument's text, or the server's own. */
export function pageFor(request: HttpRequest, status: number): Buffer {
  const document = request.settings.get(CONTENT).errorDocuments.get(status);
  const text = document?.kind === 'text' ? evaluate(request, document) : undefined;
  return text === undefined ? errorDocument(status, request) : Buffer.from(text, 'latin1');
}

function evaluate(request: HttpRequest, document: ErrorDocumentSetting): string | undefined {
  try {
    return document.text.text(expressionScope(request));
  } catch (error) {
    request.log('errorDocumentFailed', { reason: messageOf(error) });
    return undefined;
  }
}

/** The client is told to look elsewhere, and so sees another status than the error's. */
function sendElsewhere(request: HttpRequest, url: string): void {
  const { errorHeaders } = request;
  const kept = errorHeaders.filter(([name]) => name !== 'Location' && name !== 'Allow');
  errorHeaders.splice(0, errorHeaders.length, ...kept, ['Location', url]);
  sendOwnPage(request, 302, {});
}

interface PageOptions {
  readonly reason?: string | undefined;
  /** the status that the ErrorDocument for this one ended in */
  readonly second?: number;
}

function sendOwnPage(request: HttpRequest, status: number, { reason, second }: PageOptions): void {
  sendPage(request, status, reason, errorDocument(status, request, second));
}

function sendPage(request: HttpRequest, status: number, reason: string | undefined, body: Buffer): void {
  for (let each: HttpRequest | undefined = request; each; each = each.parent) each.isError = true;
  const headers = isRedirect(status)
    ? request.errorHeaders
    : request.errorHeaders.filter(([name]) => name !== 'Location');
  const type = request.env.has('suppress-error-charset') ? 'text/html' : CONTENT_TYPE;
  const isPage = status !== 204 && status !== 304;
  const page = isPage ? ([['Content-Type', type]] as const) : [];
  request.output.head(status, reason, [...headers, ...page], body.length);
  request.output.end(body);
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/**
 * The server's own page for a status, as bytes.
 * @param second the status that the ErrorDocument for this one ended in
 */
export function errorDocument(status: number, request: HttpRequest, second?: number): Buffer {
  const title = `${status} ${reasonPhrase(status)}`.trimEnd();
  const location = request.errorHeaders.find(([name]) => name === 'Location')?.[1] ?? '';
  let first: { readonly path: string; readonly method: string } = request;
  let { redirected } = request;
  if (second === undefined) redirected = undefined;
  for (; redirected !== undefined; redirected = redirected.redirected) first = redirected;
  const values: Readonly<Record<string, string>> = {
    url: escapeHtml(first.path === '' ? 'this address' : first.path),
    method: escapeHtml(first.method),
    location: escapeHtml(location),
    administrator: escapeHtml(request.settings.get(CONTENT).serverAdmin ?? 'its administrator'),
  };
  const explanation = (EXPLANATIONS[status] ?? 'The server answers with this status.').replace(
    /\{(\w+)\}/g,
    (whole, key: string) => values[key] ?? whole,
  );
  const note = NOTED[status];
  const notes = note === undefined ? undefined : request.notes.get(note);
  const parts = [
    `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${title}</title>\n</head><body>\n`,
    `<h1>${reasonPhrase(status) || title}</h1>\n<p>${explanation}</p>\n`,
    notes === undefined ? '' : `${notes}\n`,
    second === undefined
      ? ''
      : `<p>Additionally, the ErrorDocument for this error could not be used: ${second} ${reasonPhrase(second)}.</p>\n`,
    signature(request, '<hr>\n'),
    '</body></html>\n',
  ];
  return Buffer.from(parts.join(''), 'latin1');
}

/** The line that ServerSignature puts below pages, after `prefix`; "" when it is off. SERVER_SIGNATURE is the same. */
export function signature(request: HttpRequest, prefix = ''): string {
  const { settings, server, serverName, serverPort } = request;
  if (server === undefined) return '';
  const { serverSignature, serverAdmin = NO_ADMIN } = settings.get(CONTENT);
  if (serverSignature === 'off') return '';
  const name = escapeHtml(serverName);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(serverAdmin) ? '' : 'mailto:';
  const shown =
    serverSignature === 'email' ? `<a href="${scheme}${escapeHtml(serverAdmin)}">${name}</a>` : name;
  return `${prefix}<address>${server.software} Server at ${shown} Port ${serverPort}</address>\n`;
}

/** What stands for ServerAdmin where none is set, in Apache too. */
export const NO_ADMIN = '[no address given]';

/** The notes that modules leave for pages, as HTML, by the status of the page. */
const NOTED: Readonly<Record<number, string>> = {
  300: 'variant-list',
  400: 'error-notes',
  403: 'error-notes',
  406: 'variant-list',
  411: 'error-notes',
  414: 'error-notes',
  417: 'error-notes',
  501: 'error-notes',
  502: 'error-notes',
};

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text in HTML, also within attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);
}
