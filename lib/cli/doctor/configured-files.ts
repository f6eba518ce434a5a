import type { Configuration } from '../../config/configuration.js';
import { isPattern } from '../../config/fnmatch.js';
import type { Node } from '../../config/tree.js';
import { toByteString } from '../../config/bytes.js';
import { documentRoot } from '../../http/settings.js';
import { displayText } from '../../http/byte-string.js';
import { MAPPED } from '../../modules/isapi/mapping-settings.js';
import { ISAPI, ISAPI_SERVER } from '../../modules/isapi/settings.js';

/** A folder or an extension that a configuration names. */
export interface ConfiguredFile {
  /** as the system names it */
  readonly path: string;
  /** the directive that names it */
  readonly directive: string;
  readonly kind: 'folder' | 'extension';
  /** the application pools whose users need it as well */
  readonly pools: readonly string[];
}

/** What has to be readable: folders of documents, and extensions. Each path once. */
export function configuredFiles(configuration: Configuration): ConfiguredFile[] {
  const files = new Map<string, ConfiguredFile>();
  const add = (file: ConfiguredFile): void => {
    if (!files.has(file.path)) files.set(file.path, file);
  };
  for (const host of configuration.hosts) {
    const root = documentRoot(configuration, host.settings);
    add({ path: displayText(root), directive: 'DocumentRoot', kind: 'folder', pools: [] });
    for (const { program, query } of host.settings.get(MAPPED).programs) {
      if (program === '') continue;
      const { pool } = host.settingsFor(query).settings.get(ISAPI);
      add({
        path: displayText(program),
        directive: 'ISAPIExtension or ISAPIScriptMap',
        kind: 'extension',
        pools: [pool],
      });
    }
    for (const { path } of host.settings.get(ISAPI_SERVER).cacheFiles) {
      if (path === '') continue;
      const query = { filename: toByteString(path), path: '' };
      const { pool } = host.settingsFor(query).settings.get(ISAPI);
      add({ path, directive: 'ISAPICacheFile', kind: 'extension', pools: [pool] });
    }
  }
  for (const name of directorySections(configuration.tree)) {
    const path = configuration.resolvePath(name);
    const query = { filename: toByteString(path), path: '', isFolder: true };
    const { pool } = configuration.main.settingsFor(query).settings.get(ISAPI);
    add({ path, directive: '<Directory>', kind: 'folder', pools: [pool] });
  }
  return [...files.values()];
}

/** The folders of Directory sections that name one folder and not several by a pattern. */
function directorySections(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'directive') return [];
    const inner = directorySections(node.children);
    const [first] = node.args;
    const isOne = node.name.toLowerCase() === 'directory' && node.args.length === 1;
    if (!isOne || first === undefined || isPattern(first.text)) return inner;
    return [first.text, ...inner];
  });
}
