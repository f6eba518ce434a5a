import { send } from '@fastify/send';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { readTypes, type Types } from './types-file.js';

/** What an extension means, by its name in lower case without the dot; null undoes an outer section's. */
type Extensions = ReadonlyMap<string, string | null>;

interface MimeSettings {
  readonly handlers: Extensions;
  readonly types: Extensions;
  /** the file of TypesConfig, or undefined for the built-in table */
  readonly typesFile: Types | undefined;
}

const NONE: Extensions = new Map();

const MIME = new Slot<MimeSettings>(
  'mime',
  { handlers: NONE, types: NONE, typesFile: undefined },
  {
    handlers: (outer, inner) => new Map([...outer, ...inner]),
    types: (outer, inner) => new Map([...outer, ...inner]),
  },
);

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'AddHandler',
    syntax: 'handler extension ...',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [2, Infinity],
    help: 'A handler, and the extensions of the files that it answers for.',
    apply: (context, handler, ...extensions) => add(context, 'handlers', handler, extensions),
  },
  {
    name: 'RemoveHandler',
    syntax: 'extension ...',
    contexts: ['virtual host', 'directory', '.htaccess'],
    override: 'FileInfo',
    args: [1, Infinity],
    help: 'Extensions that AddHandler gave a handler further out and that have none here.',
    apply: (context, ...extensions) => set(context, 'handlers', null, extensions),
  },
  {
    name: 'AddType',
    syntax: 'type extension ...',
    contexts: EVERYWHERE,
    override: 'FileInfo',
    args: [2, Infinity],
    help: 'A MIME type, and the extensions of the files that have it.',
    apply(context, type, ...extensions) {
      if (!/^[\w.+*-]+\/[\w.+*-]+(?:\s*;[\x20-\x7e]*)?$/.test(type.text)) {
        context.error('AddType takes a MIME type, such as text/plain, and extensions', type);
        return;
      }
      add(context, 'types', type, extensions);
    },
  },
  {
    name: 'TypesConfig',
    syntax: 'file',
    default: 'a built-in table',
    contexts: ['server'],
    args: [1, 1],
    help: 'A file with MIME types and their extensions, in place of the built-in table.',
    apply: applyTypesConfig,
  },
];

function add(
  context: DirectiveContext,
  key: 'handlers' | 'types',
  value: Argument | undefined,
  extensions: readonly Argument[],
): void {
  set(context, key, value?.text.toLowerCase() ?? null, extensions);
}

function set(
  context: DirectiveContext,
  key: 'handlers' | 'types',
  value: string | null,
  extensions: readonly Argument[],
): void {
  const map = new Map(context.settings.made(MIME)[key]);
  for (const { text } of extensions) map.set(text.replace(/^\./, '').toLowerCase(), value);
  context.settings.set(MIME, key, map);
}

function applyTypesConfig(context: DirectiveContext, file?: Argument): void {
  const types = readTypes(context.resolvePath(file?.text ?? ''));
  if (typeof types === 'string') context.error(`TypesConfig: ${types}`, file);
  else context.server.set(MIME, 'typesFile', types);
}

/** mod_mime: handlers and types by the extensions of a file's name. */
export const mimeModule: Module = { name: 'mime', directives: DIRECTIVES, hooks: { fixups } };

/** Every extension of a name counts, the last one most: `app.dll.bak` has the handler of `.dll`, as in Apache. */
function fixups(request: HttpRequest): Outcome {
  if (request.fileKind === 'folder') return 'declined';
  const { filename } = request;
  const mime = request.settings.get(MIME);
  let dot = filename.indexOf('.', startOfName(filename));
  while (dot >= 0) {
    const next = filename.indexOf('.', dot + 1);
    const extension = filename.slice(dot + 1, next < 0 ? undefined : next).toLowerCase();
    dot = next;
    if (extension === '') continue;
    const type = typeOf(mime, extension);
    if (type !== undefined) request.contentType = type;
    const handler = mime.handlers.get(extension);
    if (typeof handler === 'string') request.handler = handler;
  }
  return 'declined';
}

/** Where the name of a file begins, the dots before it left out: `.htaccess` has no extension. */
function startOfName(filename: string): number {
  let start = filename.lastIndexOf('/') + 1;
  while (filename.charCodeAt(start) === 0x2e) start++;
  return start;
}

function typeOf({ types, typesFile }: Readonly<MimeSettings>, extension: string): string | undefined {
  const added = types.get(extension);
  if (typeof added === 'string') return added;
  return typesFile === undefined ? builtInType(extension) : typesFile.get(extension);
}

const builtIn = new Map<string, string | undefined>();

/** The library's table, asked once for each extension. */
function builtInType(extension: string): string | undefined {
  if (builtIn.has(extension)) return builtIn.get(extension);
  const type = send.mime.getType(`x.${extension}`) ?? undefined;
  // Names come from clients: what is not in the table is not remembered.
  if (type !== undefined) builtIn.set(extension, type);
  return type;
}
