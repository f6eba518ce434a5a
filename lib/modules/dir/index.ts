import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { toByteString } from '../../config/bytes.js';
import { Slot } from '../../config/settings.js';
import { escapePath } from '../../http/byte-string.js';
import { walkFile } from '../../http/file-walk.js';
import type { MappedUrl, Module, Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { absoluteUrl } from '../core/index.js';

interface DirSettings {
  /** names in the folder, or URL paths that begin with a slash; byte strings */
  readonly index: readonly string[];
  readonly slash: boolean;
}

const DIR = new Slot<DirSettings>('dir', { index: ['index.html'], slash: true });

const EVERYWHERE = ['server', 'virtual host', 'directory', '.htaccess'] as const;

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'DirectoryIndex',
    syntax: 'disabled | name ...',
    default: 'index.html',
    contexts: EVERYWHERE,
    override: 'Indexes',
    args: [1, Infinity],
    help: 'What is served for a folder: the first of these names that is a file in it; disabled for nothing.',
    apply: (context, ...names) => applyDirectoryIndex(context, names),
  },
  {
    name: 'DirectorySlash',
    syntax: 'on|off',
    default: 'on',
    contexts: EVERYWHERE,
    override: 'Indexes',
    args: 'flag',
    help: 'Whether the URL of a folder without its slash is redirected to the one with it.',
    apply(context, flag) {
      context.settings.set(DIR, 'slash', flag.text.toLowerCase() === 'on');
    },
  },
];

/** Names add up within a section; `disabled` by itself, and a name after it, begin anew. */
function applyDirectoryIndex(context: DirectiveContext, names: readonly Argument[]): void {
  const isDisabled = names.length === 1 && names[0]?.text.toLowerCase() === 'disabled';
  const before = isDisabled ? [] : (context.settings.made(DIR).index ?? []);
  const added = isDisabled ? [] : names.map(({ text }) => toByteString(text));
  context.settings.set(DIR, 'index', [...before, ...added]);
}

/** mod_dir: the slash behind a folder's name, and the file that stands for a folder. */
export function createDirModule(): Module {
  let server: ServerContext | undefined;
  return {
    name: 'dir',
    directives: DIRECTIVES,
    hooks: {
      start(context) {
        server = context;
      },
      fixups: (request) => (server === undefined ? 'declined' : fixups(server, request)),
    },
  };
}

function fixups(server: ServerContext, request: HttpRequest): Outcome {
  if (request.fileKind !== 'folder') return 'declined';
  const { index, slash } = request.settings.get(DIR);
  if (!request.path.endsWith('/')) {
    if (!slash) return 'declined';
    request.errorHeaders.push(['Location', absoluteUrl(request, `${request.path}/`, request.query)]);
    return 301;
  }
  for (const name of index) {
    const path = name.startsWith('/') ? name : request.path + name;
    if (isFile(server.mapPath(request, path))) return { redirect: escapePath(path) };
  }
  return 'declined';
}

/** Whether a URL leads to a file, or to path info behind one. */
function isFile({ filename, aliasTarget }: MappedUrl): boolean {
  const root = aliasTarget ?? '';
  return walkFile(root, filename.slice(root.length), { suspicious: false }).kind === 'file';
}
