import { statSync } from 'node:fs';
import type { Configuration } from '../../config/configuration.js';
import type { Place, Problem } from '../../config/place.js';
import type { Node, SectionNode } from '../../config/tree.js';

/** What a name of a folder has that stands for several. */
const WILDCARD = /[*?[\]]/;

/** What says in a section for a folder that there are extensions in it. */
const MARKS: readonly { readonly name: string; readonly holds: (args: readonly string[]) => boolean }[] = [
  { name: 'addhandler', holds: ([handler = '']) => isHandler(handler) },
  { name: 'sethandler', holds: ([handler = '']) => isHandler(handler) },
  { name: 'isapiscriptmap', holds: () => true },
  { name: 'isapiapplicationpool', holds: () => true },
  { name: 'options', holds: (args) => args.some((option) => /^\+?ExecCGI$/i.test(option)) },
];

function isHandler(name: string): boolean {
  return name.toLowerCase() === 'isapi-handler' || name.toLowerCase() === 'isapi-isa';
}

/** A folder that a configuration has for extensions, and where it names it. */
interface ExtensionFolder {
  readonly folder: string;
  readonly place: Place;
}

/** The folders that a configuration has for extensions in `<Directory>`, each once; those with wildcards are left out. */
export function extensionFolders(configuration: Configuration): ExtensionFolder[] {
  const folders = new Map<string, ExtensionFolder>();
  for (const section of directoriesOf(configuration.tree)) {
    const [name, ...more] = section.args;
    if (name === undefined || more.length > 0 || WILDCARD.test(name.text) || !isForExtensions(section))
      continue;
    const folder = configuration.resolvePath(name.text);
    if (!folders.has(folder)) folders.set(folder, { folder, place: name.place });
  }
  return [...folders.values()];
}

/**
 * Folders that a configuration has for extensions and that are not there: a request below them gives 404, and nobody
 * sees why. Sections for other folders may be about what comes later, as in Apache.
 */
export function checkFolders(configuration: Configuration): Problem[] {
  return extensionFolders(configuration)
    .filter(({ folder }) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    .map(({ folder, place }) => ({
      severity: 'warning',
      message: `${folder} is not a folder; put the extensions there, or name another one`,
      place,
    }));
}

/** All `<Directory>` sections, those of virtual hosts too. */
function directoriesOf(nodes: readonly Node[]): SectionNode[] {
  return nodes.flatMap((node) => {
    if (node.kind !== 'section') return [];
    return node.name.toLowerCase() === 'directory' ? [node] : directoriesOf(node.children);
  });
}

function isForExtensions({ children }: SectionNode): boolean {
  return children.some((node) => {
    if (node.kind === 'section') return isForExtensions(node);
    const args = node.args.map(({ text }) => text);
    return MARKS.some(({ name, holds }) => name === node.name.toLowerCase() && holds(args));
  });
}
