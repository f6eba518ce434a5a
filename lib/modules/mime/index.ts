import mimeTypes from 'mime';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { MIME_DIRECTIVES } from './directives.js';
import { MIME, type Extensions, type MimeSettings } from './settings.js';

/** mod_mime: types, handlers, charsets, encodings and languages by the extensions of a file's name. */
export const mimeModule: Module = { name: 'mime', directives: MIME_DIRECTIVES, hooks: { fixups } };

/** Every extension of a name counts, the last one most: `app.dll.bak` has the handler of `.dll`, as in Apache. */
function fixups(request: HttpRequest): Outcome {
  if (request.fileKind === 'folder') return 'declined';
  const mime = request.settings.get(MIME);
  const name = mime.usePathInfo ? request.filename + request.pathInfo : request.filename;
  let charset: string | undefined;
  let dot = name.indexOf('.', startOfName(name));
  while (dot >= 0) {
    const next = name.indexOf('.', dot + 1);
    const extension = name.slice(dot + 1, next < 0 ? undefined : next).toLowerCase();
    dot = next;
    if (extension === '') continue;
    const type = typeOf(mime, extension);
    if (type !== undefined) request.contentType = type;
    request.handler = valueOf(mime.handlers, extension) ?? request.handler;
    charset = valueOf(mime.charsets, extension) ?? charset;
    addEncoding(request, valueOf(mime.encodings, extension));
    const language = valueOf(mime.languages, extension);
    if (language !== undefined) request.contentLanguages = [...request.contentLanguages, language];
  }
  if (charset !== undefined && request.contentType !== undefined) {
    request.contentType = withCharset(request.contentType, charset);
  }
  if (request.contentLanguages.length === 0 && mime.defaultLanguage !== undefined) {
    request.contentLanguages = [mime.defaultLanguage];
  }
  return 'declined';
}

/** Where the name of a file begins, the dots before it left out: `.htaccess` has no extension. */
function startOfName(filename: string): number {
  let start = filename.lastIndexOf('/') + 1;
  while (filename.charCodeAt(start) === 0x2e) start++;
  return start;
}

function valueOf(extensions: Extensions, extension: string): string | undefined {
  return extensions.get(extension) ?? undefined;
}

/** An encoding upon another one, the first one innermost. */
function addEncoding(request: HttpRequest, encoding: string | undefined): void {
  if (encoding === undefined) return;
  const before = request.contentEncoding;
  request.contentEncoding = before === undefined ? encoding : `${before}, ${encoding}`;
}

/** A type with the charset of an extension in the place of its own. */
function withCharset(type: string, charset: string): string {
  const parameter = /;\s*charset\s*=\s*(?:"[^"]*"|[^;]*)/i;
  const added = `; charset=${charset}`;
  return parameter.test(type) ? type.replace(parameter, added) : type + added;
}

/** RemoveType counts for TypesConfig too. */
function typeOf({ types, typesFile }: Readonly<MimeSettings>, extension: string): string | undefined {
  const added = types.get(extension);
  if (added !== undefined) return added ?? undefined;
  return typesFile === undefined ? builtInType(extension) : typesFile.get(extension);
}

const builtIn = new Map<string, string | undefined>();

/** The library's table, asked once for each extension. */
function builtInType(extension: string): string | undefined {
  if (builtIn.has(extension)) return builtIn.get(extension);
  const type = mimeTypes.getType(`x.${extension}`) ?? undefined;
  // Names come from clients: what is not in the table is not remembered.
  if (type !== undefined) builtIn.set(extension, type);
  return type;
}
