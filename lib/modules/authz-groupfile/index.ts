import type { Directive } from '../../config/directive.js';
import { Slot, type Settings } from '../../config/settings.js';
import { describeFileError } from '../../config/source-file.js';
import { splitWords } from '../../config/words.js';
import { displayText } from '../../http/byte-string.js';
import type { Module } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { WatchedFiles } from '../../http/watched-file.js';
import { parseNames, type Names } from '../authz-core/names.js';
import type { AuthzProvider, Verdict } from '../authz-core/provider.js';

interface GroupSettings {
  /** absolute */
  readonly file: string | undefined;
}

const GROUPS = new Slot<GroupSettings>('authz_groupfile', { file: undefined });

/** The groups of each user. */
type Members = ReadonlyMap<string, ReadonlySet<string>>;

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'AuthGroupFile',
    syntax: 'file',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: [1, 1],
    help: 'The text file with groups and their users, a line `group: user user ...` for each; it is read again when it changes.',
    apply(context, file) {
      context.settings.set(GROUPS, 'file', context.resolvePath(file.text));
    },
  },
];

/** mod_authz_groupfile. */
export const authzGroupfileModule: Module = { name: 'authz_groupfile', directives: DIRECTIVES };

/** `Require group`. */
export function groupProvider(): AuthzProvider {
  const files = new WatchedFiles(parseGroups);
  return {
    name: 'group',
    parse(line) {
      const groups = parseNames('group', line);
      return groups && ((request, settings) => check(files, request, settings, groups));
    },
  };
}

function parseGroups(lines: readonly string[]): Members {
  const members = new Map<string, Set<string>>();
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const group = line.slice(0, colon).trimEnd();
    for (const { text: user } of splitWords(line, colon + 1)) {
      const groups = members.get(user);
      if (groups) groups.add(group);
      else members.set(user, new Set([group]));
    }
  }
  return members;
}

function check(
  files: WatchedFiles<Members>,
  request: HttpRequest,
  settings: Settings,
  wanted: Names,
): Verdict {
  if (request.user === undefined) return 'no-user';
  const { file } = settings.get(GROUPS);
  if (file === undefined) {
    request.log('groupFileMissing');
    return 'denied';
  }
  let groups: ReadonlySet<string> | undefined;
  try {
    groups = files.read(file).value.get(request.user);
  } catch (error) {
    request.log('groupFileUnreadable', { file, reason: describeFileError(error) });
    return 'denied';
  }
  const user = displayText(request.user);
  const path = displayText(request.path);
  if (!groups) {
    request.log('userInNoGroup', { user, path, file });
    return 'denied';
  }
  // Apache keeps groups in a table whose names have no letter case.
  const own = new Set(Array.from(groups, (group) => group.toLowerCase()));
  if (wanted(request)?.some((group) => own.has(group.toLowerCase()))) return 'granted';
  request.log('userNotInGroups', { user, path });
  return 'denied';
}
