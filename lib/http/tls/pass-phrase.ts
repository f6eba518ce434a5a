import { execFile, type ChildProcess } from 'node:child_process';
import { HostError, messageOf } from '../../errors.js';
import type { PassPhraseDialog } from './settings.js';

/** How long a program may take to give a pass phrase, in milliseconds. */
const TIME = 60_000;

/** What the program is told about the key. */
export interface KeyName {
  /** `name:port` of its host */
  readonly host: string;
  /** `RSA`, `ECC`, `DSA` */
  readonly algorithm: string;
  readonly file: string;
}

/**
 * Asks the program of SSLPassPhraseDialog for the pass phrase of a key: the first line that it prints.
 * @throws HostError TLS_KEY
 */
export async function askPassPhrase({ kind, command }: PassPhraseDialog, key: KeyName): Promise<string> {
  const [program = '', ...words] =
    kind === 'pipe' ? command.split(/\s+/) : [command, key.host, key.algorithm];
  let child: ChildProcess | undefined;
  try {
    const output = await new Promise<string>((resolve, reject) => {
      child = execFile(program, words, { timeout: TIME, maxBuffer: 64 * 1024 }, (error, stdout) => {
        if (error === null) resolve(stdout);
        else reject(new Error(error.message));
      });
      // A program that does not read its input is none that fails.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(kind === 'pipe' ? `Pass phrase for ${key.host} (${key.algorithm}): \n` : '');
    });
    return output.split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    const reason = `${program} gave no pass phrase for ${key.file}: ${messageOf(error)}`;
    throw new HostError('TLS_KEY', reason, { cause: error });
  }
}
