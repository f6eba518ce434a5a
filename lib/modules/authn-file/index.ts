import { Slot, type Settings } from '../../config/settings.js';
import type { Directive } from '../../config/directive.js';
import { describeFileError } from '../../config/source-file.js';
import { displayText } from '../../http/byte-string.js';
import { messageOf } from '../../errors.js';
import type { Module } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { WatchedFiles } from '../../http/watched-file.js';
import type { AuthnProvider, AuthnVerdict } from '../authn-core/provider.js';
import { PasswordChecker } from './password-checker.js';

interface FileSettings {
  /** absolute */
  readonly file: string | undefined;
}

const AUTHN_FILE = new Slot<FileSettings>('authn_file', { file: undefined });

/** A password file: the lines by their user, and what is wrong with others. */
interface PasswordFile {
  /** the lines of each user, in order: what stands behind the name and its colon, parted by colons */
  readonly users: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** numbers of lines that have no colon */
  readonly wrong: readonly number[];
}

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'AuthUserFile',
    syntax: 'file',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: [1, 1],
    help: 'The text file with users and hashes of their passwords, as htpasswd writes it; it is read again when it changes.',
    apply(context, file) {
      context.settings.set(AUTHN_FILE, 'file', context.resolvePath(file.text));
    },
  },
];

/** mod_authn_file, and its provider: users and passwords in text files. */
export function createAuthnFile(): { readonly module: Module; readonly provider: AuthnProvider } {
  const checker = new PasswordChecker();
  const files = new WatchedFiles(parsePasswords);
  return {
    module: {
      name: 'authn_file',
      directives: DIRECTIVES,
      hooks: { stop: () => checker.close() },
    },
    provider: {
      name: 'file',
      checkPassword(request, settings, user, password) {
        const found = lookUp(files, request, settings, user, ([hash = '']) => hash);
        if (typeof found !== 'object') return found;
        return verify(checker, request, settings, user, password, found.hash);
      },
      realmHash: (request, settings, user, realm) =>
        lookUp(files, request, settings, user, ([name, hash]) => (name === realm ? hash : undefined)),
    },
  };
}

/** As `ap_getword` takes lines apart: a name, a colon, and what else there is, parted by colons. */
function parsePasswords(lines: readonly string[]): PasswordFile {
  const users = new Map<string, string[][]>();
  const wrong: number[] = [];
  lines.forEach((line, index) => {
    if (line === '' || line.startsWith('#')) return;
    const [user = '', ...fields] = line.split(':');
    const before = users.get(user);
    if (fields.length === 0) wrong.push(index + 1);
    else if (before) before.push(fields);
    else users.set(user, [fields]);
  });
  return { users, wrong };
}

function lookUp(
  files: WatchedFiles<PasswordFile>,
  request: HttpRequest,
  settings: Settings,
  user: string,
  hashOf: (fields: readonly string[]) => string | undefined,
): { readonly hash: string } | AuthnVerdict {
  const { file } = settings.get(AUTHN_FILE);
  if (file === undefined) {
    request.log('passwordFileMissing');
    return 'error';
  }
  try {
    const { value, fresh } = files.read(file);
    if (fresh && value.wrong.length > 0) {
      request.log('passwordLinesWrong', { file, lines: value.wrong.slice(0, 10).join(', ') });
    }
    const lines = value.users.get(user) ?? [];
    // The first line that fits is the one that counts.
    const hash = lines.map(hashOf).find((each) => each !== undefined);
    return hash === undefined ? 'unknown' : { hash };
  } catch (error) {
    request.log('passwordFileUnreadable', { file, reason: describeFileError(error) });
    return 'error';
  }
}

async function verify(
  checker: PasswordChecker,
  request: HttpRequest,
  settings: Settings,
  user: string,
  password: string,
  hash: string,
): Promise<AuthnVerdict> {
  const name = displayText(user);
  try {
    const matches = await checker.check(password, hash);
    if (matches === 'unknown') {
      request.log('passwordFormUnknown', { user: name, file: settings.get(AUTHN_FILE).file ?? '' });
      return 'denied';
    }
    return matches ? 'granted' : 'denied';
  } catch (error) {
    request.log('passwordUnchecked', { user: name, reason: messageOf(error) });
    return 'error';
  }
}
